"""Who is at the door: one way of telling for HTTP and the socket alike.

A browser shows its session cookie and where its page came from (Origin); everything else shows a bearer token.
Addresses are read from right to left across the proxies we trust, and no further.
"""

import ipaddress
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlsplit

from dianmai.core import access
from dianmai.core.access import Actor, Shown, nobody
from dianmai.core.engine import Engine
from dianmai.core.errors import Invalid, Language, NotAllowed, NotFound
from dianmai.core.ids import random_id
from dianmai.core.together import Together
from dianmai.edge import words as words
from dianmai.settings import Settings

COOKIE = "__Host-dianmai"
PLAIN_COOKIE = "dianmai"
DEVICE = "-device"  # what the name of a shared device's cookie has more than the session's
FOR_OPERATORS = frozenset(("/health/live", "/health/ready", "/metrics"))
REMEMBERED_S = 60.0
REMEMBERED_TOKENS = 20_000

_HOST = re.compile(r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$")


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request's head says about who calls, as far as it can be believed."""

    headers: Mapping[str, str]
    address: str
    secure: bool
    host: str
    cookie_name: str | None
    language: Language
    request_id: str
    direct: bool

    @property
    def bearer(self) -> str | None:
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else None

    @property
    def cookie(self) -> str | None:
        return self._cookie("")

    @property
    def device_cookie(self) -> str | None:
        """The token of the shared device that the browser is, beside whose session it shows."""
        return self._cookie(DEVICE)

    def _cookie(self, end: str) -> str | None:
        if self.cookie_name is None:
            return None
        return _cookies(self.headers.get("cookie", "")).get(self.cookie_name + end)


class Admission:
    """Reads heads and resolves credentials."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._engine = engine
        self._public = settings.public_url
        self._origins = {o for o in (settings.public_url, *settings.origins) if o}
        self._hosts = {urlsplit(o).netloc.lower() for o in self._origins}
        self._proxies = [ipaddress.ip_network(n) for n in settings.trusted_proxies]
        self._insecure_cookies = settings.insecure_cookies
        self._metrics_from = [ipaddress.ip_network(n) for n in settings.metrics_from]
        self._answers_people = settings.role != "worker"
        self._remembered: dict[str, tuple[Shown, float]] = {}
        self._resolving = Together(self._resolve)
        self._noting = Together(self._note)

    def caller(self, raw: Iterable[tuple[bytes, bytes]], peer: str, *, tls: bool) -> Caller:
        """Reads a head. Refuses what names no host, two hosts, or one that is not ours."""
        headers: dict[str, str] = {}
        for name, value in raw:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
            if key == "host" and key in headers:
                raise Invalid("bad_request", status=400)
            headers[key] = f"{headers[key]}{_JOIN.get(key, ', ')}{text}" if key in headers else text
        proxied = self._trusts(peer)
        address = self._address(headers, peer) if proxied else peer
        secure = tls or (proxied and headers.get("x-forwarded-proto", "").rpartition(",")[2].strip() == "https")
        host = headers.get("host", "").lower()
        if not self._is_ours(host):
            raise Invalid("invalid_host", status=400)
        return Caller(
            headers=headers,
            address=address,
            secure=secure,
            host=host,
            cookie_name=self._cookie_name(secure, host),
            language=_language(headers.get("accept-language", "")),
            request_id=random_id(9),
            direct=proxied or "x-forwarded-for" not in headers,
        )

    def require_served(self, path: str) -> None:
        """Refuses everything but what operators look at where another machine answers people."""
        if not (self._answers_people or path in FOR_OPERATORS):
            raise NotFound("not_found")

    def require_operator(self, caller: Caller) -> None:
        """Refuses to show numbers to anybody but this machine and the networks that the settings name."""
        address = ipaddress.ip_address(caller.address)
        known = address.is_loopback or any(address in network for network in self._metrics_from)
        if not (caller.direct and known):
            raise NotFound("not_found")

    def require_own_page(self, caller: Caller, *, origin_required: bool) -> None:
        """Refuses a browser's request that another site's page has sent."""
        origin = caller.headers.get("origin")
        if origin is None:
            if origin_required:
                raise NotAllowed("csrf_failed")
        elif not self._is_own_origin(origin, caller):
            raise NotAllowed("csrf_failed")

    async def actor(self, caller: Caller, *, fresh: bool) -> Actor:
        """The actor of the shown credential; nobody known when none is shown.

        Without `fresh` a token may be known from the last minute: whoever carries out an operation for it checks the
        credential itself in the operation's own transaction.
        """
        token = caller.bearer or caller.cookie
        if token is None:
            return nobody(caller.language)
        known = self._remembered.get(token)
        if not fresh and known is not None and known[1] > time.monotonic():
            return _reading_in(caller.language, known[0].actor)
        self._remembered.pop(token, None)
        shown = await self._resolving.answer(token)
        if isinstance(shown, NotAllowed):
            raise shown
        if shown.actor.kind == "device":
            raise NotAllowed("sign_in_required", status=401)  # a device is not a person: nobody has signed in
        if len(self._remembered) >= REMEMBERED_TOKENS:
            self._remembered.clear()
        self._remembered[token] = (shown, time.monotonic() + REMEMBERED_S)
        return _reading_in(caller.language, shown.actor)

    async def note_use(self, caller: Caller) -> None:
        """Notes that the caller uses the session just shown: what ends without use ends later.

        Only for what a person does. Opening a socket and catching up is what devices do when nobody is there.
        """
        token = caller.bearer or caller.cookie or ""
        known = self._remembered.get(token)
        if known is not None and known[0].stale:
            await self._noting.answer(known[0].actor.credential or 0)
            if self._remembered.get(token) is known:
                self._remembered[token] = (known[0]._replace(stale=False), known[1])

    async def _resolve(self, tokens: Sequence[str]) -> Sequence[Shown | NotAllowed]:
        async with self._engine.database.reading() as connection:
            return await access.resolve_all(connection, tokens)

    async def _note(self, credentials: Sequence[int]) -> Sequence[None]:
        async with self._engine.database.reading() as connection:
            await access.touch(connection, credentials)
        return [None] * len(credentials)

    def forget(self, caller: Caller) -> None:
        """Looks the caller's credential up anew the next time."""
        self._remembered.pop(caller.bearer or caller.cookie or "", None)

    def _trusts(self, address: str) -> bool:
        if not self._proxies:
            return False
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)

    def _address(self, headers: Mapping[str, str], peer: str) -> str:
        hops = [h.strip() for h in headers.get("x-forwarded-for", "").split(",") if h.strip()]
        address = peer
        while hops and self._trusts(address):
            hop = _without_port(hops.pop())
            if hop is None:
                break
            address = hop
        return address

    def _is_ours(self, host: str) -> bool:
        return is_host(host) and (self._public is None or host in self._hosts or is_loopback(host))

    def _is_own_origin(self, origin: str, caller: Caller) -> bool:
        if origin in self._origins:
            return True
        if self._public is not None and not is_loopback(caller.host):
            return False
        return origin.lower() == f"{'https' if caller.secure else 'http'}://{caller.host}"

    def _cookie_name(self, secure: bool, host: str) -> str | None:
        if secure or is_loopback(host):
            return COOKIE
        return PLAIN_COOKIE if self._insecure_cookies else None


