"""The organisation as it stands before an import: what the file is compared with."""

from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

from dianmai.org import names
from dianmai.wire.org import UnitKind

Path = tuple[str, ...]
"""A unit's names from the top down, in the form in which names are compared."""


class StandingUnit(NamedTuple):
    id: int
    kind: UnitKind
    name: str
    code: str | None
    parent: int | None
    time_zone: str
    closed: bool
    attributes: dict[str, str]


class StandingHolding(NamedTuple):
    id: int
    person: int
    unit: int
    position: str
    from_date: date


class StandingPerson(NamedTuple):
    id: int
    employee_no: str
    name: str
    phone: str | None
    state: Literal["invited", "active", "left"]
    joined_on: date | None
    last_day: date | None
    manager: int | None
    holdings: tuple[StandingHolding, ...] = ()  # open ones, the main one first


class StandingPosition(NamedTuple):
    code: str
    names: tuple[str, ...]  # all it may be called in a file
    rights: frozenset[str]
    acts_for: str


class Standing:
    """Units, people and positions, with the ways in which a file names them."""

    def __init__(
        self, units: list[StandingUnit], people: list[StandingPerson], positions: list[StandingPosition]
    ) -> None:
        self.units = {unit.id: unit for unit in units}
        self.people = {person.employee_no: person for person in people}
        self.positions = {position.code: position for position in positions}

    @cached_property
    def employee_no(self) -> dict[int, str]:
        return {person.id: person.employee_no for person in self.people.values()}

    @cached_property
    def by_code(self) -> dict[str, StandingUnit]:
        """Stores by code, closed ones too: a code means the same store for ever."""
        return {unit.code.upper(): unit for unit in self.units.values() if unit.code}

    @cached_property
    def children(self) -> dict[tuple[int | None, str], StandingUnit]:
        """A unit by its parent and name; an open one before one that was closed."""
        found: dict[tuple[int | None, str], StandingUnit] = {}
        for unit in self.units.values():
            key = (unit.parent, names.same(unit.name))
            if key not in found or not unit.closed:
                found[key] = unit
        return found

    @cached_property
    def top(self) -> StandingUnit | None:
        return next((unit for unit in self.units.values() if unit.parent is None and not unit.closed), None)

    @cached_property
    def position_called(self) -> dict[str, str]:
        """Position codes by every name a file may use."""
        return {names.same(name): position.code for position in self.positions.values() for name in position.names}

    def line(self, unit: int) -> tuple[str, ...]:
        """A unit's names as they are written, from the top down."""
        found: list[str] = []
        here: int | None = unit
        while here is not None:
            found.append(self.units[here].name)
            here = self.units[here].parent
        return tuple(reversed(found))
