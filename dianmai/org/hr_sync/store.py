"""The SQL of an import: the whole organisation read with few statements, changed with few. Indexes: `0010_org.sql`."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from dianmai.core.db import Queries
from dianmai.org.hr_sync.plan import NewPosition
from dianmai.org.hr_sync.standing import Standing, StandingHolding, StandingPerson, StandingPosition, StandingUnit
from dianmai.wire.org import UnitKind

UnitValues = tuple[int, UnitKind, str, str | None, int | None, str | None]
"""Id, kind, name, code, parent, time zone (None: the usual one, or as it is)."""

PersonValues = tuple[int, str, str, str | None, str, str, date | None, date | None]
"""Id, employee number, name, phone, pinyin, initials, joined on, last day."""

HoldingValues = tuple[int, int, str, int, date, bool]
"""Person, unit, position, rank, first day, whether held today."""


async def now(db: Queries) -> datetime:
    """The database's time."""
    return await db.fetchval("SELECT now()")


async def lock_organisation(db: Queries) -> None:
    """Waits until nobody else changes the organisation; holds until the transaction ends."""
    # The statements of an import are as large as the company: on a busy server seconds for tens of thousands of people.
    await db.execute("SET LOCAL statement_timeout = '120s'")
    await db.execute("UPDATE organisation SET version = version + 1, changed_at = now()")


async def standing(db: Queries) -> Standing:
    """The whole organisation."""
    attributes: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for unit, key, value in await db.fetch("SELECT unit, key, value FROM unit_attribute"):
        attributes[unit][key] = value
    units = [StandingUnit(*row, attributes=attributes[row[0]]) for row in await db.fetch(_UNITS)]
    holdings: defaultdict[int, list[StandingHolding]] = defaultdict(list)
    for row in await db.fetch(_OPEN_HOLDINGS):
        holdings[row[1]].append(StandingHolding(*row))
    people = [StandingPerson(*row, holdings=tuple(holdings[row[0]])) for row in await db.fetch(_PEOPLE)]
    positions = [
        StandingPosition(code, tuple(dict.fromkeys((zh, en, *also))), frozenset(rights), acts_for)
        for code, zh, en, also, rights, acts_for in await db.fetch(_POSITIONS)
    ]
    return Standing(units, people, positions)


async def add_positions(db: Queries, new: Sequence[NewPosition]) -> None:
    await db.executemany(_ADD_POSITION, [(position.code, position.name) for position in new])


async def new_unit_ids(db: Queries, count: int) -> list[int]:
    return [row[0] for row in await db.fetch(_UNIT_IDS, count)]


async def add_units(db: Queries, units: Sequence[UnitValues]) -> None:
    await db.execute(_ADD_UNITS, *_columns(units, 6))


async def change_units(db: Queries, units: Sequence[UnitValues]) -> None:
    await db.execute(_CHANGE_UNITS, *_columns(units, 6))


async def set_codes(db: Queries, codes: Sequence[tuple[int, str | None]]) -> None:
    await db.execute(_SET_CODES, *_columns(codes, 2))


async def close_units(db: Queries, units: Sequence[int]) -> None:
    await db.execute(_CLOSE_UNITS, list(units))


async def set_attributes(db: Queries, units: Sequence[int], values: Sequence[tuple[int, str, str]]) -> None:
    await db.execute("DELETE FROM unit_attribute WHERE unit = ANY($1::bigint[])", list(units))
    await db.execute(_ADD_ATTRIBUTES, *_columns(values, 3))


async def redraw_tree(db: Queries) -> None:
    """Brings lines, stores and the closure up to date with the parents."""
    for statement in (_LINES, _FORGET_ABOVE, _NOTE_ABOVE):
        await db.execute(statement)


async def add_people(db: Queries, people: Sequence[PersonValues]) -> None:
    await db.execute(_ADD_PEOPLE, *_columns(people, 8))


async def change_people(db: Queries, people: Sequence[PersonValues]) -> None:
    await db.execute(_CHANGE_PEOPLE, *_columns(people, 8))


async def return_people(db: Queries, people: Sequence[int]) -> None:
    await db.execute(_RETURN_PEOPLE, list(people))


async def set_managers(db: Queries, managers: Sequence[tuple[int, str | None]]) -> None:
    await db.execute(_SET_MANAGERS, *_columns(managers, 2))


async def end_holdings(db: Queries, holdings: Sequence[int], today: date) -> None:
    await db.execute(_END_HOLDINGS, list(holdings), today)


async def add_holdings(db: Queries, holdings: Sequence[HoldingValues]) -> None:
    await db.execute(_ADD_HOLDINGS, *_columns(holdings, 6))


async def set_ranks(db: Queries, ranks: Sequence[tuple[int, int]]) -> None:
    await db.execute(_SET_RANKS, *_columns(ranks, 2))


async def take_statistics(db: Queries) -> None:
    """After a large import: a planner that takes full tables for empty ones scans them again and again."""
    await db.execute("ANALYZE unit, unit_above, unit_attribute, person, holding")


async def find_seats(db: Queries, people: Sequence[int] | None) -> None:
    """Works out where these people (all, when None) belong by each position."""
    await db.execute(_SEATS, None if people is None else list(people))


async def note_leavers(db: Queries, people: Sequence[int], today: date) -> None:
    await db.execute(_LEAVE, list(people))
    await db.execute(_LEAVE_HOLDINGS, list(people), today)


async def add_report(db: Queries, actor: int, digest: str, rows: int, counts: str, changes: str) -> None:
    await db.execute(_ADD_REPORT, actor, digest, rows, counts, changes)


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """Rows as the arrays that unnest takes."""
    return [[row[place] for row in rows] for place in range(width)]


