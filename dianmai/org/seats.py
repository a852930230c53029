"""Where people belong: the unit of each one's main position."""

from collections.abc import Sequence
from typing import NamedTuple

from dianmai.core.db import Queries
from dianmai.org import store


class Seat(NamedTuple):
    unit: int
    name: str


async def seats(db: Queries, people: Sequence[int]) -> dict[int, Seat]:
    """The unit each of these people belongs to; who holds no position is left out."""
    return {person: Seat(unit, name) for person, unit, name in await store.seats(db, people)}


async def seated_in(db: Queries, unit: int) -> list[int]:
    """Who belongs to a unit."""
    return await store.seated_in(db, unit)
