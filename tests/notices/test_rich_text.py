"""A notice's text is shown inert, whatever was typed, and never slowly."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dianmai.notices.rich_text import PREVIEW_LENGTH, preview, rendered

N = 10_000
INERT = 'target="_blank" rel="noopener noreferrer nofollow"'
SLOW = [
    "[",
    "*a_ ",
    ">",
    "> ",
    "*",
    "`a``b",
    "[a](",
    "](",
    "- ",
    "<",
    "&",
    "\\",
    "*_",
    "![",
    "\n",
    "- a\n",
    "# a\n",
    "[](<",
]
TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", *(f"h{n}" for n in range(1, 7)), "blockquote", "hr", "a", "code"}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("**重要** 与 *强调*", "<p><strong>重要</strong> 与 <em>强调</em></p>\n"),
        ("第一行\n第二行", "<p>第一行<br>\n第二行</p>\n"),
        ("- 甲\n- 乙", "<ul>\n<li>甲</li>\n<li>乙</li>\n</ul>\n"),
        ("# 标题", "<h1>标题</h1>\n"),
        (
            "[店脉](https://a.example/x?a=1&b=2)",
            f'<p><a href="https://a.example/x?a=1&amp;b=2" {INERT}>店脉</a></p>\n',
        ),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](JaVaScRiPt:alert(1))", "<p>[x](JaVaScRiPt:alert(1))</p>\n"),
        ("[x](data:text/html,hi)", "<p>[x](data:text/html,hi)</p>\n"),
        ("[x](//evil.example)", "<p>[x](//evil.example)</p>\n"),
        ("[x](/api/notices.confirm)", "<p>[x](/api/notices.confirm)</p>\n"),
    ],
)
def test_the_small_set_is_shown_and_nothing_else(typed: str, shown: str) -> None:
    assert rendered(typed) == shown


def test_no_picture_is_ever_fetched() -> None:
    assert "<img" not in rendered("![x](http://evil.example/?c=1) ![y][r]\n\n[r]: http://evil.example/")


@pytest.mark.parametrize("piece", SLOW)
def test_text_made_to_be_slow_is_shown_in_time(piece: str) -> None:
    typed = (piece * N)[:N]
    began = time.process_time()
    shown = rendered(typed)
    assert time.process_time() - began < 0.2
    assert shown


def test_too_many_marks_are_shown_as_typed() -> None:
    assert rendered("[" * N) == f"<p>{'[' * N}</p>"


@given(st.text(alphabet="ab<>&\"'[]()!*_`#-\n:/htps.=x", max_size=200))
def test_only_allowed_tags_and_links_come_out(typed: str) -> None:
    shown = rendered(typed)
    assert set(re.findall(r"<(\w+)", shown)) <= TAGS
    assert all(re.match(r"https?://", link) for link in re.findall(r'href="([^"]*)"', shown))


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("**请立即** 下架\n\n- 批次 [A12](https://a.example)", "请立即 下架 批次 A12"),
        ("# 标题\n> 引用", "标题 引用"),
        ("字" * 200, "字" * (PREVIEW_LENGTH - 1) + "…"),
    ],
)
def test_the_preview_is_one_bare_line(typed: str, line: str) -> None:
    assert preview(typed) == line
