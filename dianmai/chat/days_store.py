"""The SQL of a conversation's days. Index: `entry_no` (`migrations/0100_messages_in_the_journal.sql`)."""

from collections.abc import Sequence
from datetime import datetime

from dianmai.core.db import Queries


async def first_since(
    db: Queries, stream: str, first: int, head: int, moments: Sequence[datetime]
) -> dict[datetime, int]:
    """For each of these moments, the `no` of the first message since then from `first` on; `head` + 1 where none is."""
    return {row[0]: row[1] for row in await db.fetch(_FIRST_SINCE, stream, first, head, list(moments))}


async def said_at(db: Queries, stream: str, no: int) -> datetime:
    """When a message was sent."""
    return await db.fetchval("SELECT at FROM entry WHERE stream = $1 AND no = $2", stream, no)


# `no` has no holes and rises with time: each moment is found by halving, some twenty looks along the index of `no` in a
# conversation of a million. An index on time would be one more for every message to be written into.
_FIRST_SINCE = """
WITH RECURSIVE look (moment, low, high) AS (
  SELECT m, $2::bigint, $3::bigint + 1 FROM unnest($4::timestamptz[]) AS m
  UNION ALL
  SELECT l.moment, CASE WHEN e.at < l.moment THEN e.no + 1 ELSE l.low END,
    CASE WHEN e.at < l.moment THEN l.high ELSE e.no END
  FROM look l CROSS JOIN LATERAL (
    SELECT x.no, x.at FROM entry x WHERE x.stream = $1 AND x.no = (l.low + l.high) / 2 LIMIT 1) AS e
  WHERE l.low < l.high)
SELECT moment, low FROM look WHERE low = high"""
