"""SQL of reading notices: one, and the folders owed, received and sent."""

# ruff: noqa: S608 -- what is put together here are constants of this file

from collections.abc import Sequence
from datetime import datetime

import msgspec

from dianmai.core.db import Queries
from dianmai.wire.notices import Urgency


class Listed(msgspec.Struct, frozen=True):
    id: int
    publisher: int
    title: str
    preview: str
    published_at: datetime
    must_confirm: bool
    urgency: Urgency
    deadline: datetime | None


class Received(msgspec.Struct, frozen=True):
    """A notice's text with the reader's own state; `state` is None for who is no recipient."""

    text: str
    files: str
    state: int | None
    delivered_at: datetime | None
    read_at: datetime | None
    confirmed_at: datetime | None


class Followed(msgspec.Struct, frozen=True):
    """Counts of a notice as far as somebody follows it."""

    notice: int
    recipients: int
    delivered: int
    read: int
    confirmed: int


async def one(db: Queries, notice: int, person: int) -> tuple[Listed, Received] | None:
    row = await db.fetchrow(_ONE, notice, person)
    return None if row is None else (Listed(*row[:8]), Received(*row[8:]))


async def owed(db: Queries, person: int, before: int | None, limit: int) -> list[tuple[Listed, int]]:
    """Notices the person still has to read or confirm, those to confirm first, newest first; with their state."""
    return [(Listed(*r[:8]), r[8]) for r in await db.fetch(_OWED, person, before, limit)]


async def received(db: Queries, person: int, before: int | None, limit: int) -> list[tuple[Listed, int]]:
    """All notices of the person, newest first, with their state."""
    return [(Listed(*r[:8]), r[8]) for r in await db.fetch(_RECEIVED, person, before, limit)]


async def followed(
    db: Queries, person: int, granted: Sequence[int], before: int | None, limit: int
) -> list[tuple[Listed, int | None]]:
    """Notices the person published, or that reached one of the `granted` units, newest first; with their own state."""
    rows = await db.fetch(_FOLLOWED, person, list(granted), before, limit)
    return [(Listed(*r[:8]), r[8]) for r in rows]


async def counts_followed(
    db: Queries, person: int, granted: Sequence[int], notices: Sequence[int]
) -> dict[int, Followed]:
    """Counts over everyone for the publisher, over what lies below the granted units for others."""
    rows = await db.fetch(_COUNTS_FOLLOWED, person, list(granted), list(notices))
    return {r[0]: Followed(*r) for r in rows}


_LISTED = "n.id, n.publisher, n.title, n.preview, n.published_at, n.must_confirm, n.urgency, n.deadline"
_ONE = f"""
SELECT {_LISTED}, n.text, n.files, r.state, r.delivered_at, r.read_at, r.confirmed_at
FROM notice n LEFT JOIN notice_recipient r ON r.notice = n.id AND r.person = $2 WHERE n.id = $1"""
_OWED = f"""
SELECT {_LISTED}, r.state FROM notice_recipient r JOIN notice n ON n.id = r.notice
WHERE r.person = $1 AND r.state < r.owes
  AND ($2::bigint IS NULL OR (n.must_confirm, n.id) < (SELECT must_confirm, id FROM notice WHERE id = $2))
ORDER BY n.must_confirm DESC, n.id DESC LIMIT $3"""
_RECEIVED = f"""
SELECT {_LISTED}, r.state FROM notice_recipient r JOIN notice n ON n.id = r.notice
WHERE r.person = $1 AND ($2::bigint IS NULL OR r.notice < $2) ORDER BY r.notice DESC LIMIT $3"""
# Each of the two sides finds its newest by an index; together they are few enough to sort.
_FOLLOWED = f"""
WITH found AS (
  (SELECT id FROM notice WHERE publisher = $1 AND ($3::bigint IS NULL OR id < $3) ORDER BY id DESC LIMIT $4)
  UNION
  SELECT reached.notice FROM unnest($2::bigint[]) AS granted(unit) CROSS JOIN LATERAL (
    SELECT u.notice FROM notice_unit u WHERE u.unit = granted.unit AND ($3::bigint IS NULL OR u.notice < $3)
    ORDER BY u.notice DESC LIMIT $4) AS reached)
SELECT {_LISTED}, r.state FROM found JOIN notice n USING (id)
LEFT JOIN notice_recipient r ON r.notice = n.id AND r.person = $1 ORDER BY n.id DESC LIMIT $4"""
_COUNTS_FOLLOWED = """
SELECT n.id, sum(u.recipients), sum(u.delivered), sum(u.read), sum(u.confirmed)
FROM notice n JOIN notice_unit u ON u.notice = n.id
WHERE n.id = ANY($3::bigint[]) AND (n.publisher = $1 OR u.line && $2::bigint[]) GROUP BY n.id"""
