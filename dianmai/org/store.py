"""All SQL of the organisation but the import's. Indexes: `migrations/0010_org.sql`."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from dianmai.core.db import Queries
from dianmai.wire.org import UnitKind


class UnitRow(NamedTuple):
    id: int
    kind: UnitKind
    name: str
    code: str | None
    time_zone: str
    line: list[int]
    store: int | None
    people: int
    stores: int


class PersonRow(NamedTuple):
    id: int
    employee_no: str
    name: str
    phone: str | None
    state: Literal["invited", "active", "left"]
    manager: int | None


class BriefRow(NamedTuple):
    id: int
    name: str
    title_zh: str | None
    title_en: str | None
    unit: str | None


class HeldRow(NamedTuple):
    """A position held now. `line` and `names` go from the top down to the unit."""

    person: int
    position: str
    title_zh: str
    title_en: str
    unit: int
    line: list[int]
    names: list[str]


async def top_unit(db: Queries) -> int | None:
    return await db.fetchval("SELECT id FROM unit WHERE parent IS NULL AND closed_at IS NULL ORDER BY id LIMIT 1")


async def units(db: Queries, ids: Sequence[int]) -> dict[int, UnitRow]:
    rows = await db.fetch(_UNITS, list(ids))
    return {row[0]: UnitRow(*row) for row in rows}


async def children(db: Queries, unit: int) -> list[int]:
    return [row[0] for row in await db.fetch(_CHILDREN, unit)]


async def units_below(db: Queries, above: Sequence[int]) -> list[int]:
    return [row[0] for row in await db.fetch(_BELOW, list(above))]


async def count_units(db: Queries) -> None:
    """Brings the numbers of people and stores of all units up to date."""
    await db.execute(_COUNT_UNITS)


async def people_of(db: Queries, unit: int, limit: int) -> list[int]:
    return [row[0] for row in await db.fetch(_PEOPLE_OF, unit, limit)]


async def attributes(db: Queries, unit: int) -> dict[str, str]:
    rows = await db.fetch("SELECT key, value FROM unit_attribute WHERE unit = $1 ORDER BY key", unit)
    return {row[0]: row[1] for row in rows}


async def briefs(db: Queries, people: Sequence[int]) -> dict[int, BriefRow]:
    rows = await db.fetch(_BRIEFS, list(people))
    return {row[0]: BriefRow(*row) for row in rows}


async def person(db: Queries, person: int) -> PersonRow | None:
    row = await db.fetchrow(_PERSON, person)
    return PersonRow(*row) if row else None


async def people_named(db: Queries, among: Sequence[int], text: str, limit: int) -> list[int]:
    return [row[0] for row in await db.fetch(_PEOPLE_NAMED, list(among), text, limit)]


async def anybody(db: Queries) -> bool:
    """Whether anybody has ever been imported."""
    return await db.fetchval("SELECT EXISTS (SELECT FROM person)")


async def person_numbered(db: Queries, employee_no: str) -> PersonRow | None:
    row = await db.fetchrow(_PERSON_NUMBERED, employee_no)
    return PersonRow(*row) if row else None


async def held(db: Queries, people: Sequence[int]) -> list[HeldRow]:
    """All positions these people hold now, each person's main one first."""
    return [HeldRow(*row) for row in await db.fetch(_HELD, list(people))]


async def rights(db: Queries, person: int) -> list[tuple[str, int]]:
    """Each right of a person with the top unit it holds below."""
    return [(row[0], row[1]) for row in await db.fetch(_RIGHTS, person)]


async def set_state(db: Queries, person: int, before: str, after: str) -> bool:
    return await db.fetchval(_SET_STATE, person, before, after) is not None


async def positions(db: Queries) -> list[tuple[str, str, str, int]]:
    """Code, Chinese and English name of every position and how many people hold it."""
    return [(row[0], row[1], row[2], row[3]) for row in await db.fetch(_POSITIONS)]


async def attribute_values(db: Queries, most_values: int) -> list[tuple[str, list[str]]]:
    return [(row[0], row[1]) for row in await db.fetch(_ATTRIBUTE_VALUES, most_values)]


async def seats(db: Queries, people: Sequence[int]) -> list[tuple[int, int, str]]:
    """Person, unit and its name, by each person's main position."""
    return [(row[0], row[1], row[2]) for row in await db.fetch(_SEATS, list(people))]


async def seated_in(db: Queries, unit: int) -> list[int]:
    return [row[0] for row in await db.fetch(_SEATED_IN, unit)]


async def positions_of(
    db: Queries, people: Sequence[int], unit: int | None
) -> list[tuple[str, str, str, list[str], list[int]]]:
    """The positions these people hold (in a unit or below it, where one is given): code, names, other names, who."""
    return [(row[0], row[1], row[2], row[3], row[4]) for row in await db.fetch(_POSITIONS_OF, list(people), unit)]