_UNITS = "SELECT id, kind, name, code, parent, time_zone, closed_at IS NOT NULL FROM unit ORDER BY id"
_OPEN_HOLDINGS = """
SELECT id, person, unit, position, from_date FROM holding WHERE until_date IS NULL ORDER BY person, rank, id"""
_PEOPLE = "SELECT id, employee_no, name, phone, state, joined_on, last_day, manager FROM person ORDER BY id"
_POSITIONS = "SELECT code, name_zh, name_en, also, rights, acts_for FROM position ORDER BY place, code"
_ADD_POSITION = "INSERT INTO position (code, name_zh, name_en) VALUES ($1, $2, $2)"
_UNIT_IDS = "SELECT nextval(pg_get_serial_sequence('unit', 'id')) FROM generate_series(1, $1::integer)"
_ADD_UNITS = """
INSERT INTO unit (id, kind, name, code, parent, time_zone)
SELECT id, kind, name, code, parent, coalesce(zone, 'Asia/Shanghai')
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
  AS n(id, kind, name, code, parent, zone)"""
_CHANGE_UNITS = """
UPDATE unit u SET kind = n.kind, name = n.name, code = n.code, parent = n.parent,
  time_zone = coalesce(n.zone, u.time_zone), closed_at = NULL
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
  AS n(id, kind, name, code, parent, zone) WHERE u.id = n.id"""
_SET_CODES = """
UPDATE unit u SET code = n.code FROM unnest($1::bigint[], $2::text[]) AS n(id, code)
WHERE u.id = n.id AND u.code IS DISTINCT FROM n.code"""
_CLOSE_UNITS = "UPDATE unit SET closed_at = now() WHERE id = ANY($1::bigint[])"
_ADD_ATTRIBUTES = """
INSERT INTO unit_attribute (unit, key, value) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])"""
_LINES = """
WITH RECURSIVE tree AS (
  SELECT id, ARRAY[id] AS line, CASE WHEN kind = 'store' THEN id END AS store FROM unit WHERE parent IS NULL
  UNION ALL
  SELECT u.id, t.line || u.id, CASE WHEN u.kind = 'store' THEN u.id ELSE t.store END
  FROM unit u JOIN tree t ON u.parent = t.id)
UPDATE unit u SET line = t.line, store = t.store FROM tree t
WHERE t.id = u.id AND (u.line <> t.line OR u.store IS DISTINCT FROM t.store)"""
_FORGET_ABOVE = "DELETE FROM unit_above a USING unit u WHERE u.id = a.unit AND NOT a.above = ANY(u.line)"
_NOTE_ABOVE = """
INSERT INTO unit_above AS a (unit, above, depth)
SELECT u.id, l.id, cardinality(u.line) - l.place FROM unit u CROSS JOIN unnest(u.line) WITH ORDINALITY AS l(id, place)
ON CONFLICT (unit, above) DO UPDATE SET depth = excluded.depth WHERE a.depth <> excluded.depth"""
_ADD_PEOPLE = """
INSERT INTO person (id, employee_no, name, phone, pinyin, initials, joined_on, last_day)
SELECT * FROM unnest(
  $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::date[])"""
_CHANGE_PEOPLE = """
UPDATE person p SET name = n.name, phone = n.phone, pinyin = n.pinyin, initials = n.initials,
  joined_on = n.joined_on, last_day = n.last_day
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::date[])
  AS n(id, employee_no, name, phone, pinyin, initials, joined_on, last_day) WHERE p.id = n.id"""
_RETURN_PEOPLE = "UPDATE person SET state = 'invited', left_at = NULL WHERE id = ANY($1::bigint[])"
_SET_MANAGERS = """
UPDATE person p SET manager = (SELECT m.id FROM person m WHERE m.employee_no = n.manager)
FROM unnest($1::bigint[], $2::text[]) AS n(id, manager) WHERE p.id = n.id"""
_END_HOLDINGS = "UPDATE holding SET until_date = $2, held = false WHERE id = ANY($1::bigint[])"
_ADD_HOLDINGS = """
INSERT INTO holding (person, unit, position, rank, from_date, held)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::smallint[], $5::date[], $6::boolean[])"""
_SET_RANKS = """
UPDATE holding h SET rank = n.rank FROM unnest($1::bigint[], $2::smallint[]) AS n(id, rank) WHERE h.id = n.id"""
_SEATS = """
WITH open AS (
  SELECT id, person, position, unit, count(*) OVER (PARTITION BY person, position) AS units FROM holding
  WHERE until_date IS NULL AND ($1::bigint[] IS NULL OR person = ANY($1))
), shared AS (
  SELECT DISTINCT ON (o.person, o.position) o.person, o.position, a.above
  FROM open o JOIN unit_above a ON a.unit = o.unit WHERE o.units > 1
  GROUP BY o.person, o.position, a.above, o.units HAVING count(*) = o.units
  ORDER BY o.person, o.position, max(a.depth)
)
UPDATE holding h SET seat = coalesce(s.above, o.unit)
FROM open o LEFT JOIN shared s ON s.person = o.person AND s.position = o.position
WHERE h.id = o.id AND h.seat IS DISTINCT FROM coalesce(s.above, o.unit)"""
_LEAVE = """
UPDATE person SET state = 'left', left_at = now() WHERE id = ANY($1::bigint[])"""
_LEAVE_HOLDINGS = """
UPDATE holding SET until_date = greatest($2, from_date), held = false
WHERE person = ANY($1::bigint[]) AND until_date IS NULL"""
_ADD_REPORT = """
INSERT INTO hr_import (actor, digest, rows, counts, changes) VALUES ($1, $2, $3, $4::jsonb, $5::jsonb)"""
