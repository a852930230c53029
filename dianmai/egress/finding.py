"""The addresses behind a name, each of them looked at before any of them is asked."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import Final

from dianmai.egress.addresses import Address
from dianmai.egress.allowing import Allowed
from dianmai.egress.places import Blocked

MOST: Final = 16
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a name and a port to its addresses, as the system's resolver knows them."""


async def look_up(host: str, port: int) -> Sequence[str]:
    """Asks the system's resolver. Raises `OSError` for a name nobody knows."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


async def cleared(lookup: Lookup, host: str, port: int, allowed: Allowed) -> list[Address]:
    """The name's addresses. Refuses (`Blocked`) the name for any one of them that may not be asked: who mixes them
    means to be asked for the other one next time."""
    addresses: list[Address] = []
    for found in await lookup(host, port):
        try:
            address = ip_address(found)
        except ValueError:
            raise Blocked("address") from None
        if not allowed.may(host, address):
            raise Blocked("address")
        addresses.append(address)
    return addresses[:MOST]
