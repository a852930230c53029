"""What must never be asked is not asked: no socket is opened, and who listens on this machine hears nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dianmai.egress import Blocked, Egress, Failed, Wanted, no_exception, place_of
from dianmai.egress.addresses import is_outside
from dianmai.egress.allowing import allowed
from tests.egress.refused import ALL, WRITTEN, Row


@dataclass
class Onlooker:
    """A resolver and a maker of sockets that say what was asked of them. Names nobody knows are unknown."""

    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    sockets: list[tuple[int, int, int]] = field(default_factory=list)

    async def look_up(self, host: str, port: int) -> Sequence[str]:
        self.looked_up.append(host)
        if host not in self.names:
            raise OSError(f"{host}: unknown")
        return self.names[host]

    def open_socket(self, *what: int) -> socket.socket:
        self.sockets.append((what[0], what[1], what[2]))
        return socket.socket(*what)


def page(url: str) -> Wanted:
    return Wanted(url, types=("text/html",), seconds=2)


def test_there_are_sixty_of_them_and_more() -> None:
    assert len({row.url for row in ALL}) == len(ALL) >= 60


@pytest.fixture
async def canary() -> AsyncIterator[list[str]]:
    """Somebody who listens at the usual ports of this machine, as far as they are free, and says who has called."""
    callers: list[str] = []

    async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(str(writer.get_extra_info("peername")))
        writer.close()

    servers: list[asyncio.Server] = []
    for host in ("127.0.0.1", "::1"):
        for port in (80, 443, 8443, 0):
            try:
                servers.append(await asyncio.start_server(called, host, port))
            except OSError:
                continue
    assert servers
    yield callers
    for server in servers:
        server.close()


@pytest.mark.parametrize("row", ALL, ids=[row.url for row in ALL])
async def test_it_is_refused_and_no_packet_leaves(row: Row, canary: list[str]) -> None:
    host = row.url.split("/")[2] if row.resolves_to else ""
    onlooker = Onlooker({host: row.resolves_to})
    egress = Egress(no_exception, onlooker.look_up, onlooker.open_socket)
    with pytest.raises(Blocked) as blocked:
        await egress.fetch(page(row.url))
    assert (blocked.value.code, blocked.value.status, blocked.value.field) == ("url_not_allowed", 422, "url")
    assert onlooker.looked_up == ([host] if row.resolves_to else [])
    assert onlooker.sockets == []
    await asyncio.sleep(0)
    assert canary == []


async def test_the_systems_own_resolver_does_not_help_them_either(canary: list[str]) -> None:
    for row in WRITTEN:
        with pytest.raises(Blocked):
            await Egress().fetch(page(row.url))
    assert canary == []


async def test_a_name_that_means_something_else_the_next_time_is_asked_about_once(canary: list[str]) -> None:
    """What was looked at is what is connected to: there is no second answer to fall for."""
    answers = iter([("203.0.114.9",), ("127.0.0.1",)])
    sockets: list[int] = []
    asked: list[str] = []

    async def look_up(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    def open_socket(*what: int) -> socket.socket:
        sockets.append(what[0])
        raise OSError("nobody is asked in a test")

    with pytest.raises(Failed) as failed:
        await Egress(no_exception, look_up, open_socket).fetch(page("http://rebinding.example/"))
    assert failed.value.why == "unreachable"
    assert (asked, sockets) == (["rebinding.example"], [socket.AF_INET])
    assert canary == []


# One that is only an address by itself, and one that does not fit into a header.
LED_TO = [row for row in ALL if not row.url.startswith("http:127") and "\r" not in row.url]


@pytest.mark.parametrize("row", LED_TO, ids=[row.url for row in LED_TO])
async def test_a_redirect_leads_there_no_more_than_a_link(row: Row, canary: list[str]) -> None:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % row.url.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(redirect, "127.0.0.2", 0)
    port = server.sockets[0].getsockname()[1]
    onlooker = Onlooker({row.url.split("/")[2]: row.resolves_to, "start.example": ("127.0.0.2",)})
    first_step = allowed(["127.0.0.2"], [80, 443, 8443, port])
    with pytest.raises(Blocked):
        await Egress(first_step, onlooker.look_up, onlooker.open_socket).fetch(page(f"http://start.example:{port}/"))
    server.close()
    assert len(onlooker.sockets) == 1
    assert canary == []


@given(st.integers(0, 2**32 - 1))
def test_no_ipv6_way_of_writing_an_inner_address_is_outside(number: int) -> None:
    """Mapped, compatible, translated, tunnelled: all of IPv4 said in IPv6 is inside, whatever it carries."""
    for prefix in (0, 0xFFFF << 32, 0xFFFF_0000 << 32, 0x64FF9B << 96, 0x64FF9B_0001 << 80):
        assert not is_outside(IPv6Address(prefix | number))
    assert not is_outside(IPv6Address((0x2002 << 112) | (number << 80)))
    assert not is_outside(IPv6Address((0x2001_0000 << 96) | number))


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.com/",
        "http://93.184.215.14/path?q=1",
        "https://例子.中国/促销/周末?页=1",
        "https://shop.example:8443/a%20b?x=%E4%B8%AD",
        "http://[2400:3200::1]/",
        "https://a_b.example.com./",
    ],
)
def test_what_lies_outside_may_be_asked(url: str) -> None:
    place = place_of(url, no_exception)
    assert place.url.isascii()
    assert place_of(place.url, no_exception) == place


def test_an_installation_lets_its_own_systems_through_and_nothing_else() -> None:
    own = allowed(["oa.corp.example", "*.shops.example", "10.8.0.0/16", "erp"], [80, 443])
    assert place_of("http://10.8.0.9/", own).address == ip_address("10.8.0.9")
    assert place_of("http://erp/", own).host == "erp"
    assert own.may("oa.corp.example", ip_address("192.168.7.7"))
    assert own.may("nj.shops.example", ip_address("fd12::7"))
    for host, address in (
        ("oa.corp.example", "127.0.0.1"),
        ("oa.corp.example", "169.254.169.254"),
        ("oa.corp.example", "100.100.100.200"),
        ("oa.corp.example", "fd00:ec2::254"),
        ("oa.corp.example", "::1"),
        ("shops.example", "192.168.7.7"),
        ("evil-oa.corp.example", "10.9.0.1"),
    ):
        assert not own.may(host, ip_address(address)), (host, address)
    with pytest.raises(Blocked):
        place_of("http://10.9.0.9/", own)


@given(st.text(max_size=200))
def test_no_text_at_all_raises_anything_but_a_refusal(text: str) -> None:
    for url in (text, f"http://{text}", f"http://shop.example/{text}", f"https://shop.example{text}/"):
        try:
            place = place_of(url, no_exception)
        except Blocked:
            continue
        assert place.url.isascii()
        assert place.address is None or is_outside(place.address)
