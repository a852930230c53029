"""The columns of an HR file: what they may be called and what they hold."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from dianmai.core.errors import Invalid, describe
from dianmai.org.hr_sync.table import Cell, Row, Table, refused

Column = Literal[
    "employee_no", "name", "phone", "path", "position", "store_code", "joined", "left", "state", "time_zone",
    "manager", "unit_kind",
]  # fmt: skip

REQUIRED: Final[tuple[Column, ...]] = ("employee_no", "name", "path", "position")

_CALLED: Final[Mapping[Column, tuple[str, ...]]] = {
    "employee_no": (
        "工号",
        "员工编号",
        "员工工号",
        "员工号",
        "employee no",
        "employee number",
        "employee id",
        "staff no",
    ),
    "name": ("姓名", "员工姓名", "name", "full name"),
    "phone": ("手机", "手机号", "手机号码", "联系电话", "电话", "phone", "mobile", "mobile phone"),
    "path": ("部门路径", "部门", "组织路径", "所属部门", "department path", "unit path", "department"),
    "position": ("岗位", "职位", "职务", "position", "job title", "title"),
    "store_code": ("门店编码", "门店编号", "门店代码", "店号", "store code", "store no"),
    "joined": ("入职日期", "入职时间", "hire date", "joined"),
    "left": ("离职日期", "最后工作日", "leaving date", "last day", "left"),
    "state": ("状态", "员工状态", "在职状态", "state", "status"),
    "time_zone": ("时区", "time zone", "timezone"),
    "manager": ("直属上级", "直接上级", "直属上级工号", "上级工号", "manager", "manager no", "reports to"),
    "unit_kind": ("部门类型", "组织类型", "unit kind", "unit type"),
}
_ATTRIBUTE_MARKS: Final = ("属性:", "attribute:", "attr:")
LONGEST_ATTRIBUTE_KEY: Final = 40


def _key(heading: str) -> str:
    """Headings are compared without width, case, spaces and the marks of required columns."""
    plain = unicodedata.normalize("NFKC", heading).casefold()
    return re.sub(r"[\s_\-*\u200b\ufeff]|\(必填\)|\(required\)", "", plain)


_COLUMN_OF: Final[dict[str, Column]] = {_key(name): column for column, names in _CALLED.items() for name in names}


class Layout(NamedTuple):
    """Where each column is, what the file itself calls it, and which attribute columns there are."""

    places: dict[Column, int]
    headings: dict[Column, str]
    attributes: dict[str, int]
    ignored: list[str]
    width: int

    def heading(self, column: Column) -> str:
        return self.headings.get(column, _CALLED[column][0])


def columns_known(cells: Sequence[str]) -> int:
    """How many of these cells are headings of known columns; 0 proves that a file was decoded or split wrongly."""
    return sum(_column_or_attribute(cell) is not None for cell in cells)


def laid_out(table: Table) -> tuple[Layout, Sequence[Row]]:
    """The layout that the first row describes, and the rows below it."""
    if len(table.rows) < 1:
        raise refused("empty_table")
    first = table.rows[0]
    places: dict[Column, int] = {}
    headings: dict[Column, str] = {}
    attributes: dict[str, int] = {}
    ignored: list[str] = []
    for place, cell in enumerate(first.cells):
        heading = _text(cell)
        meaning = _column_or_attribute(heading)
        if meaning is None:
            ignored += [heading] if heading else []
        elif isinstance(meaning, _Attribute):
            if meaning.key in attributes:
                raise _doubled(heading, first.number)
            attributes[meaning.key] = place
        else:
            if meaning in places:
                raise _doubled(heading, first.number)
            places[meaning] = place
            headings[meaning] = heading
    _require_all(places, first.number)
    if len(table.rows) == 1:
        raise refused("empty_table")
    return Layout(places, headings, attributes, ignored, len(first.cells)), table.rows[1:]


class _Attribute(NamedTuple):
    key: str


def _column_or_attribute(heading: str) -> Column | _Attribute | None:
    key = _key(heading)
    for mark in _ATTRIBUTE_MARKS:
        if key.startswith(mark) and len(key) > len(mark):
            name = unicodedata.normalize("NFKC", heading).partition(":")[2].strip()
            return _Attribute(name[:LONGEST_ATTRIBUTE_KEY])
    return _COLUMN_OF.get(key)


def _require_all(places: Mapping[Column, int], row: int) -> None:
    missing = [_CALLED[column][0] for column in REQUIRED if column not in places]
    if missing:
        rows = [{"row": str(row), "column": name, "value": "", "code": "missing_column"} for name in missing]
        raise Invalid("missing_column", field=missing[0], name="、".join(missing), rows=rows)


def _doubled(heading: str, row: int) -> Invalid:
    rows = [{"row": str(row), "column": heading, "value": heading, "code": "doubled_column"}]
    return Invalid("doubled_column", field=heading, name=heading, rows=rows)


def _text(cell: Cell) -> str:
    return str(cell).strip()


describe(
    {
        "missing_column": ("缺少列：{name}", "Columns missing: {name}"),
        "doubled_column": ("“{name}”这一列出现了两次", "The column “{name}” appears twice"),
    }
)
