"""The words by which people and units are found, and the query that what somebody typed becomes.

A word is a tail of something findable: 徐家汇店 gives 徐家汇店, 家汇店, 汇店, 店; its pinyin and initials likewise from
each syllable on. Whatever a person types is then the beginning of some word. A whole one is there again with "=".
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from dianmai.org import pinyin

MOST_TERMS: Final = 6
SHORTEST_PHONE_TAIL: Final = 4
SHORTEST_NUMBER_TAIL: Final = 3
_APART = re.compile(r"[\s,，、;；/|'\"\\:*&!()<>=]+")


def plain(text: str) -> str:
    """Text as it is compared: width, case and spaces make no difference."""
    return _APART.sub("", unicodedata.normalize("NFKC", text).casefold())


def terms(text: str) -> list[str]:
    """What somebody typed, cut at spaces; at most six terms."""
    return [term for term in _APART.split(unicodedata.normalize("NFKC", text).casefold()) if term][:MOST_TERMS]


def name_words(name: str, *, surname: bool = False) -> set[str]:
    """Words of a name: its tails, and those of each of its readings."""
    written = plain(name)
    found = {f"={written}", *_tails(written)}
    for reading in pinyin.syllables(written, surname=surname):
        short = pinyin.initials(reading)
        found |= {f"={''.join(reading)}", f"={short}", *_tails(short)}
        found |= {"".join(reading[start:]) for start in range(len(reading))}
    return found


def number_words(employee_no: str, phone: str | None) -> set[str]:
    """Words of an employee number and a phone number; of the latter only whole tails of four digits or more."""
    number = plain(employee_no)
    found = {f"={number}", number}
    found |= {number[start:] for start in range(1, len(number) - SHORTEST_NUMBER_TAIL + 1)}
    digits = re.sub(r"\D", "", phone or "")
    return found | {f"={digits[-size:]}" for size in range(SHORTEST_PHONE_TAIL, len(digits) + 1)}


def unit_words(name: str, code: str | None) -> set[str]:
    """Words of a unit's name, with and without 店, and its code."""
    found = name_words(name)
    if name.endswith("店") and len(name) > 2:
        found |= {word for word in name_words(name[:-1]) if word.startswith("=")}
    return found | ({f"={plain(code)}", plain(code)} if code else set[str]())


def position_words(names: Iterable[str]) -> set[str]:
    """Words of a position: all its names whole, its readings, and tails of two characters and more."""
    found: set[str] = set()
    for name in names:
        written = plain(name)
        found |= {f"={written}", *(written[start:] for start in range(max(1, len(written) - 1)))}
        for reading in pinyin.syllables(written)[:1]:
            for word in ("".join(reading), pinyin.initials(reading)):
                found |= {f"={word}", word}
    return found


def whole(asked: Sequence[str]) -> str:
    """The query for those where each term is something whole."""
    return " & ".join(f"'={term}'" for term in asked)


def beginning(asked: Sequence[str]) -> str:
    """The query for those where each term begins some word."""
    return " & ".join(f"'{term}':*" for term in asked)


def cut_anywhere(term: str) -> str:
    """The query for one term that is really two written together: 徐家汇店长, xjhdz."""
    return " | ".join(f"('{term[:at]}':* & '{term[at:]}':*)" for at in range(1, min(len(term), 12)))


def _tails(text: str) -> set[str]:
    return {text[start:] for start in range(len(text))}
