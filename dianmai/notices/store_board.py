"""SQL of boards: sums over the frozen units of a notice, and the recipients below them."""

# ruff: noqa: S608 -- what is put together here are constants of this file

from collections.abc import Sequence
from datetime import datetime

import msgspec

from dianmai.core.db import Queries
from dianmai.wire.org import UnitKind


class FollowedNotice(msgspec.Struct, frozen=True):
    id: int
    publisher: int
    title: str
    must_confirm: bool
    deadline: datetime | None
    published_at: datetime

    @property
    def owes(self) -> int:
        """The state at which a recipient is done."""
        return 3 if self.must_confirm else 2


class UnitSum(msgspec.Struct, frozen=True):
    """Cumulative counts of a unit with all below it, as far as the reader follows it."""

    unit: int
    name: str
    kind: UnitKind
    recipients: int
    delivered: int
    read: int
    confirmed: int
    stores: int
    stores_done: int


class NamedUnit(msgspec.Struct, frozen=True):
    kind: UnitKind
    name: str
    time_zone: str


class Recipient(msgspec.Struct, frozen=True):
    person: int
    name: str
    title: str
    unit: int
    unit_name: str
    time_zone: str
    line: list[int]
    state: int
    left: bool
    delivered_at: datetime | None
    read_at: datetime | None
    confirmed_at: datetime | None


class Place(msgspec.Struct, frozen=True):
    """By what recipients are ordered. All of it is frozen: a place stays where it is, whoever confirms meanwhile."""

    unit_name: str
    unit: int
    name: str
    person: int


async def followed_notice(db: Queries, notice: int) -> FollowedNotice | None:
    row = await db.fetchrow(_NOTICE, notice)
    return None if row is None else FollowedNotice(*row)


async def lines(
    db: Queries, notice: int, units: Sequence[int], also: int | None, *, roots: bool
) -> dict[int, list[int]]:
    """The frozen lines of those of `units` (and of `also`) that the notice reached; with `roots`, of the tops too."""
    rows = await db.fetch(_LINES, notice, [*units, *([] if also is None else [also])], roots)
    return {r[0]: r[1] for r in rows}


async def sums(
    db: Queries, notice: FollowedNotice, tops: Sequence[int], path: Sequence[int], depth: int
) -> list[UnitSum]:
    """Counts of the units of `path` and of the children of its last one, which lies `depth` units deep."""
    rows = await db.fetch(_SUMS, notice.id, list(tops), list(path), depth, path[-1], notice.owes)
    return [UnitSum(*r) for r in rows]


async def unit_recipients(db: Queries, notice: int, unit: int, limit: int) -> list[Recipient]:
    """Recipients of this very unit, those who are least far first."""
    return [Recipient(*r) for r in await db.fetch(_OF_UNIT, notice, unit, limit)]


async def place_of(db: Queries, notice: int, tops: Sequence[int], shown: int, person: int) -> Place | None:
    """Where a recipient below `shown` stands among all, by unit and name."""
    row = await db.fetchrow(_PLACE, notice, list(tops), shown, person)
    return None if row is None else Place(*row)


async def missing(
    db: Queries, notice: int, tops: Sequence[int], shown: int, state: int, after: Place | None, limit: int
) -> list[Recipient]:
    """Recipients below `shown` that have not reached `state` and stand after `after`, by unit and name."""
    place = (None, None, None, None) if after is None else msgspec.structs.astuple(after)
    return [Recipient(*r) for r in await db.fetch(_MISSING, notice, list(tops), shown, state, *place, limit)]


async def count_missing(
    db: Queries, notice: int, tops: Sequence[int], shown: int, state: int, *, present: bool = False
) -> int:
    """How many below `shown` have not reached `state`; `present` leaves out who has left the company."""
    return await db.fetchval(_COUNT_MISSING, notice, list(tops), shown, state, present)


async def all_recipients(db: Queries, notice: int, tops: Sequence[int], shown: int) -> list[Recipient]:
    """Every recipient below `shown`, by unit and name."""
    return [Recipient(*r) for r in await db.fetch(_ALL, notice, list(tops), shown)]


async def named_units(db: Queries, notice: int) -> dict[int, NamedUnit]:
    """All units of the notice."""
    return {r[0]: NamedUnit(*r[1:]) for r in await db.fetch(_NAMES, notice)}


_NOTICE = "SELECT id, publisher, title, must_confirm, deadline, published_at FROM notice WHERE id = $1"
_LINES = """
SELECT unit, line FROM notice_unit
WHERE notice = $1 AND (unit = ANY($2::bigint[]) OR ($3 AND cardinality(line) = 1))"""
_SUMS = """
WITH below AS (
  SELECT line, store, recipients, delivered, read, confirmed, CASE WHEN $6 = 3 THEN confirmed ELSE read END AS done
  FROM notice_unit WHERE notice = $1 AND line && $2::bigint[]),
summed AS (
  SELECT above.unit, sum(recipients) AS recipients, sum(delivered) AS delivered, sum(read) AS read,
    sum(confirmed) AS confirmed, count(DISTINCT store) FILTER (WHERE recipients > 0) AS stores,
    count(DISTINCT store) FILTER (WHERE recipients > done) AS stores_missing
  FROM below CROSS JOIN LATERAL unnest(below.line) AS above(unit)
  WHERE above.unit = ANY($3::bigint[]) OR (below.line[$4::integer] = $5 AND above.unit = below.line[$4::integer + 1])
  GROUP BY above.unit HAVING sum(recipients) > 0)
SELECT s.unit, u.name, u.kind, s.recipients, s.delivered, s.read, s.confirmed, s.stores, s.stores - s.stores_missing
FROM summed s JOIN notice_unit u ON u.notice = $1 AND u.unit = s.unit"""
_RECIPIENT = """
SELECT r.person, r.name, r.title, r.unit, u.name, u.time_zone, u.line, r.state, r.left_at IS NOT NULL,
  r.delivered_at, r.read_at, r.confirmed_at
FROM notice_recipient r JOIN notice_unit u USING (notice, unit)"""
_OF_UNIT = (
    _RECIPIENT
    + """
WHERE r.notice = $1 AND r.unit = $2 ORDER BY r.state, r.left_at IS NOT NULL, r.name, r.person LIMIT $3"""
)
_BELOW = """
WHERE r.notice = $1 AND u.line && $2::bigint[] AND $3 = ANY(u.line)"""
_PLACE = (
    "SELECT u.name, u.unit, r.name, r.person FROM notice_recipient r JOIN notice_unit u USING (notice, unit)"
    + _BELOW
    + " AND r.person = $4"
)
_MISSING = (
    _RECIPIENT
    + _BELOW
    + """ AND r.state < $4
  AND ($8::bigint IS NULL OR (u.name, u.unit, r.name, r.person) > ($5::text, $6::bigint, $7::text, $8::bigint))
ORDER BY u.name, u.unit, r.name, r.person LIMIT $9"""
)
_ALL = _RECIPIENT + _BELOW + " ORDER BY u.line, r.name, r.person"
_COUNT_MISSING = (
    "SELECT count(*) FROM notice_recipient r JOIN notice_unit u USING (notice, unit)"
    + _BELOW
    + " AND r.state < $4 AND NOT ($5 AND r.left_at IS NOT NULL)"
)
_NAMES = "SELECT unit, kind, name, time_zone FROM notice_unit WHERE notice = $1"