_UNITS = """
SELECT id, kind, name, code, time_zone, line, store, people, stores FROM unit WHERE id = ANY($1::bigint[])"""
_CHILDREN = """
SELECT id FROM unit WHERE parent = $1 AND closed_at IS NULL
ORDER BY array_position(ARRAY['department', 'region', 'city', 'store', 'hq'], kind), id"""
_BELOW = """
SELECT DISTINCT a.unit FROM unit_above a JOIN unit u ON u.id = a.unit
WHERE a.above = ANY($1::bigint[]) AND u.closed_at IS NULL"""
_COUNT_UNITS = """
WITH people AS (
  SELECT above.id, count(DISTINCT h.person) AS number
  FROM holding h JOIN unit u ON u.id = h.unit CROSS JOIN LATERAL unnest(u.line) AS above(id)
  WHERE h.held GROUP BY above.id
), stores AS (
  SELECT above.id, count(*) AS number FROM unit u CROSS JOIN LATERAL unnest(u.line) AS above(id)
  WHERE u.kind = 'store' AND u.closed_at IS NULL GROUP BY above.id
), counted AS (
  SELECT u.id, coalesce(p.number, 0) AS people, coalesce(s.number, 0) AS stores
  FROM unit u LEFT JOIN people p ON p.id = u.id LEFT JOIN stores s ON s.id = u.id
)
UPDATE unit u SET people = c.people, stores = c.stores FROM counted c
WHERE c.id = u.id AND (u.people <> c.people OR u.stores <> c.stores)"""
_PEOPLE_OF = """
SELECT h.person FROM holding h JOIN position o ON o.code = h.position
WHERE h.held AND (h.unit = $1 OR h.seat = $1) GROUP BY h.person ORDER BY min(o.place), h.person LIMIT $2"""
_BRIEFS = """
SELECT p.id, p.name, o.name_zh, o.name_en, u.name FROM person p
LEFT JOIN LATERAL (SELECT position, seat FROM holding WHERE person = p.id AND held ORDER BY rank, id LIMIT 1) h ON true
LEFT JOIN position o ON o.code = h.position LEFT JOIN unit u ON u.id = h.seat
WHERE p.id = ANY($1::bigint[])"""
_PERSON = "SELECT id, employee_no, name, phone, state, manager FROM person WHERE id = $1"
_PEOPLE_NAMED = """
SELECT id FROM person WHERE id = ANY($1::bigint[]) AND (position($2 IN lower(name)) > 0 OR position($2 IN pinyin) > 0
  OR position($2 IN initials) > 0 OR position($2 IN lower(employee_no)) > 0)
ORDER BY name, id LIMIT $3"""
_PERSON_NUMBERED = "SELECT id, employee_no, name, phone, state, manager FROM person WHERE employee_no = $1"
_HELD = """
SELECT h.person, h.position, o.name_zh, o.name_en, h.unit, u.line,
  ARRAY(SELECT above.name FROM unnest(u.line) WITH ORDINALITY AS l(id, place) JOIN unit above ON above.id = l.id
        ORDER BY l.place)
FROM holding h JOIN position o ON o.code = h.position JOIN unit u ON u.id = h.unit
WHERE h.person = ANY($1::bigint[]) AND h.held ORDER BY h.person, h.rank, h.id"""
_RIGHTS = """
SELECT DISTINCT r.name, CASE o.acts_for WHEN 'own_unit' THEN h.unit ELSE
  (SELECT a.above FROM unit_above a JOIN unit s ON s.id = a.above
   WHERE a.unit = h.unit AND s.kind <> 'department' ORDER BY a.depth LIMIT 1) END
FROM holding h JOIN position o ON o.code = h.position CROSS JOIN unnest(o.rights) AS r(name)
WHERE h.person = $1 AND h.held"""
_SET_STATE = "UPDATE person SET state = $3 WHERE id = $1 AND state = $2 RETURNING id"
_POSITIONS = """
SELECT o.code, o.name_zh, o.name_en, (SELECT count(DISTINCT person) FROM holding WHERE position = o.code AND held)
FROM position o ORDER BY o.place, o.code"""
_ATTRIBUTE_VALUES = """
SELECT t.key, (array_agg(DISTINCT t.value ORDER BY t.value))[1:$1] FROM unit_attribute t
JOIN unit u ON u.id = t.unit WHERE u.closed_at IS NULL GROUP BY t.key ORDER BY t.key LIMIT 100"""
_SEATS = """
SELECT DISTINCT ON (h.person) h.person, u.id, u.name FROM holding h JOIN unit u ON u.id = h.seat
WHERE h.person = ANY($1::bigint[]) AND h.held ORDER BY h.person, h.rank, h.id"""
_SEATED_IN = """
SELECT h.person FROM holding h WHERE h.seat = $1 AND h.held AND NOT EXISTS (
  SELECT FROM holding b WHERE b.person = h.person AND b.held AND (b.rank, b.id) < (h.rank, h.id))"""
_POSITIONS_OF = """
SELECT o.code, o.name_zh, o.name_en, o.also, array_agg(DISTINCT h.person ORDER BY h.person)
FROM holding h JOIN position o ON o.code = h.position
WHERE h.held AND h.person = ANY($1::bigint[]) AND ($2::bigint IS NULL OR EXISTS (
  SELECT FROM unit_above a WHERE a.unit = h.unit AND a.above = $2))
GROUP BY o.code ORDER BY o.place, o.code"""
