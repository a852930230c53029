"""The SQL of drafts. See `migrations/0170_drafts.sql`; along its primary key."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from dianmai.core.db import Queries


class DraftRow(NamedTuple):
    stream: str
    text: str
    at: datetime


async def keep(db: Queries, actor: int, stream: str, text: str, at: datetime) -> DraftRow | None:
    """Keeps a draft; where one that was written later stands, or none that could be given up, answers what stands."""
    if await db.fetchval(_KEEP, actor, stream, text, at) is not None:
        return None
    stands = await db.fetchrow(_DRAFT, actor, stream)
    return DraftRow(*stands) if stands is not None else DraftRow(stream, "", at)


async def tidy(db: Queries, actor: int) -> None:
    """Forgets what was given up a month ago, and what nobody has come back to for longest."""
    await db.execute(_TIDY, actor)


async def drafts(db: Queries, actor: int, streams: Sequence[str]) -> list[DraftRow]:
    """An actor's drafts in these conversations (none named: in all), as far as they are still in them."""
    return [DraftRow(*row) for row in await db.fetch(_DRAFTS, actor, list(streams))]


async def own_entries_lately(db: Queries, stream: str, many: int) -> float | None:
    """How many seconds ago the entry came that is so many before the last of a stream; None: there are fewer."""
    return await db.fetchval(_LATELY, stream, many)


_KEEP = """
INSERT INTO draft (actor, stream, text, at)
SELECT $1, $2, $3, $4 WHERE $3 <> '' OR EXISTS (SELECT FROM draft WHERE actor = $1 AND stream = $2)
ON CONFLICT (actor, stream) DO UPDATE SET text = excluded.text, at = excluded.at
WHERE draft.at < excluded.at AND draft.text <> excluded.text RETURNING at"""
_DRAFT = "SELECT stream, text, at FROM draft WHERE actor = $1 AND stream = $2"
_TIDY = """
DELETE FROM draft WHERE actor = $1 AND (text = '' AND at < now() - interval '30 days' OR stream IN (
  SELECT stream FROM draft WHERE actor = $1 ORDER BY at DESC, stream OFFSET 100))"""
_DRAFTS = """
SELECT d.stream, d.text, d.at FROM draft d JOIN member m USING (stream, actor)
WHERE d.actor = $1 AND m.left_at IS NULL AND (cardinality($2::text[]) = 0 OR d.stream = ANY($2::text[]))
ORDER BY d.at DESC, d.stream LIMIT 100"""
_LATELY = """
SELECT extract(epoch FROM clock_timestamp() - e.at)::float8 FROM stream s
JOIN entry e ON e.stream = s.stream AND e.seq = s.seq - $2::bigint WHERE s.stream = $1"""
