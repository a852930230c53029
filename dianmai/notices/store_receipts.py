"""SQL of receipts: where recipients stand, moving them forward, the counts, and who has left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from dianmai.core.db import Queries
from dianmai.notices.rules import CONFIRMED, DELIVERED, READ, Receipt


class Standing(msgspec.Struct, frozen=True):
    """Where a recipient stands, read under the lock of the notice's counts; `now` is the time of that look."""

    notice: int
    person: int
    unit: int
    state: int
    owes: int
    reached_at: datetime | None
    published_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """A recipient goes forward to `state`; `said` holds the receipt for each state that was claimed or implied."""

    standing: Standing
    state: int
    said: Mapping[int, Receipt]


class NoticeCounts(msgspec.Struct, frozen=True):
    notice: int
    recipients: int
    delivered: int
    read: int
    confirmed: int

    def cumulative(self) -> dict[str, int]:
        """The counts as boards and the ledger show them."""
        return {
            "recipients": self.recipients,
            "delivered": self.delivered,
            "read": self.read,
            "confirmed": self.confirmed,
        }


async def lock_counts(db: Queries, notices: Sequence[int]) -> None:
    """Holds off other flushes of these notices until the end of the transaction."""
    await db.fetch(_LOCK_COUNTS, notices)


async def standings(db: Queries, keys: Sequence[tuple[int, int]]) -> list[Standing]:
    """Where these (notice, person) stand; those who are no recipients are missing."""
    rows = await db.fetch(_STANDINGS, [k[0] for k in keys], [k[1] for k in keys])
    return [Standing(*r) for r in rows]


async def move(db: Queries, moves: Sequence[Move]) -> None:
    """Moves recipients forward. A state once reached keeps its time, its session and its device's clock."""
    said = [[m.said.get(state, _NOTHING_SAID) for m in moves] for state in (DELIVERED, READ, CONFIRMED)]
    await db.execute(
        _MOVE,
        moves[0].standing.now,
        [m.standing.notice for m in moves],
        [m.standing.person for m in moves],
        [m.state for m in moves],
        *([receipt.credential for receipt in by_state] for by_state in said),
        *([receipt.device_at for receipt in by_state] for by_state in said),
    )


async def add_unit_counts(db: Queries, moves: Sequence[Move]) -> None:
    """Adds moves to the counts of the recipients' own units."""
    await db.execute(_ADD_UNIT_COUNTS, *_steps(moves))


async def add_counts(db: Queries, moves: Sequence[Move]) -> list[NoticeCounts]:
    """Adds moves to the notices' counts and returns them as they are now."""
    return [NoticeCounts(*r) for r in await db.fetch(_ADD_COUNTS, *_steps(moves))]


async def counts(db: Queries, notice: int) -> NoticeCounts:
    """How far a notice's recipients are."""
    row = await db.fetchrow(_COUNTS, notice)
    assert row is not None
    return NoticeCounts(*row)


async def mark_left(db: Queries, people: Sequence[int]) -> None:
    """Marks people who left the company in all their notices."""
    await db.execute(_MARK_LEFT, people)


async def mark_returned(db: Queries, people: Sequence[int]) -> None:
    """Takes that mark away again."""
    await db.execute(_MARK_RETURNED, people)


def _steps(moves: Sequence[Move]) -> tuple[list[int], list[int], list[int], list[int]]:
    return (
        [m.standing.notice for m in moves],
        [m.standing.unit for m in moves],
        [m.standing.state for m in moves],
        [m.state for m in moves],
    )


_NOTHING_SAID = Receipt(0, None, None)

