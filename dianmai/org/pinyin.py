"""How names are typed without Chinese characters: 王敏 as wangmin or wm, 重庆 as chongqing or cq."""

import itertools
from typing import Final

MOST_READINGS: Final = 6
_FIRST_READING: Final = {
    "单": "shan", "仇": "qiu", "区": "ou", "解": "xie", "查": "zha", "曾": "zeng", "翟": "zhai", "盖": "ge",
    "任": "ren", "朴": "piao", "繁": "po", "员": "yun", "尉": "yu", "黑": "he", "秘": "bi", "折": "she",
    "覃": "qin", "隗": "wei", "乐": "yue", "召": "shao", "缪": "miao", "燕": "yan", "华": "hua", "纪": "ji",
    "万": "wan", "沈": "shen", "宁": "ning", "盛": "sheng", "葛": "ge", "哈": "ha", "洗": "xian", "晁": "chao",
}  # fmt: skip
"""Surnames that are read otherwise than the same character inside a word."""


def syllables(text: str, *, surname: bool = False) -> list[list[str]]:
    """Readings of `text`, at most six, each as its syllables; Latin letters and digits stay one syllable a run.

    `surname` reads the first character as a surname first: 单 is shan. The likeliest reading comes first.
    """
    # Its dictionaries take 60 MB and 0.3 s: only who writes names pays for them, not who starts or searches.
    from pypinyin import Style, pinyin

    options: list[list[str]] = pinyin(
        text.lower(),
        style=Style.NORMAL,
        heteronym=True,
        errors=_plain_runs,  # pyright: ignore[reportArgumentType] - its stubs forget that a list may be answered
    )
    if surname and options and text[0] in _FIRST_READING:
        options[0] = list(dict.fromkeys((_FIRST_READING[text[0]], *options[0])))
    options = [[reading for reading in choices if reading] for choices in options]
    readings = itertools.product(*(choices[:2] for choices in options if choices))
    return [list(reading) for reading in itertools.islice(readings, MOST_READINGS)]


def spelled(text: str, *, surname: bool = False) -> tuple[str, str]:
    """The likeliest full spelling and initials of a name."""
    readings = syllables(text, surname=surname)
    first = readings[0] if readings else []
    return "".join(first), initials(first)


def initials(reading: list[str]) -> str:
    """First letters of the syllables; a run of digits stays whole, as people type it: 8号店 is 8hd."""
    return "".join(part if part.isdigit() else part[0] for part in reading if part)


def _plain_runs(run: str) -> list[str] | None:
    runs = ["".join(group) for kept, group in itertools.groupby(run, str.isalnum) if kept]
    return runs or None
