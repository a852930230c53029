"""Where people belong: the unit of each one's main position; and which positions there are among some people."""

from collections.abc import Sequence
from typing import NamedTuple

from dianmai.core.db import Queries
from dianmai.org import store


class Seat(NamedTuple):
    unit: int
    name: str


class PositionHeld(NamedTuple):
    """A position and who of some people holds it."""

    code: str
    names: tuple[str, str]  # Chinese, English
    also: list[str]
    people: list[int]


async def seats(db: Queries, people: Sequence[int]) -> dict[int, Seat]:
    """The unit each of these people belongs to; who holds no position is left out."""
    return {person: Seat(unit, name) for person, unit, name in await store.seats(db, people)}


async def seated_in(db: Queries, unit: int) -> list[int]:
    """Who belongs to a unit."""
    return await store.seated_in(db, unit)


async def positions_held(db: Queries, people: Sequence[int], unit: int | None) -> list[PositionHeld]:
    """The positions these people hold, in a unit or below it where one is given; who leads first."""
    rows = await store.positions_of(db, people, unit)
    return [PositionHeld(code, (zh, en), also, holders) for code, zh, en, also, holders in rows]
