"""Reads rows into lines: every cell checked and in the form in which it is stored."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from dianmai.org.hr_sync import cells
from dianmai.org.hr_sync.layout import Column, Layout
from dianmai.org.hr_sync.standing import Path, Standing
from dianmai.org.hr_sync.table import Cell, Row
from dianmai.org.hr_sync.tree import RowUnit, Tree
from dianmai.org.hr_sync.troubles import Troubles

T = TypeVar("T")


class Line(NamedTuple):
    """One row, its cells already in the form in which they are stored."""

    row: int
    employee_no: str
    name: str
    phone: str | None
    path: Path
    position: str
    joined: date | None
    left: date | None
    gone: bool
    manager: str


class RowReader:
    def __init__(self, layout: Layout, standing: Standing, troubles: Troubles, rows: Sequence[Row]) -> None:
        self._layout = layout
        self._troubles = troubles
        self._widest_no = self._widest("employee_no", rows, [*standing.people])
        self._widest_code = self._widest("store_code", rows, [*standing.by_code])

    def lines(self, rows: Sequence[Row], tree: Tree) -> list[Line]:
        """All rows. Those that name a store by its code alone come last: its path may stand further down."""
        place = self._layout.places["path"]
        in_order = sorted(rows, key=lambda row: _at(row, place) == "")
        return sorted(line for row in in_order if (line := self.line(row, tree)) is not None)

    def line(self, row: Row, tree: Tree) -> Line | None:
        """The row as a line; None when its trouble is such that the rest of it means nothing."""
        before = len(self._troubles)
        if any(cell != "" for cell in row.cells[self._layout.width :]):
            self._troubles.add(row.number, "", "", "too_many_cells")
            return None
        employee_no = self._take(row, "employee_no", self._employee_no, "")
        name = self._take(row, "name", cells.name, "")
        left = self._take(row, "left", cells.day, None)
        gone = self._take(row, "state", cells.gone, False)
        phone = None if gone else self._take(row, "phone", cells.phone, None)
        joined = self._take(row, "joined", cells.day, None)
        manager = self._optional(row, "manager", self._employee_no)
        path: Path = ()
        position = ""
        if not gone:
            position = self._take(row, "position", lambda c: cells.name(c, person=False), "")
            sound = len(self._troubles)
            unit = self._row_unit(row)
            path = tree.place(unit) if len(self._troubles) == sound else ()
        if len(self._troubles) > before:
            return None
        return Line(row.number, employee_no, name, phone, path, position, joined, left, gone, manager)

    def _row_unit(self, row: Row) -> RowUnit:
        nowhere: tuple[str, ...] = ()
        attributes = {
            key: self._checked(row, f"属性:{key}", _at(row, place), cells.attribute, "")
            for key, place in self._layout.attributes.items()
        }
        return RowUnit(
            row=row.number,
            names=self._take(row, "path", cells.path, nowhere),
            code=self._optional(row, "store_code", self._store_code) or None,
            kind=self._take(row, "unit_kind", cells.unit_kind, None),
            time_zone=self._take(row, "time_zone", lambda c: cells.time_zone(cells.text_of(c)), None),
            attributes=attributes,
        )

    def _employee_no(self, cell: Cell) -> str:
        return cells.identifier(cell, "invalid_employee_no", self._widest_no)

    def _store_code(self, cell: Cell) -> str:
        return cells.identifier(cell, "invalid_store_code", self._widest_code)

    def _optional(self, row: Row, column: Column, check: Callable[[Cell], str]) -> str:
        return "" if _at(row, self._layout.places.get(column)) == "" else self._take(row, column, check, "")

    def _take(self, row: Row, column: Column, check: Callable[[Cell], T], otherwise: T) -> T:
        place = self._layout.places.get(column)
        if place is None:
            return otherwise
        return self._checked(row, self._layout.heading(column), _at(row, place), check, otherwise)

    def _checked(self, row: Row, heading: str, cell: Cell, check: Callable[[Cell], T], otherwise: T) -> T:
        try:
            return check(cell)
        except cells.CellError as error:
            self._troubles.add(row.number, heading, cells.text_of(cell), error.code, error.hint)
            return otherwise

    def _widest(self, column: Column, rows: Sequence[Row], known: Sequence[str]) -> int:
        """How many characters the longest all-digit value of a column has; letters mean that zeros are not at stake."""
        place = self._layout.places.get(column)
        values = [*known] if place is None else [*known, *(cells.text_of(_at(row, place)) for row in rows)]
        return max((len(value) for value in values if value.isdigit()), default=0)


def _at(row: Row, place: int | None) -> Cell:
    return row.cells[place] if place is not None and place < len(row.cells) else ""
