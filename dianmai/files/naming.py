"""Names of uploaded files: shown to people, never used as a path."""

import re
import unicodedata
from urllib.parse import quote

from dianmai.core.errors import Invalid
from dianmai.files import words as words

LONGEST_NAME = 120

_BIDI = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\u200b]")
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*]')


def cleaned(name: str) -> str:
    """The name as it is stored and shown: its last part, without what could mislead or break. NUL is refused."""
    if "\0" in name:
        raise Invalid("invalid_file_name", field="name")
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in ("Cc", "Cs"))
    name = _FORBIDDEN.sub("_", _BIDI.sub("", name)).strip(". \t")
    if _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, extension = name.rpartition(".")
    if len(name) > LONGEST_NAME:
        name = f"{stem[: LONGEST_NAME - 17]}.{extension[:16]}" if dot else name[:LONGEST_NAME]
    return name or "file"


def extension(name: str) -> str:
    """The extension in small letters, without its dot; empty when there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def disposition(name: str, *, inline: bool) -> str:
    """The Content-Disposition of a download."""
    return f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"
