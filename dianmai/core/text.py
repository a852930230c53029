"""Rules of text that people write and others must be able to read."""

import re
import unicodedata

from dianmai.core.errors import Invalid

MARKS_IN_A_ROW = 8
_BLANK = frozenset("\u200b\u200c\u200d\u2060\ufeff\u3164\u2800\u115f\u1160\uffa0\u00ad")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def require_text(text: str, field: str) -> str:
    """The text without blanks at its ends; refuses one in which there is nothing to see."""
    if not any(not (c.isspace() or c in _BLANK) for c in text):
        raise Invalid("blank_text", field=field)
    return text.strip()


def require_name(name: str, field: str) -> str:
    """A name in NFC on one line; refuses blanks, control characters and direction controls."""
    name = unicodedata.normalize("NFC", require_text(name, field))
    if any(c in _BIDI for c in name):
        raise Invalid("bidi_control", field=field)
    if any(unicodedata.category(c) == "Cc" for c in name):
        raise Invalid("control_character", field=field, status=400)
    return name


def refuse_stacked_marks(text: str) -> None:
    """Refuses text that stacks more than eight combining marks on one character, joiners between them or not."""
    if not _SUSPECT.search(text):
        return
    row = 0
    for c in text:
        if unicodedata.category(c) in _MARKS:
            row += 1
            if row > MARKS_IN_A_ROW:
                raise Invalid("too_many_combining_marks", limit=MARKS_IN_A_ROW)
        elif c not in _JOINERS:
            row = 0


_MARKS = ("Mn", "Me")
_JOINERS = "\u200b\u200c\u200d\u2060\ufeff"
_FIRST_PLANE = "".join(chr(c) for c in range(0x300, 0x10000) if unicodedata.category(chr(c)) in _MARKS)
# A quick look that almost every text passes. Beyond the first plane any character is suspect, or it would not be quick.
_SUSPECT = re.compile(f"[{_FIRST_PLANE}{_JOINERS}\U00010000-\U0010ffff]{{{MARKS_IN_A_ROW + 1}}}")
