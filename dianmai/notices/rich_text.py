"""A notice's text: a small set of markdown, shown as inert HTML.

Bold, italics, lists, headings, quotes, rules, line breaks, links to http and https. No HTML, no pictures fetched from
elsewhere, no tables. Text made to be slow to parse is shown as it was typed.
"""

import html
import re
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt

PREVIEW_LENGTH: Final = 80
MOST_MARKS: Final = 1_500
MOST_LINES: Final = 1_000
DEEPEST: Final = 12

# What would fetch, embed or hide something is switched off in the parser; the allow-list below is the second wall.
_PARSER: Final = MarkdownIt(
    "commonmark", {"html": False, "linkify": False, "breaks": True, "maxNesting": DEEPEST}
).disable(["image", "html_block", "html_inline", "autolink", "reference", "code", "fence"])
# Links that lead nowhere but to the web; others, relative ones too, stay text as typed.
_PARSER.validateLink = lambda url: url.startswith(("http://", "https://"))
_TAGS: Final = {
    "p", "br", "strong", "em", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "a", "code",
}  # fmt: skip
_MARKS: Final = re.compile(r"[\[\]*_`>#]")
_SYNTAX: Final = re.compile(r"^\s{0,3}(?:#{1,6}\s+|>\s?|[-*+]\s+|\d{1,9}[.)]\s+)+|[*_`]{1,3}", re.MULTILINE)
_LINK: Final = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()]{0,500}\)")


@lru_cache(maxsize=256)
def rendered(text: str) -> str:
    """The text as HTML that cannot do anything but be read."""
    if len(_MARKS.findall(text)) > MOST_MARKS or text.count("\n") > MOST_LINES:
        return plain(text)
    return nh3.clean(
        _PARSER.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def plain(text: str) -> str:
    """The text as it was typed, as HTML."""
    return f"<p>{html.escape(text).replace(chr(10), '<br>')}</p>"


def preview(text: str) -> str:
    """The beginning of the text on one line, without its marks."""
    bare = _SYNTAX.sub("", _LINK.sub(r"\1", text[: 20 * PREVIEW_LENGTH]))
    line = " ".join(bare.split())
    return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1] + "…"
