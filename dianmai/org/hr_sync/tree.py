"""The tree of units that a file's rows describe together."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from dianmai.org import names
from dianmai.org.hr_sync.layout import Column, Layout
from dianmai.org.hr_sync.standing import Path, Standing
from dianmai.org.hr_sync.troubles import Troubles
from dianmai.wire.org import UnitKind

T = TypeVar("T")


class RowUnit(NamedTuple):
    """What one row says about the unit its person works in."""

    row: int
    names: tuple[str, ...]
    code: str | None
    kind: UnitKind | None
    time_zone: str | None
    attributes: Mapping[str, str]


class Tree:
    """Collects the units of all rows; what two rows say about one unit must agree.

    A unit is known by its path; how the first row spells it is how it is written.
    """

    def __init__(self, layout: Layout, standing: Standing, troubles: Troubles) -> None:
        self._layout = layout
        self._standing = standing
        self._troubles = troubles
        self._path_of_code: dict[str, Path] = {}
        self._adjacent: dict[tuple[str, str], int] = {}
        self._row_of: dict[tuple[Path, str], int] = {}
        self.spelled: dict[Path, str] = {}
        self.code: dict[Path, str] = {}
        self.kind: dict[Path, UnitKind] = {}
        self.said: list[tuple[Path, RowUnit]] = []

    def place(self, unit: RowUnit) -> Path:
        """The path of the unit a row's person works in, its units noted on the way."""
        row = unit.row
        heading = self._layout.heading("path")
        written = unit.names or self._line_of_code(unit.code)
        if not written:
            missing = self._layout.heading("store_code" if unit.code else "path")
            self._troubles.add(row, missing, unit.code or "", "unknown_org_unit")
            return ()
        path = tuple(names.same(name) for name in written)
        line = "/".join(written)
        if len(set(path)) < len(path):
            self._troubles.add(row, heading, line, "org_cycle", line)
            return ()
        if self.spelled and path[:1] not in self.spelled:
            self._troubles.add(row, heading, written[0], "two_tops")
            return ()
        for depth in range(1, len(path) + 1):
            self.spelled.setdefault(path[:depth], written[depth - 1])
            if depth > 1:
                self._note_adjacent(row, heading, path[depth - 2], path[depth - 1], line)
        if unit.code:
            self._note_code(row, path, unit.code)
        if unit.kind:
            self.agree(self.kind, path, unit.kind, row, "unit_kind")
        self.said.append((path, unit))
        return path

    def written(self, path: Path) -> str:
        """A path as the file spells it."""
        return "/".join(self.spelled[path[:depth]] for depth in range(1, len(path) + 1))

    def agree(self, said: dict[Path, T], path: Path, value: T, row: int, column: Column) -> None:
        """Notes what a row says about a unit; another row must not have said otherwise."""
        if said.setdefault(path, value) == value:
            self._row_of.setdefault((path, column), row)
        else:
            self._troubles.add(
                row, self._layout.heading(column), value, "conflicting_value", str(self._row_of[path, column])
            )

    def stores_attributes(self, stores: set[Path]) -> dict[Path, dict[str, str]]:
        """The attributes of each store, from the rows of all who work in it. An empty cell says nothing."""
        found: dict[Path, dict[str, str]] = defaultdict(dict)
        rows: dict[tuple[Path, str], int] = {}
        for path, unit in self.said:
            store = store_of(path, stores)
            for key, value in unit.attributes.items() if store else ():
                if store is None or not value:
                    continue
                if found[store].setdefault(key, value) != value:
                    self._troubles.add(unit.row, f"属性:{key}", value, "conflicting_value", str(rows[store, key]))
                rows.setdefault((store, key), unit.row)
        return found

    def _line_of_code(self, code: str | None) -> tuple[str, ...]:
        if code is None:
            return ()
        if (path := self._path_of_code.get(code)) is not None:
            return tuple(self.spelled[path[:depth]] for depth in range(1, len(path) + 1))
        known = self._standing.by_code.get(code)
        return self._standing.line(known.id) if known and not known.closed else ()

    def _note_adjacent(self, row: int, heading: str, above: str, below: str, line: str) -> None:
        """Two units each above the other in two rows: one of the rows is wrong."""
        self._adjacent.setdefault((above, below), row)
        if (other := self._adjacent.get((below, above))) is not None:
            hint = f"{above} → {below} → {above} ({other}, {row})"
            self._troubles.add(row, heading, line, "org_cycle", hint)

    def _note_code(self, row: int, path: Path, code: str) -> None:
        heading = self._layout.heading("store_code")
        if (known_path := self._path_of_code.setdefault(code, path)) != path:
            hint = f"{self.written(known_path)}、{self.written(path)}"
            self._troubles.add(row, heading, code, "store_code_conflict", hint)
        elif (known_code := self.code.setdefault(path, code)) != code:
            self._troubles.add(row, heading, self.written(path), "name_taken", f"{known_code}、{code}")


def store_of(path: Path, stores: set[Path]) -> Path | None:
    """The store a unit is, or belongs to."""
    return next((path[:depth] for depth in range(len(path), 0, -1) if path[:depth] in stores), None)
