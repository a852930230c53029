"""Single cells: what is accepted in each column, and the one form in which it is stored.

Each function returns the value, or raises `CellError` with the error code.
"""

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from dianmai.org import names
from dianmai.org.hr_sync.table import Cell
from dianmai.wire.org import UnitKind

EARLIEST: Final = date(1940, 1, 1)
LATEST: Final = date(2100, 1, 1)
_SERIAL_ZERO: Final = date(1899, 12, 30)  # of the spreadsheet programs, right from 1900-03-01 on
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_IDENTIFIER = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,39}")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_ABROAD = re.compile(r"\+\d{6,15}")

_HERE: Final = frozenset(("", "在职", "试用", "试用期", "正式", "实习", "active", "employed", "probation"))
_GONE: Final = frozenset(("离职", "已离职", "left", "resigned", "terminated", "inactive"))
_UNIT_KINDS: Final[dict[str, UnitKind]] = {
    "总部": "hq", "部门": "department", "职能部门": "department", "大区": "region", "区域": "region", "城市": "city",
    "城市公司": "city", "门店": "store", "hq": "hq", "department": "department", "region": "region", "city": "city",
    "store": "store",
}  # fmt: skip
_MEANT_ZONES: Final = {"asia/beijing": "Asia/Shanghai", "gmt+8": "Asia/Shanghai", "utc+8": "Asia/Shanghai"}


class CellError(ValueError):
    """The cell cannot be taken; `code` says why, `hint` what would do."""

    def __init__(self, code: str, hint: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.hint = hint


def text_of(cell: Cell) -> str:
    """The cell as text; whole numbers without a decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def identifier(cell: Cell, code: str, widest: int) -> str:
    """An employee number or store code, capital letters. `widest` is the longest one known.

    A number shorter than others has perhaps lost its zeros in the spreadsheet: it must not pass for somebody else.
    """
    if isinstance(cell, date):
        raise CellError(code)
    if isinstance(cell, int | float):
        if not float(cell).is_integer() or cell >= 1e15 or cell < 0 or len(str(int(cell))) < widest:
            raise CellError("lossy_number")
        return str(int(cell))
    text = unicodedata.normalize("NFKC", cell).strip().upper()
    if _SCIENTIFIC.fullmatch(text):
        raise CellError("lossy_number")
    if not text:
        raise CellError("blank_text")
    if not _IDENTIFIER.fullmatch(text):
        raise CellError(code)
    return text


def name(cell: Cell, *, person: bool = True) -> str:
    """A name as it is stored."""
    return _name(text_of(cell), person)


def phone(cell: Cell) -> str | None:
    """A mobile number without spaces; with + and country code when it is from abroad."""
    text = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", text_of(cell)))
    if not text:
        return None
    rounded = isinstance(cell, float) and text.endswith("000000")
    if rounded or _SCIENTIFIC.fullmatch(text) or (isinstance(cell, float) and not cell.is_integer()):
        raise CellError("lossy_number")
    text = re.sub(r"^(\+|00)86(?=1\d{10}$)", "", text)
    if not (_MOBILE.fullmatch(text) or _ABROAD.fullmatch(text)):
        raise CellError("invalid_phone")
    return text


def day(cell: Cell) -> date | None:
    """A date in any usual spelling, or a spreadsheet's serial number (45000 is 2023-03-15)."""
    if isinstance(cell, date):
        found = cell
    else:
        text = unicodedata.normalize("NFKC", text_of(cell))
        if not text:
            return None
        found = _serial(text) or _written(text)
    if not EARLIEST <= found < LATEST:
        raise CellError("invalid_date")
    return found


def gone(cell: Cell) -> bool:
    """Whether the state says that the person has left."""
    text = text_of(cell).casefold()
    if text in _GONE:
        return True
    if text in _HERE:
        return False
    raise CellError("invalid_state")


def unit_kind(cell: Cell) -> UnitKind | None:
    """What kind of unit the row's path ends in; None when the file does not say."""
    text = text_of(cell).casefold()
    if text and text not in _UNIT_KINDS:
        raise CellError("invalid_unit_kind")
    return _UNIT_KINDS.get(text)


@lru_cache(maxsize=1_000)
def time_zone(text: str) -> str | None:
    """An IANA time zone such as Asia/Shanghai."""
    if not text:
        return None
    if text not in available_timezones():
        alike = next((zone for zone in available_timezones() if zone.casefold() == text.casefold()), "")
        meant = _MEANT_ZONES.get(text.casefold(), alike)
        raise CellError("invalid_time_zone", f" → {meant}" if meant else "")
    return ZoneInfo(text).key


def attribute(cell: Cell) -> str:
    """The value of a store attribute, at most 200 characters; formulas stay the text they are."""
    text = unicodedata.normalize("NFC", text_of(cell))
    if len(text) > 200:
        raise CellError("text_too_long")
    if any(unicodedata.category(ch) == "Cc" for ch in text):
        raise CellError("control_character")
    return text


def path(cell: Cell) -> tuple[str, ...]:
    """A path's unit names from the top down: 总部/华东大区/上海/徐家汇店."""
    return _path(text_of(cell))


# A file says the same few paths and positions in tens of thousands of rows.
@lru_cache(maxsize=8_192)
def _path(text: str) -> tuple[str, ...]:
    parts = re.split(r"[/／\\>›→]", text)
    found = tuple(_name(part, False) for part in parts if names.cleaned(part))
    if len(found) > 10:
        raise CellError("path_too_deep")
    return found


@lru_cache(maxsize=8_192)
def _name(text: str, person: bool) -> str:
    if code := names.trouble(text, person=person):
        raise CellError(code)
    return names.cleaned(text)


def _serial(text: str) -> date | None:
    if not re.fullmatch(r"\d{5}(\.0+)?", text):
        return None
    return _SERIAL_ZERO + timedelta(days=int(float(text)))


def _written(text: str) -> date:
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if match is None:
        raise CellError("invalid_date")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise CellError("invalid_date") from None
