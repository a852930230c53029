"""Fetching one thing from outside, under limits that hold however the other side behaves."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urljoin

import structlog

from dianmai.egress.addresses import Address
from dianmai.egress.allowing import Allowed, no_exception
from dianmai.egress.finding import Lookup, cleared, look_up
from dianmai.egress.places import Blocked, Place, place_of
from dianmai.egress.unpacking import CannotUnpack, unpacked

if TYPE_CHECKING:
    from aiohttp import ClientResponse

log = structlog.get_logger()

MOST_REDIRECTS: Final = 3
AT_ONCE: Final = 8
_MOVED: Final = frozenset({301, 302, 303, 307, 308})

Why = Literal["unreachable", "too_slow", "too_large", "status", "type", "encoding", "redirects"]
OpenSocket = Callable[[int, int, int], socket.socket]


class Failed(Exception):
    """What was asked outside did not come, or came otherwise than it can be used."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `types`: the media types that serve; `cut`: the first bytes of something longer serve too."""

    url: str
    types: Collection[str]
    most_bytes: int = 1024 * 1024
    seconds: float = 5.0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: from where in the end, of which type (`media_type; parameters` as it was said), the bytes unpacked."""

    url: str
    media_type: str
    charset: str
    content: bytes


class Egress:
    """The way out. `lookup` and `open_socket` are the system's own, unless a test looks on."""

    def __init__(
        self, allowed: Allowed = no_exception, lookup: Lookup = look_up, open_socket: OpenSocket = socket.socket
    ) -> None:
        self.allowed = allowed
        self._lookup = lookup
        self._open_socket = open_socket
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, wanted: Wanted) -> Fetched:
        """Fetches it. Raises `Blocked` (before anything was asked there) and `Failed`."""
        try:
            async with self._turns, asyncio.timeout(wanted.seconds):
                return await self._follow(wanted)
        except TimeoutError:
            raise Failed("too_slow") from None
        except Blocked as blocked:
            log.warning("egress blocked", why=blocked.why)
            raise

    async def _follow(self, wanted: Wanted) -> Fetched:
        url = wanted.url
        for _ in range(MOST_REDIRECTS + 1):
            place = place_of(url, self.allowed)
            answer = await self._ask(place, wanted)
            if isinstance(answer, Fetched):
                return answer
            try:
                url = urljoin(place.url, answer)
            except ValueError:
                raise Blocked("malformed") from None
        raise Failed("redirects")

    async def _ask(self, place: Place, wanted: Wanted) -> Fetched | str:
        """What stands there, or where it says it has moved."""
        # Loading the client takes longer than everything else here, and most installations never ask outside.
        import aiohttp

        from dianmai.egress.connecting import exactly, session_to

        addresses = [place.address] if place.address is not None else await self._cleared(place)
        try:
            async with (
                session_to(place, addresses, self._open_socket) as session,
                session.get(exactly(place), allow_redirects=False) as answer,
            ):
                if answer.status in _MOVED and "Location" in answer.headers:
                    return answer.headers["Location"]
                return await _taken(answer, place, wanted)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise Failed("encoding" if isinstance(error, CannotUnpack) else "unreachable") from None

    async def _cleared(self, place: Place) -> list[Address]:
        try:
            found = await cleared(self._lookup, place.host, place.port, self.allowed)
        except OSError:
            raise Failed("unreachable") from None
        if not found:
            raise Failed("unreachable")
        return found


async def _taken(answer: "ClientResponse", place: Place, wanted: Wanted) -> Fetched:
    if answer.status != 200:
        raise Failed("status")
    if answer.content_type not in wanted.types:
        raise Failed("type")
    if not wanted.cut and (answer.content_length or 0) > wanted.most_bytes:
        raise Failed("too_large")
    content = bytearray()
    async with aclosing(unpacked(_chunks(answer), answer.headers.get("Content-Encoding", ""))) as pieces:
        async for piece in pieces:
            content += piece
            if len(content) > wanted.most_bytes:
                if not wanted.cut:
                    raise Failed("too_large")
                break
    return Fetched(place.url, answer.content_type, answer.charset or "", bytes(content[: wanted.most_bytes]))


async def _chunks(answer: "ClientResponse") -> AsyncIterator[bytes]:
    async for chunk in answer.content.iter_any():
        yield chunk
