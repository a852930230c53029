"""From what a page says of itself to what is shown of it: short, plain, and about that page."""

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

import msgspec

from dianmai.wire.cards import LinkPreview

LONGEST_TITLE: Final = 120
LONGEST_SITE: Final = 60
LONGEST_DESCRIPTION: Final = 300
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
_MARKS_IN_A_ROW: Final = 3


class Said(msgspec.Struct, frozen=True):
    """What the child says of a page. `picture` is an address, whole."""

    title: str = ""
    description: str = ""
    site: str = ""
    picture: str = ""


def preview_of(link: str, host: str, said: Said) -> LinkPreview | None:
    """What is shown of a page at `host`; None where it has no title. Whose page it is, its host says and not the page
    alone; where the link leads elsewhere first, its own host: that is whom a press asks, and may lead us elsewhere."""
    title = plain(said.title, LONGEST_TITLE)
    if not title:
        return None
    asked = urlsplit(link).hostname or ""
    site = plain(said.site, LONGEST_SITE) if asked == host else ""
    return LinkPreview(
        url=link,
        title=title,
        site=f"{site} · {asked}" if site and site.lower() != asked else asked,
        description=plain(said.description, LONGEST_DESCRIPTION),
    )


def plain(text: str, longest: int) -> str:
    """The text on one line, without what cannot be seen, turns the reading or stacks up; cut where it is long."""
    kept: list[str] = []
    marks = 0
    for c in unicodedata.normalize("NFC", _UNSEEN.sub("", text)):
        category = unicodedata.category(c)
        if category in ("Cs", "Co", "Cn"):
            continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(" " if category == "Cc" else c)
    words = " ".join("".join(kept).split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"
