"""Fetching from a server that behaves as it likes: how much, how long, how often is up to us."""

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator, Sequence

import pytest

from dianmai.egress import Blocked, Egress, Failed, Wanted
from tests.egress.outside import Outside, head, outside_server

HTML = ("text/html",)


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    async with outside_server() as there:
        yield there


async def why(outside: Outside, wanted: Wanted) -> str:
    with pytest.raises(Failed) as failed:
        await outside.egress().fetch(wanted)
    return failed.value.why


async def test_a_page_is_fetched_and_says_nothing_of_who_asks(outside: Outside) -> None:
    fetched = await outside.egress().fetch(Wanted(outside.url("/促销?a=1"), HTML))
    assert (fetched.content, fetched.media_type, fetched.charset) == (b"hello", "text/html", "gbk")
    assert outside.asked == ["/%E4%BF%83%E9%94%80?a=1"]
    [said] = outside.heads
    assert f"Host: news.example:{outside.port}\r\n" in said
    for header in ("cookie", "authorization", "referer", "x-forwarded"):
        assert header not in said.lower()


async def test_three_redirects_are_followed_and_the_fourth_is_not(outside: Outside) -> None:
    async def onwards(path: str, writer: asyncio.StreamWriter) -> None:
        left = int(path[1:])
        if left == 0:
            return await outside.plain(path, writer)
        writer.write(head(b"302 Found", b"Location: /%d" % (left - 1), b"Content-Length: 0"))

    outside.answer = onwards
    fetched = await outside.egress().fetch(Wanted(outside.url("/3"), HTML))
    assert fetched.url == outside.url("/0")
    assert await why(outside, Wanted(outside.url("/4"), HTML)) == "redirects"
    assert outside.asked == ["/3", "/2", "/1", "/0", "/4", "/3", "/2", "/1"]


@pytest.mark.parametrize("location", [b"http://[oops", b"http://\xff\xfe/", b"//", b"\\\\inside"])
async def test_a_redirect_that_leads_nowhere_is_not_followed(outside: Outside, location: bytes) -> None:
    async def nowhere(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head(b"302 Found", b"Location: " + location, b"Content-Length: 0"))

    outside.answer = nowhere
    with pytest.raises((Blocked, Failed)):
        await outside.egress().fetch(Wanted(outside.url(), HTML))


async def test_a_cookie_of_one_step_is_not_carried_to_the_next(outside: Outside) -> None:
    async def onwards(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/end":
            return await outside.plain(path, writer)
        writer.write(head(b"302 Found", b"Location: /end", b"Set-Cookie: who=you", b"Content-Length: 0"))

    outside.answer = onwards
    await outside.egress().fetch(Wanted(outside.url(), HTML))
    assert not any("who=you" in said for said in outside.heads)


async def test_who_drips_is_left_after_our_time_and_not_theirs(outside: Outside) -> None:
    async def drip(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head(b"200 OK", b"Content-Type: text/html", b"Content-Length: 1000000"))
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    outside.answer = drip
    began = time.monotonic()
    assert await why(outside, Wanted(outside.url(), HTML, seconds=0.5)) == "too_slow"
    assert time.monotonic() - began < 2


async def test_what_has_no_end_is_cut_where_we_want_it_cut(outside: Outside) -> None:
    async def endless(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head(b"200 OK", b"Content-Type: text/html", b"Transfer-Encoding: chunked"))
        for _ in range(100_000):
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    outside.answer = endless
    assert await why(outside, Wanted(outside.url(), HTML, most_bytes=100_000)) == "too_large"
    fetched = await outside.egress().fetch(Wanted(outside.url(), HTML, most_bytes=100_000, cut=True))
    assert fetched.content == b"x" * 100_000


async def test_ten_gigabytes_that_are_announced_are_not_begun(outside: Outside) -> None:
    async def huge(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head(b"200 OK", b"Content-Type: text/html", b"Content-Length: 10000000000"))

    outside.answer = huge
    assert await why(outside, Wanted(outside.url(), HTML)) == "too_large"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_is_unpacked_no_further_than_was_wanted(outside: Outside, encoding: str) -> None:
    plain = b"\0" * 50_000_000
    packed = gzip.compress(plain) if encoding == "gzip" else zlib.compress(plain)

    async def bomb(path: str, writer: asyncio.StreamWriter) -> None:
        lines = (b"Content-Type: text/html", b"Content-Encoding: " + encoding.encode())
        writer.write(head(b"200 OK", *lines, b"Content-Length: %d" % len(packed)) + packed)

    outside.answer = bomb
    assert await why(outside, Wanted(outside.url(), HTML)) == "too_large"
    fetched = await outside.egress().fetch(Wanted(outside.url(), HTML, most_bytes=1_000, cut=True))
    assert fetched.content == b"\0" * 1_000


async def test_a_packed_page_is_unpacked(outside: Outside) -> None:
    packed = gzip.compress("门店周末闪购".encode())

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        lines = (b"Content-Type: text/html", b"Content-Encoding: gzip", b"Content-Length: %d" % len(packed))
        writer.write(head(b"200 OK", *lines) + packed)

    outside.answer = answer
    fetched = await outside.egress().fetch(Wanted(outside.url(), HTML))
    assert fetched.content.decode() == "门店周末闪购"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((b"200 OK", b"Content-Type: application/pdf", b"Content-Length: 0"), "type"),
        ((b"200 OK", b"Content-Length: 0"), "type"),
        ((b"200 OK", b"Content-Type: text/html", b"Content-Encoding: br", b"Content-Length: 3"), "encoding"),
        ((b"200 OK", b"Content-Type: text/html", b"Content-Encoding: gzip", b"Content-Length: 3"), "encoding"),
        ((b"500 No", b"Content-Type: text/html", b"Content-Length: 0"), "status"),
        ((b"204 Nothing",), "status"),
        ((b"304 Same", b"Content-Length: 0"), "status"),
        ((b"401 Who", b"WWW-Authenticate: Basic", b"Content-Length: 0"), "status"),
        ((b"301 Moved", b"Content-Length: 0"), "status"),
        ((b"200 OK", b"X: " + b"x" * 100_000), "unreachable"),
        ((b"nonsense",), "unreachable"),
    ],
)
async def test_what_is_no_page_is_said_to_be_none(outside: Outside, lines: tuple[bytes, ...], reason: str) -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head(*lines) + (b"???" if b"Content-Length: 3" in lines else b""))

    outside.answer = answer
    assert await why(outside, Wanted(outside.url(), HTML)) == reason


async def test_nobody_there_and_a_name_nobody_knows_are_unreachable(outside: Outside) -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError("unknown")

    with pytest.raises(Failed) as failed:
        await Egress(lookup=nowhere).fetch(Wanted("http://nobody.example/", HTML))
    assert failed.value.why == "unreachable"

    async def hang_up(path: str, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    outside.answer = hang_up
    assert await why(outside, Wanted(outside.url(), HTML)) == "unreachable"


async def test_a_resolver_that_never_answers_costs_our_time_only() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(3600)
        return []

    with pytest.raises(Failed) as failed:
        await Egress(lookup=never).fetch(Wanted("http://slow.example/", HTML, seconds=0.2))
    assert failed.value.why == "too_slow"


async def test_a_few_are_asked_at_once_and_the_others_wait(outside: Outside) -> None:
    under_way = most = 0

    async def slow(path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        await outside.plain(path, writer)

    outside.answer = slow
    egress = outside.egress()
    await asyncio.gather(*(egress.fetch(Wanted(outside.url(f"/{n}"), HTML)) for n in range(24)))
    assert 1 < most <= 8
