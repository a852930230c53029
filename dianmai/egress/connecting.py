"""Connections to addresses that were looked at, and to no others: the client below is told them, it finds none."""

import socket
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from dianmai.egress.addresses import Address
from dianmai.egress.places import Blocked, Place

OpenSocket = Callable[[int, int, int], socket.socket]
_SAID: Final = {
    "User-Agent": "Mozilla/5.0 (compatible; Dianmai/1.0)",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
}


class _Known(AbstractResolver):
    """Answers what was found before."""

    def __init__(self, host: str, addresses: Sequence[Address]) -> None:
        self._host = host
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host != self._host:
            raise Blocked("another host")
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Keeps nothing."""


def session_to(place: Place, addresses: Sequence[Address], open_socket: OpenSocket) -> ClientSession:
    """A client that can reach these addresses alone: no proxies, cookies or credentials of anybody, nothing kept."""
    known = {str(address) for address in addresses}

    def opened(info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, where = info
        if str(where[0]) not in known:
            raise Blocked("another address")
        return open_socket(family, kind, protocol)

    connector = TCPConnector(
        resolver=_Known(place.host, addresses), use_dns_cache=False, force_close=True, socket_factory=opened
    )
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        headers=_SAID,
        timeout=ClientTimeout(total=None),
        auto_decompress=False,
        trust_env=False,
    )


def exactly(place: Place) -> URL:
    """The address as it was looked at: written once, read by nobody else."""
    return URL(place.url, encoded=True)
