"""The words by which people, units and positions are found, and the queries that what somebody typed becomes.

A word is a tail of something findable: 徐家汇店 gives 徐家汇店, 家汇店, 汇店, 店; its pinyin and initials likewise from
each syllable on. Whatever a person types is then the beginning of some word. A whole one is there again with "=".
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from dianmai.org import pinyin

MOST_TERMS: Final = 6
_APART = re.compile(r"[\s,，、;；/|'\"\\:*&!()<>=]+")


def plain(text: str) -> str:
    """Text as it is compared: width, case and spaces make no difference."""
    return _APART.sub("", unicodedata.normalize("NFKC", text).casefold())


def terms(text: str) -> list[str]:
    """What somebody typed, cut at spaces; at most six terms."""
    return [term for term in _APART.split(unicodedata.normalize("NFKC", text).casefold()) if term][:MOST_TERMS]


def person_words(name: str, employee_no: str, units: Iterable[int], positions: Iterable[str]) -> set[str]:
    """Words of a person."""
    number = plain(employee_no)
    digits = re.sub(r"\D", "", number)
    return {
        *_name_words(name, surname=True),
        *filter(None, (f"={number}", number, digits, digits.lstrip("0"))),
        *(f"u:{unit}" for unit in units),
        *(f"p:{position}" for position in positions),
    }


def unit_words(name: str, code: str | None) -> set[str]:
    """Words of a unit: its name, whole with and without 店, and its code."""
    found = _name_words(name)
    if name.endswith("店") and len(name) > 2:
        found |= {word for word in _name_words(name[:-1]) if word.startswith("=")}
    return found | ({f"={plain(code)}", plain(code)} if code else set[str]())


def position_words(names: Iterable[str]) -> set[str]:
    """Words of a position: all its names, with tails of two characters and more."""
    found: set[str] = set()
    for name in names:
        written = plain(name)
        found |= {f"={written}", *(written[start:] for start in range(max(1, len(written) - 1)))}
        for reading in pinyin.syllables(written)[:1]:
            for word in ("".join(reading), pinyin.initials(reading)):
                found |= {f"={word}", word}
    return found


def whole(term: str) -> str:
    """The query for something that is wholly this term."""
    return f"'={term}'"


def start(term: str) -> str:
    """The query for something that begins with this term from its very start."""
    return f"'={term}':*"


def beginning(term: str) -> str:
    """The query for a word that begins with this term."""
    return f"'{term}':*"


def belonging(own: str, units: Sequence[int], positions: Sequence[str]) -> str:
    """The query for people with this word of their own, in one of these units, or with one of these positions."""
    tokens = [own, *(f"'u:{unit}'" for unit in units), *(f"'p:{position}'" for position in positions)]
    return f"({' | '.join(tokens)})"


def cuts(term: str) -> list[tuple[str, str]]:
    """The ways in which one term may be two written together, each of two characters at least: 徐家汇店长, xjhdz."""
    return [(term[:at], term[at:]) for at in range(2, min(len(term) - 1, 12))]


def _name_words(name: str, *, surname: bool = False) -> set[str]:
    written = plain(name)
    found = {f"={written}", *_tails(written)}
    for reading in pinyin.syllables(written, surname=surname):
        short = pinyin.initials(reading)
        found |= {f"={''.join(reading)}", f"={short}", *_tails(short)}
        found |= {"".join(reading[start:]) for start in range(len(reading))}
    return found


def _tails(text: str) -> set[str]:
    return {text[start:] for start in range(len(text))}
