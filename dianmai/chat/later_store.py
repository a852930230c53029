"""All SQL of what becomes of messages after they were said. Tables and indexes: `migrations/0110`."""

# ruff: noqa: S608 -- what is put together here are constants of this file

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from dianmai.core.db import Queries


class Target(NamedTuple):
    """A message somebody wants to do something with, as they see it. `repeated`: it was done under this nonce."""

    author: int
    body: bytes
    minutes: float
    repeated: bool


class Reacted(NamedTuple):
    """Whether somebody has reacted so already, and how many different reactions there are."""

    already: bool
    kinds: int


async def target(db: Queries, stream: str, seq: int, actor: int, nonce: str, kind: str) -> Target | None:
    """A message that the actor may see; None when there is no such message, or not for them.

    `kind`: of the entry that shall be laid on it.
    """
    row = await db.fetchrow(_TARGET, stream, seq, actor, nonce, kind)
    return None if row is None else Target(*row)


async def author(db: Queries, stream: str, seq: int, actor: int) -> int | None:
    """Who wrote a message that the actor may see."""
    return await db.fetchval(_AUTHOR, stream, seq, actor)


async def reacted(db: Queries, stream: str, seq: int, actor: int, emoji: str) -> Reacted:
    row = await db.fetchrow(_REACTED, stream, seq, actor, emoji)
    return Reacted(row[0], row[1]) if row is not None else Reacted(already=False, kinds=0)


async def body(db: Queries, stream: str, seq: int) -> bytes:
    """What a message says now."""
    return await db.fetchval("SELECT body FROM entry WHERE stream = $1 AND seq = $2", stream, seq)


async def mark_changed(db: Queries, stream: str, seq: int, by: int) -> bool:
    """Notes the last later entry of a message. False: it was recalled, nothing more may become of it."""
    return await db.fetchval(_CHANGED, stream, seq, by) is not None


async def mark_recalled(db: Queries, stream: str, seq: int, by: int) -> bool:
    """Takes everything off a message that was laid on it. False: it was recalled already."""
    return await db.fetchval(_RECALLED, stream, seq, by) is not None


async def edits(db: Queries, stream: str, seq: int, before: int) -> list[int]:
    """The earlier entries that changed the text of a message."""
    return [row[0] for row in await db.fetch(_EDITS, stream, seq, before)]


async def add_reaction(db: Queries, stream: str, seq: int, emoji: str, actor: int, at: datetime) -> bool:
    """False: it is there already."""
    return await db.fetchval(_ADD_REACTION, stream, seq, emoji, actor, at) is not None


async def remove_reaction(db: Queries, stream: str, seq: int, emoji: str, actor: int) -> bool:
    """False: there is none."""
    return await db.fetchval(_REMOVE_REACTION, stream, seq, emoji, actor) is not None


async def count_reactions(db: Queries, stream: str, seq: int) -> None:
    """Sums up the reactions to a message for pages."""
    await db.execute(_COUNT_REACTIONS, stream, seq)


async def own_reactions(db: Queries, stream: str, seqs: Sequence[int], actor: int) -> set[tuple[int, str]]:
    """How somebody has reacted to these messages."""
    return {(row[0], row[1]) for row in await db.fetch(_OWN_REACTIONS, stream, list(seqs), actor)}


async def reacted_so(db: Queries, stream: str, seq: int, emoji: str, after: int, limit: int) -> list[int]:
    """Who reacted with this emoji, with an id above `after`, rising."""
    return [row[0] for row in await db.fetch(_REACTED_SO, stream, seq, emoji, after, limit)]


_SEEN = """
FROM entry e JOIN member m ON m.stream = e.stream AND m.actor = $3 AND m.left_at IS NULL AND m.first_seq <= e.seq
WHERE e.stream = $1 AND e.seq = $2 AND e.kind = 'chat.message'"""
_TARGET = f"""
SELECT e.actor, e.body, (extract(epoch FROM clock_timestamp() - e.at) / 60)::float8,
  EXISTS (
    SELECT FROM entry r WHERE r.stream = $1 AND r.actor = $3 AND r.nonce = $4 AND r.part = 0 AND r.kind = $5
      AND r.target = $2) {_SEEN}"""
_AUTHOR = f"SELECT e.actor {_SEEN}"
_REACTED = """
SELECT EXISTS (SELECT FROM reaction WHERE stream = $1 AND seq = $2 AND actor = $3 AND emoji = $4),
  jsonb_array_length(reactions)
FROM message_now WHERE stream = $1 AND seq = $2"""
# One commit may hold a recall and what was decided before it: what stands behind the recall is none of the message.
_CHANGED = """
INSERT INTO message_now AS n (stream, seq, changed) SELECT $1, $2, $3
WHERE NOT EXISTS (
  SELECT FROM entry WHERE stream = $1 AND target = $2 AND seq < $3 AND kind = 'chat.recalled')
ON CONFLICT (stream, seq) DO UPDATE SET changed = greatest(n.changed, excluded.changed)
WHERE NOT n.recalled RETURNING 1"""
_RECALLED = """
WITH gone AS (DELETE FROM reaction WHERE stream = $1 AND seq = $2)
INSERT INTO message_now AS n (stream, seq, changed, recalled) VALUES ($1, $2, $3, true)
ON CONFLICT (stream, seq) DO UPDATE SET
  changed = greatest(n.changed, excluded.changed), recalled = true, reactions = '[]', pinned_by = NULL, pinned_at = NULL
WHERE NOT n.recalled RETURNING 1"""
_EDITS = "SELECT seq FROM entry WHERE stream = $1 AND target = $2 AND seq < $3 AND kind = 'chat.edited'"
_ADD_REACTION = """
INSERT INTO reaction (stream, seq, emoji, actor, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1"""
_REMOVE_REACTION = """
DELETE FROM reaction WHERE stream = $1 AND seq = $2 AND emoji = $3 AND actor = $4 RETURNING 1"""
_COUNT_REACTIONS = """
UPDATE message_now SET reactions = (
  SELECT coalesce(jsonb_agg(jsonb_build_object('emoji', emoji, 'count', count, 'people', people) ORDER BY since, emoji),
    '[]')
  FROM (
    SELECT emoji, count(*) AS count, min(at) AS since, (array_agg(actor ORDER BY at, actor))[1:10] AS people
    FROM reaction WHERE stream = $1 AND seq = $2 GROUP BY emoji) AS summed)
WHERE stream = $1 AND seq = $2"""
_OWN_REACTIONS = "SELECT seq, emoji FROM reaction WHERE stream = $1 AND seq = ANY($2::bigint[]) AND actor = $3"
_REACTED_SO = """
SELECT actor FROM reaction WHERE stream = $1 AND seq = $2 AND emoji = $3 AND actor > $4 ORDER BY actor LIMIT $5"""
