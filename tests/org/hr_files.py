"""HR files in the making: a small good roster, and ways to spoil it."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from dianmai.core.errors import Refusal
from dianmai.org.hr_sync.checking import Wanted, check
from dianmai.org.hr_sync.reading import read
from dianmai.org.hr_sync.standing import Standing, StandingPosition

HEADINGS = ("工号", "姓名", "手机", "部门路径", "岗位", "门店编码", "入职日期", "状态")
ROSTER = (
    ("A0001", "王敏", "13800000001", "总部/运营部", "运营", "", "2020-01-01", "在职"),
    ("A0002", "李明", "13800000002", "总部/华东大区/上海/南京路店", "店长", "SH001", "2021/3/1", "在职"),
    ("A0003", "许诺", "13800000003", "总部/华东大区/上海/南京路店", "店员", "SH001", "2022.12.31", "试用"),
    ("A0004", "张丽", "13800000004", "总部/华东大区/上海/徐家汇店", "店长", "SH002", "45000", ""),
    ("A0005", "吴芳", "13800000005", "总部/华东大区/上海/南京路店", "督导", "SH001", "", "在职"),
    ("A0005", "吴芳", "", "总部/华东大区/上海/徐家汇店", "督导", "SH002", "", "在职"),
)
POSITIONS = [
    StandingPosition("hq_operations", ("运营",), frozenset({"publish", "import"}), "served_unit"),
    StandingPosition("store_manager", ("店长",), frozenset({"see_board"}), "own_unit"),
    StandingPosition("clerk", ("店员",), frozenset(), "own_unit"),
    StandingPosition("area_manager", ("区域经理", "督导"), frozenset({"publish"}), "own_unit"),
]
Row = Sequence[Any]


def nobody_yet() -> Standing:
    """An installation before its first import."""
    return Standing([], [], POSITIONS)


def csv_file(
    rows: Sequence[Row] = ROSTER,
    headings: Sequence[str] = HEADINGS,
    *,
    separator: str = ",",
    line_end: str = "\r\n",
    encoding: str = "utf-8",
) -> bytes:
    lines = [separator.join(str(cell) for cell in row) for row in (headings, *rows)]
    return (line_end.join(lines) + line_end).encode(encoding)


def xlsx_file(rows: Sequence[Row] = ROSTER, headings: Sequence[str] = HEADINGS, *, formulas: bool = False) -> bytes:
    """A workbook; Python numbers become number cells."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": formulas, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate([headings, *rows]):
            for place, cell in enumerate(row):
                if hasattr(cell, "isoformat"):
                    sheet.write_datetime(number, place, cell, day)
                else:
                    sheet.write(number, place, cell)
    return out.getvalue()


def changed(row: int, **cells: Any) -> list[Row]:
    """The roster with some cells of one row (2 is the first below the headings) written otherwise."""
    names = dict(zip(("no", "name", "phone", "path", "position", "code", "joined", "state"), range(8), strict=True))
    rows = [list(line) for line in ROSTER]
    for key, value in cells.items():
        rows[row - 2][names[key]] = value
    return rows


async def wanted(content: bytes, standing: Standing | None = None) -> Wanted:
    """What a file says."""
    return check(await read(content), standing or nobody_yet(), "zh-CN")


async def refusal(content: bytes, standing: Standing | None = None) -> Refusal:
    """Why a file is refused; fails when it is not."""
    try:
        await wanted(content, standing)
    except Refusal as refused:
        return refused
    raise AssertionError("the file was taken")


async def rows_refused(content: bytes, standing: Standing | None = None) -> tuple[str, list[tuple[str, str, str, str]]]:
    """The code, and (row, column, value, code) of all bad rows."""
    refused = await refusal(content, standing)
    return refused.code, [(row["row"], row["column"], row["value"], row["code"]) for row in refused.rows or []]
