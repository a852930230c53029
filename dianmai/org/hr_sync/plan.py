"""A plan: exactly what an import would change, before it changes anything."""

import hashlib
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from dianmai.org.hr_sync.standing import Path
from dianmai.wire.org import ImportChange, UnitKind

UnitRef = int | Path
"""A unit that exists, by its id, or one that the plan makes, by its path."""

Brake = Literal["mass_leave", "mass_closing", "last_importer"]


class NewPosition(msgspec.Struct, frozen=True):
    code: str
    name: str


class PlannedUnit(msgspec.Struct, frozen=True):
    """A unit to be made, or (`unit` is an id) to be brought into this state. Attributes None: left as they are."""

    unit: UnitRef
    parent: UnitRef | None
    kind: UnitKind
    name: str
    code: str | None
    time_zone: str | None
    attributes: dict[str, str] | None


class PlannedHolding(NamedTuple):
    """A position to be held from now on, or one that is held already (`holding` is its id) and changes its rank."""

    employee_no: str
    unit: UnitRef
    position: str
    rank: int
    holding: int | None


class PlannedPerson(msgspec.Struct, frozen=True):
    """How a person's row shall be. `person` None: a new one."""

    person: int | None
    employee_no: str
    name: str
    phone: str | None
    joined_on: date | None
    last_day: date | None
    manager: str | None  # employee number
    returns: bool = False


class Steps(msgspec.Struct, frozen=True):
    """What is to be done, in the order in which it can be done."""

    positions: list[NewPosition]
    units_new: list[PlannedUnit]
    units_changed: list[PlannedUnit]
    units_closed: list[int]
    people: list[PlannedPerson]
    holdings: list[PlannedHolding]
    holdings_ended: list[int]
    leavers: list[int]

    @property
    def empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__struct_fields__)

    @property
    def digest(self) -> str:
        """Names exactly these steps: another file or another organisation gives another digest."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Plan(msgspec.Struct, frozen=True):
    """The steps, and what a reader should know about them."""

    steps: Steps
    changes: list[ImportChange]
    counts: dict[str, int]
    notes: list[str]
    brakes: list[Brake]
    rows: int
    people_before: int
    stores_before: int
    units_touched: list[int]

    @property
    def digest(self) -> str:
        return self.steps.digest
