"""Text as it is compared: width, case and invisible characters make no difference. Nothing is translated.

Traditional and simplified characters stay apart: that takes a dictionary, and a wrong one finds what nobody said.
"""

import re
import unicodedata
from functools import cache
from typing import Final, NamedTuple

# Joiners, direction controls, variation selectors: nobody sees them, so nobody can type them.
_UNSEEN: Final = (
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff"
)
_UNSEEN_ONES: Final = re.compile(f"[{_UNSEEN}]+")
# A character with what combines with it; half-width kana carry their marks behind them.
_CLUSTER: Final = re.compile(r"(?s).[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\u3099\u309a\uff9e\uff9f" + _UNSEEN + "]*")


class Folded(NamedTuple):
    """Folded text, and for each of its characters where the one it was made of begins and ends in the original."""

    text: str
    begins: list[int]
    ends: list[int]


def fold(text: str) -> str:
    """The text as it is compared."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", _UNSEEN_ONES.sub("", text)).casefold()


def fold_with_places(text: str) -> Folded:
    """The same, character by character, so that what is found can be shown where it stands."""
    if not _changes_length().search(text):
        places = list(range(len(text) + 1))
        return Folded(fold(text), places[:-1], places[1:])
    folded: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        become = fold(cluster.group())
        folded.append(become)
        begins.extend([cluster.start()] * len(become))
        ends.extend([cluster.end()] * len(become))
    return Folded("".join(folded), begins, ends)


@cache
def _changes_length() -> re.Pattern[str]:
    """Finds what does not become one character by itself. Nearly no text has any."""
    odd = "".join(
        re.escape(c)
        for c in map(chr, (*range(0x80, 0x3400), *range(0xF900, 0x10000)))
        if len(fold(c)) != 1 or unicodedata.combining(c)
    )
    return re.compile(f"[{odd}\uff9e\uff9f\U00010000-\U0010ffff]")
