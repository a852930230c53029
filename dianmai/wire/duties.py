"""Duties: what people answer for in a unit, and who does."""

from typing import Annotated

import msgspec

from dianmai.wire.base import Ask, Id, Told
from dianmai.wire.org import PersonBrief

DutyName = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class Duty(Told, frozen=True):
    """What somebody can answer for in a unit, such as the equipment."""

    duty: int
    name: str
    name_en: str


class GetDuties(Ask, frozen=True):
    """The company's list of duties."""


class Duties(Told, frozen=True):
    duties: list[Duty]
    may_set: bool = False  # the asker


class DutyWish(Ask, frozen=True):
    """A line of the list as it shall be; without `duty` a new one, without `name_en` called the same in English."""

    name: DutyName
    duty: Id | None = None
    name_en: Annotated[str, msgspec.Meta(max_length=20)] = ""


class SetDuties(Ask, frozen=True):
    """Makes these the company's list, in this order. Needs a nonce."""

    duties: Annotated[list[DutyWish], msgspec.Meta(max_length=30)]


class DutiesSet(Told, frozen=True):
    """Body of `org.duties_set` in stream `org`: the list before and after."""

    before: list[Duty]
    after: list[Duty]


class GetDutyHolders(Ask, frozen=True):
    """Who answers for what in a unit."""

    unit: Id


class DutyHeld(Told, frozen=True):
    """A duty in a unit. `acting`: whom it reaches now, by id; left out when neither of both works there."""

    duty: int
    name: str  # in the reader's language
    person: PersonBrief | None = None
    deputy: PersonBrief | None = None
    acting: int | None = None


class DutyHolders(Told, frozen=True):
    """All duties of the list as they stand in a unit."""

    duties: list[DutyHeld]
    may_set: bool = False  # the asker


class SetDutyHolder(Ask, frozen=True):
    """Says who answers for something in a unit, and who when that one works there no more. Needs a nonce."""

    unit: Id
    duty: Id
    person: Id | None = None  # nobody
    deputy: Id | None = None


class DutySet(Told, frozen=True):
    """Body of `org.duty_set` in stream `org`: who has a duty of a unit from now on, and who had it."""

    unit: int
    duty: int
    person: int | None = None
    deputy: int | None = None
    person_before: int | None = None
    deputy_before: int | None = None
