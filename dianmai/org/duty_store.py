"""The SQL of duties. Tables and indexes: `migrations/0152_duties.sql`."""

from collections.abc import Sequence
from typing import NamedTuple

from dianmai.core.db import Queries


class DutyRow(NamedTuple):
    """A duty, of the list or (`ended`) no longer."""

    id: int
    name_zh: str
    name_en: str
    ended: bool


class DutyNames(NamedTuple):
    """What a duty is called, and how that is typed."""

    zh: str
    en: str
    pinyin: str
    initials: str


class HeldDutyRow(NamedTuple):
    """A duty as it stands in one unit. `here`: those of both who work there now, whoever is responsible first."""

    id: int
    names: DutyNames
    person: int | None
    deputy: int | None
    here: list[int]


class OwnDutyRow(NamedTuple):
    """A duty that somebody has somewhere, or stands in for."""

    name_zh: str
    name_en: str
    unit: int
    unit_name: str
    deputy: bool


async def duties(db: Queries) -> list[DutyRow]:
    """All there ever were, in the list's order."""
    return [DutyRow(*row) for row in await db.fetch(_DUTIES)]


async def hold_duties(db: Queries) -> list[DutyRow]:
    """The same, and nobody else changes it before this transaction ends."""
    # First held, then read: one statement for both would see the list from before it waited.
    await db.execute("LOCK TABLE duty IN SHARE ROW EXCLUSIVE MODE")
    return await duties(db)


async def set_duties(db: Queries, ids: Sequence[int | None], names: Sequence[DutyNames]) -> None:
    """Makes these the list, in this order; without an id new ones. Those not among them are ended."""
    await db.execute(_END, [one for one in ids if one is not None])
    lines = [(one, place, *name) for place, (one, name) in enumerate(zip(ids, names, strict=True))]
    await db.executemany(_KEEP, [line for line in lines if line[0] is not None])
    await db.executemany(_ADD, [line[1:] for line in lines if line[0] is None])


async def held_in(db: Queries, unit: int) -> list[HeldDutyRow]:
    """Every duty of the list with who has it in a unit."""
    return [HeldDutyRow(row[0], DutyNames(*row[1:5]), *row[5:]) for row in await db.fetch(_HELD_IN, unit)]


async def hold_unit(db: Queries, unit: int) -> None:
    """Lets nobody else change who has what in a unit before this transaction ends."""
    await db.execute("SELECT FROM unit WHERE id = $1 FOR NO KEY UPDATE", unit)


async def set_holder(db: Queries, unit: int, duty: int, person: int | None, deputy: int | None) -> None:
    if person is None:
        await db.execute("DELETE FROM duty_holder WHERE unit = $1 AND duty = $2", unit, duty)
    else:
        await db.execute(_SET_HOLDER, unit, duty, person, deputy)


async def working_in(db: Queries, unit: int, people: Sequence[int]) -> set[int]:
    """Which of these people hold a position in a unit or below it now."""
    return {row[0] for row in await db.fetch(_WORKING_IN, unit, list(people))}


async def duties_of(db: Queries, person: int) -> list[OwnDutyRow]:
    """What somebody answers for, and where; what they no longer can because they work elsewhere is left out."""
    return [OwnDutyRow(*row) for row in await db.fetch(_DUTIES_OF, person)]


_DUTIES = "SELECT id, name_zh, name_en, ended_at IS NOT NULL FROM duty ORDER BY place, id"
_END = "UPDATE duty SET ended_at = now() WHERE ended_at IS NULL AND id <> ALL($1::bigint[])"
_KEEP = """
UPDATE duty SET place = $2, name_zh = $3, name_en = $4, pinyin = $5, initials = $6, ended_at = NULL WHERE id = $1"""
_ADD = "INSERT INTO duty (place, name_zh, name_en, pinyin, initials) VALUES ($1, $2, $3, $4, $5)"
_WORKS = """
SELECT FROM holding h JOIN unit_above a ON a.unit = h.unit AND a.above = $1 WHERE h.person = who.id AND h.held"""
_HELD_IN = f"""
SELECT d.id, d.name_zh, d.name_en, d.pinyin, d.initials, r.person, r.deputy,
  ARRAY(SELECT who.id FROM (VALUES (1, r.person), (2, r.deputy)) AS who(place, id) WHERE EXISTS ({_WORKS})
        ORDER BY who.place)
FROM duty d LEFT JOIN duty_holder r ON r.duty = d.id AND r.unit = $1
WHERE d.ended_at IS NULL ORDER BY d.place, d.id"""  # noqa: S608 - put together from constants
_SET_HOLDER = """
INSERT INTO duty_holder (unit, duty, person, deputy) VALUES ($1, $2, $3, $4)
ON CONFLICT (unit, duty) DO UPDATE SET person = excluded.person, deputy = excluded.deputy"""
_WORKING_IN = f"""
SELECT who.id FROM unnest($2::bigint[]) AS who(id) WHERE EXISTS ({_WORKS})"""  # noqa: S608 - put together from constants
_DUTIES_OF = """
SELECT d.name_zh, d.name_en, u.id, u.name, r.person <> $1
FROM duty_holder r JOIN duty d ON d.id = r.duty AND d.ended_at IS NULL JOIN unit u ON u.id = r.unit
WHERE (r.person = $1 OR r.deputy = $1) AND EXISTS (
  SELECT FROM holding h JOIN unit_above a ON a.unit = h.unit WHERE h.person = $1 AND h.held AND a.above = r.unit)
ORDER BY r.person <> $1, u.id, d.place, d.id"""
