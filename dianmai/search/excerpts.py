"""The part of a text around what was searched for, and where that stands in it. Pure; offsets are code points."""

from collections.abc import Sequence
from typing import NamedTuple

from dianmai.search import words
from dianmai.search.folding import fold, fold_with_places
from dianmai.wire.search import Mark

LONGEST = 160
BEFORE = 40
MOST_MARKS = 50


class Excerpt(NamedTuple):
    """A part of a text, whether it goes on on either side, and what is to be highlighted."""

    text: str
    marks: list[Mark]
    before: bool
    behind: bool


def excerpt(text: str, terms: Sequence[str]) -> Excerpt:
    """The part around the first of the terms, all terms marked. A short text whole."""
    start = 0
    if len(text) > LONGEST:
        folded = fold(text)
        first = min((at for term in terms for at in words.places(term, folded)[:1]), default=0)
        if len(folded) != len(text):  # then places differ, and only the long way is sure
            first = fold_with_places(text).begins[first] if first else 0
        start = min(max(0, first - BEFORE), len(text) - LONGEST)
    part = text[start : start + LONGEST]
    return Excerpt(part.replace("\n", " "), marks(part, terms), start > 0, start + LONGEST < len(text))


def marks(text: str, terms: Sequence[str]) -> list[Mark]:
    """Where the terms stand in a text, those that touch as one."""
    folded = fold_with_places(text)
    spans = sorted(
        (folded.begins[at], folded.ends[at + len(term) - 1]) for term in terms for at in words.places(term, folded.text)
    )
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return [Mark(start=start, length=end - start) for start, end in joined[:MOST_MARKS]]
