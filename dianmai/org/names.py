"""Names of people and units: which are accepted, and which count as the same."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

LONGEST_NAME: Final = 80
MOST_MARKS_IN_A_ROW: Final = 8

PROTECTED_NAMES: Final = (
    "系统管理员",
    "管理员",
    "系统通知",
    "店脉",
    "店脉助手",
    "admin",
    "administrator",
    "system",
    "dianmai",
)
"""Names that the product itself speaks under; nobody may look like them."""

_SPACES = re.compile(r"\s+")
_INVISIBLE = frozenset("\u200b\u2060\ufeff\u00ad\u115f\u1160\u3164\uffa0\u2800\u180e\u034f")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁѵԍтвнкмαορνικτ015|",
    "aeopcyxijshdvgtbhkmaopviktolsl",
)


def cleaned(text: str) -> str:
    """The name as it is stored: NFC, outer and doubled spaces and invisible characters gone."""
    visible = "".join(" " if ch.isspace() else ch for ch in text if ch not in _INVISIBLE)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", visible).strip())


def trouble(text: str, *, person: bool = True) -> str | None:
    """The error code that says why `text`, as it was typed, cannot be a name; None when it can.

    A `person` must not look like one of the protected names; a unit or position may.
    """
    if any("\ud800" <= ch <= "\udfff" for ch in text):
        return "invalid_unicode"
    if any(ch in _BIDI for ch in text):
        return "bidi_control"
    name = cleaned(text)
    if any(unicodedata.category(ch) in ("Cc", "Zl", "Zp") for ch in text.strip()):
        return "control_character"
    if not name:
        return "blank_text"
    if len(name) > LONGEST_NAME:
        return "text_too_long"
    if _stacks_marks(name):
        return "too_many_combining_marks"
    if person and skeleton(name) in _PROTECTED:
        return "name_too_similar"
    return None


@lru_cache(maxsize=16_384)
def same(name: str) -> str:
    """The form in which two names are compared: width, case and spaces do not make a difference."""
    return unicodedata.normalize("NFKC", name).casefold().replace(" ", "")


def skeleton(name: str) -> str:
    """What a hurried reader sees: letters of other alphabets become the Latin ones they look like."""
    return same(name).translate(_LOOKALIKES)


def _stacks_marks(name: str) -> bool:
    run = 0
    for ch in name:
        run = run + 1 if unicodedata.combining(ch) or unicodedata.category(ch) in ("Mn", "Me") else 0
        if run > MOST_MARKS_IN_A_ROW:
            return True
    return False


_PROTECTED: Final = frozenset(skeleton(name) for name in PROTECTED_NAMES)