_LOCK_COUNTS = "SELECT notice FROM notice_counts WHERE notice = ANY($1::bigint[]) ORDER BY notice FOR UPDATE"
# Statistics know nothing of a notice that is minutes old: joined plainly, all its recipients are read for each one that
# is asked for. One by one, only an index of notice and person fits.
_STANDINGS = """
SELECT r.notice, r.person, r.unit, r.state, r.owes, r.reached_at,
  (SELECT n.published_at FROM notice n WHERE n.id = r.notice), statement_timestamp()
FROM unnest($1::bigint[], $2::bigint[]) AS asked(notice, person)
CROSS JOIN LATERAL (
  SELECT notice, person, unit, state, owes,
    CASE state WHEN 3 THEN confirmed_at WHEN 2 THEN read_at WHEN 1 THEN delivered_at END AS reached_at
  FROM notice_recipient WHERE notice = asked.notice AND person = asked.person LIMIT 1) AS r"""
_MOVE = """
UPDATE notice_recipient r SET state = m.state,
  delivered_at = coalesce(r.delivered_at, $1),
  delivered_by = CASE WHEN r.state < 1 THEN m.delivered_by ELSE r.delivered_by END,
  delivered_device_at = CASE WHEN r.state < 1 THEN m.delivered_device_at ELSE r.delivered_device_at END,
  read_at = CASE WHEN m.state >= 2 THEN coalesce(r.read_at, $1) ELSE r.read_at END,
  read_by = CASE WHEN r.state < 2 AND m.state >= 2 THEN m.read_by ELSE r.read_by END,
  read_device_at = CASE WHEN r.state < 2 AND m.state >= 2 THEN m.read_device_at ELSE r.read_device_at END,
  confirmed_at = CASE WHEN m.state >= 3 THEN $1 ELSE r.confirmed_at END,
  confirmed_by = CASE WHEN m.state >= 3 THEN m.confirmed_by ELSE r.confirmed_by END,
  confirmed_device_at = CASE WHEN m.state >= 3 THEN m.confirmed_device_at ELSE r.confirmed_device_at END
FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::bigint[], $10::bigint[])
  AS m(notice, person, state, delivered_by, read_by, confirmed_by,
    delivered_device_at, read_device_at, confirmed_device_at)
WHERE r.notice = m.notice AND r.person = m.person AND r.state < m.state"""
_ADD_UNIT_COUNTS = """
UPDATE notice_unit u SET
  delivered = u.delivered + g.delivered, read = u.read + g.read, confirmed = u.confirmed + g.confirmed
FROM (
  SELECT notice, unit, count(*) FILTER (WHERE was < 1) AS delivered,
    count(*) FILTER (WHERE was < 2 AND state >= 2) AS read, count(*) FILTER (WHERE was < 3 AND state >= 3) AS confirmed
  FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[]) AS m(notice, unit, was, state)
  GROUP BY notice, unit) AS g
WHERE u.notice = g.notice AND u.unit = g.unit"""
_ADD_COUNTS = """
UPDATE notice_counts c SET
  delivered = c.delivered + g.delivered, read = c.read + g.read, confirmed = c.confirmed + g.confirmed
FROM (
  SELECT notice, count(*) FILTER (WHERE was < 1) AS delivered,
    count(*) FILTER (WHERE was < 2 AND state >= 2) AS read, count(*) FILTER (WHERE was < 3 AND state >= 3) AS confirmed
  FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[]) AS m(notice, unit, was, state)
  GROUP BY notice) AS g JOIN notice n ON n.id = g.notice
WHERE c.notice = g.notice
RETURNING c.notice, n.recipients, c.delivered, c.read, c.confirmed"""
_COUNTS = """
SELECT c.notice, n.recipients, c.delivered, c.read, c.confirmed
FROM notice_counts c JOIN notice n ON n.id = c.notice WHERE c.notice = $1"""
_MARK_LEFT = "UPDATE notice_recipient SET left_at = now() WHERE person = ANY($1::bigint[]) AND left_at IS NULL"
_MARK_RETURNED = "UPDATE notice_recipient SET left_at = NULL WHERE person = ANY($1::bigint[]) AND left_at IS NOT NULL"
