"""Which link is looked behind, what a page says of itself, and what is shown of it."""

import asyncio

import pytest

from dianmai.chat.previews.fetching import read_page
from dianmai.chat.previews.links import first_link
from dianmai.chat.previews.said_of_pages import Said, plain, preview_of
from dianmai.wire.cards import LinkPreview


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("看 https://a.example/x?y=1，好", "https://a.example/x?y=1"),
        ("（https://a.example/x）", "https://a.example/x"),
        ("https://a.example/x).", "https://a.example/x"),
        ("http://一.中国/促销 http://b.example", "http://一.中国/促销"),
        ("javascript:alert(1) ftp://x", None),
        ("没有", None),
    ],
)
def test_the_first_link_is_what_the_client_would_press(text: str, link: str | None) -> None:
    assert first_link(text) == link


PAGES: list[tuple[bytes, str, str]] = [
    (b"<title>plain</title>", "", "plain"),
    ("<title>\u95e8\u5e97</title>".encode("gb18030"), "gb2312", "门店"),
    ('<meta charset="gbk"><title>门店</title>'.encode("gbk"), "", "门店"),
    ("<title>门店</title>".encode("gbk"), "utf-8", "门店"),
    (b"\xef\xbb\xbf<title>bom</title>", "", "bom"),
    (b"<title>a</title><title>b</title>", "", "a"),
    (b"<svg><title>icon</title></svg>", "nonsense-8", "icon"),
    (b"<body><title>late</title>", "", ""),
    (b"<title>&lt;img src=x onerror=alert(1)&gt;</title>", "", "<img src=x onerror=alert(1)>"),
    (b"\x00\xff\xfe" * 1000, "", ""),
    (b"<" * 500_000, "", ""),
    (b"<!--" * 100_000 + b"<title>x</title>", "", ""),
    (b"<a " + b"b=" * 200_000, "", ""),
    (b"<meta " * 80_000, "", ""),
    (b"&" * 500_000, "", ""),
]


@pytest.mark.parametrize(("content", "charset", "title"), PAGES, ids=[str(n) for n in range(len(PAGES))])
async def test_a_page_is_read_for_what_it_says_and_harms_nobody(content: bytes, charset: str, title: str) -> None:
    async with asyncio.timeout(6):
        assert (await read_page(content, charset, "http://a.example/")).title == title


async def test_an_address_of_a_picture_that_is_none_takes_nothing_else_away() -> None:
    said = await read_page(
        b'<title>x</title><meta property="og:image" content="http://[oops">', "", "https://a.example/"
    )
    assert (said.title, said.picture) == ("x", "")


async def test_the_address_of_a_picture_is_made_whole() -> None:
    said = await read_page(b'<meta property="og:image" content="../p.png">', "", "https://a.example/x/y/z")
    assert said.picture == "https://a.example/x/p.png"


def test_what_a_page_says_is_shortened_made_plain_and_signed_by_its_host() -> None:
    said = Said(title="促\u202e销\n" + "长" * 500, description="a\x07\u0301\u0301\u0301\u0301b", site="你的银行")
    found = preview_of("https://evil.example/", "evil.example", said)
    assert found is not None
    assert (len(found.title), found.title[:3], found.title[-1]) == (120, "促销 ", "…")
    assert found.site == "你的银行 · evil.example"
    assert found.description.startswith("a ")
    assert preview_of("https://a.example/", "a.example", Said(description="无题")) is None
    assert preview_of("https://a.example/", "a.example", Said(title="t", site="A.example")) == LinkPreview(
        url="https://a.example/", title="t", site="a.example"
    )
    led = preview_of("https://evil.example/", "bank.example", Said(title="t", site="工商银行"))
    assert led is not None
    assert led.site == "evil.example", "whoever presses asks that one"
    assert plain("\ud800x", 10) == "x"
