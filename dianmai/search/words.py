"""The words a text is found by, and the query that what somebody typed becomes. Pure; of folded text only.

Scripts without spaces (Chinese, Japanese, emoji) give a word for every two neighbours and one for the last of a row;
letters and digits give whole words, each of its own. Whatever somebody types is then made of such words or the
beginning of one, wherever it stands: nothing that is there is missed. What only looks alike (both pairs are there, but
apart) is told by looking at the text.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from dianmai.search.folding import fold

MOST_TERMS: Final = 6
LONGEST_WORD: Final = 40

_LETTERS: Final = "a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0300-\u0e00\u1e00-\u1fff"
# Everything from the scripts of the East on, with signs and pictures, but not the punctuation between.
_NEIGHBOURS: Final = (
    "\u00a2-\u00a9\u00ac\u00ae-\u00b4\u0e01-\u1dff\u2070-\u2bff\u2e80-\u2fff\u3005-\u3007\u3012\u3013\u3021-\u302f\u3031-\u303c"
    "\u303f-\u30fa\u30fc-\ud7ff\ue000-\ufe0f\ufe20-\ufe2f\ufe70-\ufefe\U00010000-\U0010ffff"
)
_ROWS: Final = re.compile(f"([{_NEIGHBOURS}]+)|[0-9]+|[{_LETTERS}]+")
_PAIR: Final = re.compile(f"[{_NEIGHBOURS}]{{2}}")
_SPACES: Final = re.compile(r"\s+")
_CLASSES: Final = (re.compile("[0-9]"), re.compile(f"[{_LETTERS}]"))


def words(folded: str) -> set[str]:
    """The words of a text."""
    found: set[str] = set()
    for row in _ROWS.finditer(folded):
        text = row.group()
        if row.group(1) is None:
            found.add(text[:LONGEST_WORD])
        else:
            found.update(map("".join, pairwise(text)))
            found.add(text[-1])
    return found


def terms(text: str) -> list[str]:
    """What somebody typed, folded and cut at spaces; each once."""
    return list(dict.fromkeys(term for term in _SPACES.split(fold(text)) if term))


def query(asked: Sequence[str]) -> str | None:
    """The index query that finds every text with all these terms, and few others. None: nothing can be found by them.

    A single character is the beginning of very many words: where anything better was typed it is left to the look at
    the text.
    """
    strong: dict[str, None] = {}
    weak: dict[str, None] = {}
    for term in asked:
        for word, narrows in _words_of(term):
            (strong if narrows else weak)[word] = None
    return " & ".join(strong or weak) or None


def untold(asked: Sequence[str]) -> list[str]:
    """The terms of which the index alone cannot say that they are there: all but those that are one word of it."""
    return [term for term in asked if not (len(term) == 2 and _PAIR.fullmatch(term))]


def places(term: str, folded: str) -> list[int]:
    """Where a term stands in a text. One that begins with a letter or a digit stands where a word begins."""
    inside = next((one for one in _CLASSES if one.match(term)), None)
    found: list[int] = []
    at = folded.find(term)
    while at >= 0:
        if inside is None or at == 0 or not inside.match(folded[at - 1]):
            found.append(at)
            at = folded.find(term, at + len(term))
        else:
            at = folded.find(term, at + 1)
    return found


def has_all(asked: Iterable[str], folded: str) -> bool:
    """Whether all terms stand in the text."""
    return all(places(term, folded) for term in asked)


def _words_of(term: str) -> Iterable[tuple[str, bool]]:
    """The index words of a term as query words, each with whether it narrows the search."""
    rows = list(_ROWS.finditer(term))
    for row in rows:
        text = row.group()
        if row.group(1) is None:
            begins = row.end() == len(term) or len(text) >= LONGEST_WORD
            yield f"'{text[:LONGEST_WORD]}'{':*' if begins else ''}", len(text) > 1
        elif len(text) == 1:
            yield f"'{text}':*", False
        else:
            for pair in map("".join, pairwise(text)):
                yield f"'{pair}'", True