@lru_cache(1000)
def is_host(host: str) -> bool:
    """Whether this can be a Host header at all."""
    return _HOST.match(host) is not None


@lru_cache(1000)
def is_loopback(host: str) -> bool:
    """Whether a Host header names this very machine, which browsers treat like HTTPS."""
    name = host[1 : host.index("]")] if host.startswith("[") else host.partition(":")[0]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _reading_in(language: Language, actor: Actor) -> Actor:
    return actor if actor.language == language else replace(actor, language=language)


def peer_of(client: object) -> str:
    """The peer's address out of an ASGI scope or a transport."""
    if isinstance(client, Sequence) and client and isinstance(client[0], str):
        return client[0]
    return "127.0.0.1"  # a Unix socket: somebody on this machine


def _cookies(header: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in header.split(";"))
    found: dict[str, str] = {}
    for name, _, value in pairs:
        found.setdefault(name.strip(), value.strip())
    return found


def _without_port(hop: str) -> str | None:
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return str(ipaddress.ip_address(hop))
    except ValueError:
        return None


def _language(header: str) -> Language:
    best: Language = "zh-CN"
    weight = 0.0
    for part in header.split(","):
        name, _, q = part.strip().partition(";q=")
        try:
            this = float(q) if q else 1.0
        except ValueError:
            continue
        if this > weight and name[:2].lower() in ("zh", "en"):
            best, weight = ("en" if name[:2].lower() == "en" else "zh-CN"), this
    return best


_JOIN = {"cookie": "; "}
