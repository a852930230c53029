"""The workbook of a board: a sheet of numbers by unit, a sheet of people. Plain text and numbers, never a formula."""

# xlsxwriter types half of its parameters.
# pyright: reportUnknownMemberType=false

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dianmai import files
from dianmai.core.errors import Language
from dianmai.notices import workbook_words
from dianmai.notices.store_board import FollowedNotice, NamedUnit, Recipient
from dianmai.notices.workbook_words import Words

_FALLBACK_TIME_ZONE: Final = "Asia/Shanghai"
_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Contents:
    """What is written of a notice below one unit, which has `from_depth` units above it."""

    notice: FollowedNotice
    exported_at: datetime
    units: Mapping[int, NamedUnit]
    from_depth: int
    people: Sequence[Recipient]
    language: Language

    @property
    def time_zone(self) -> str:
        """Where the unit shown is."""
        return self.units[self.people[0].line[self.from_depth]].time_zone


@dataclass(slots=True)
class _Sum:
    line: list[int]
    recipients: int = 0
    reached: list[int] = field(default_factory=lambda: [0, 0, 0, 0])


def written(contents: Contents) -> bytes:
    """The workbook's bytes. Slow for many people: call it in a thread."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    words = workbook_words.of(contents.language)
    head = book.add_format({"bold": True, "bg_color": "#EEF1F5", "bottom": 1})
    time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    share = book.add_format({"num_format": "0.0%"})
    _write_units(book.add_worksheet(words.units_sheet), contents, words, (head, time, share))
    _write_people(book.add_worksheet(words.people_sheet), contents, words, (head, time))
    book.close()
    return out.getvalue()


def file_name(contents: Contents) -> str:
    """What the workbook is called: the notice, and the day whose state it shows, by the clock of the unit shown."""
    day = _local(contents.exported_at, contents.time_zone).date()
    # A slash in a title is no folder.
    title = contents.notice.title.replace("/", "_").replace("\\", "_")
    return files.cleaned(f"{title} {day.isoformat()}.xlsx")


def as_text(text: str) -> str:
    """Text that no spreadsheet, and no later export of one, takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _write_units(sheet: Worksheet, contents: Contents, words: Words, formats: tuple[Format, Format, Format]) -> None:
    head, time, share = formats
    notice = contents.notice
    facts = [
        (words.notice, notice.title),
        (words.published, notice.published_at),
        (words.exported, contents.exported_at),
    ]
    if notice.deadline is not None:
        facts.insert(2, (words.deadline, notice.deadline))
    for row, (name, value) in enumerate(facts):
        sheet.write_string(row, 0, name)
        if isinstance(value, datetime):
            sheet.write_datetime(row, 1, _local(value, contents.time_zone), time)
        else:
            sheet.write_string(row, 1, as_text(value))
    start = len(facts) + 1
    _write_head(sheet, start, words.unit_columns, head)
    done = 3 if notice.must_confirm else 2
    for row, total in enumerate(_sums(contents), start + 1):
        unit = contents.units[total.line[-1]]
        depth = len(total.line) - contents.from_depth - 1
        sheet.write_string(row, 0, "　" * depth + as_text(unit.name))
        sheet.write_string(row, 1, words.kinds[unit.kind])
        sheet.write_number(row, 2, total.recipients)
        for state in (1, 2, 3):
            sheet.write_number(row, 1 + 2 * state, total.reached[state])
            sheet.write_number(row, 2 + 2 * state, total.reached[state] / total.recipients, share)
        sheet.write_number(row, 9, total.recipients - total.reached[done])
    sheet.freeze_panes(start + 1, 1)
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 9, 12)


def _write_people(sheet: Worksheet, contents: Contents, words: Words, formats: tuple[Format, Format]) -> None:
    head, time = formats
    _write_head(sheet, 0, words.people_columns, head)
    for row, one in enumerate(contents.people, start=1):
        above = {contents.units[unit].kind: contents.units[unit].name for unit in one.line}
        state = words.states[one.state] + (words.left if one.left else "")
        texts = (above.get("region"), above.get("city"), above.get("store"), one.unit_name, one.name, one.title, state)
        for column, text in enumerate(texts):
            if text:
                sheet.write_string(row, column, as_text(text))
        for column, at in enumerate((one.delivered_at, one.read_at, one.confirmed_at), start=len(texts)):
            if at is not None:
                sheet.write_datetime(row, column, _local(at, one.time_zone), time)
        sheet.write_string(row, len(texts) + 3, one.time_zone)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(contents.people), len(words.people_columns) - 1)
    sheet.set_column(0, len(words.people_columns) - 1, 18)


def _write_head(sheet: Worksheet, row: int, columns: Sequence[str], head: Format) -> None:
    for column, name in enumerate(columns):
        sheet.write_string(row, column, name, head)


def _sums(contents: Contents) -> list[_Sum]:
    """Every unit from the board's top down, in tree order, with its whole subtree's numbers."""
    sums: dict[int, _Sum] = {}
    for one in contents.people:
        for depth in range(contents.from_depth, len(one.line)):
            total = sums.setdefault(one.line[depth], _Sum(one.line[: depth + 1]))
            total.recipients += 1
            for state in range(1, one.state + 1):
                total.reached[state] += 1
    return sorted(sums.values(), key=lambda total: total.line)


def _local(at: datetime, time_zone: str) -> datetime:
    return at.astimezone(_zone(time_zone)).replace(tzinfo=None)


@lru_cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(_FALLBACK_TIME_ZONE)
