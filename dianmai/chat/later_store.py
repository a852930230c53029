"""All SQL of what becomes of messages after they were said. Tables and indexes: `migrations/0110`."""

# ruff: noqa: S608 -- what is put together here are constants of this file

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from dianmai.core.db import Queries


class Target(NamedTuple):
    """A message somebody wants to do something with, as they see it. `repeated`: it was done under this nonce."""

    author: int
    body: bytes
    minutes: float
    repeated: bool


class Said(NamedTuple):
    """What a message says now, and the entry that was edited in last."""

    body: bytes
    edited: int | None


class Reacted(NamedTuple):
    """Whether somebody has reacted so already, how many different reactions there are, and how often this person has
    taken one away."""

    already: bool
    kinds: int
    undone: int


class Pinned(NamedTuple):
    """Whether a message is pinned already, and how many are in its conversation."""

    already: bool
    pins: int


async def target(db: Queries, stream: str, seq: int, actor: int, nonce: str, kind: str) -> Target | None:
    """A message that the actor may see; None when there is no such message, or not for them.

    `kind`: of the entry that shall be laid on it.
    """
    row = await db.fetchrow(_TARGET, stream, seq, actor, nonce, kind)
    return None if row is None else Target(*row)


async def pinned_target(db: Queries, stream: str, seq: int, actor: int, nonce: str, kind: str) -> Target | None:
    """The same also of a message from before the actor joined, as long as it is pinned."""
    row = await db.fetchrow(_PINNED_TARGET, stream, seq, actor, nonce, kind)
    return None if row is None else Target(*row)


async def author(db: Queries, stream: str, seq: int, actor: int) -> int | None:
    """Who wrote a message that the actor may see."""
    return await db.fetchval(_AUTHOR, stream, seq, actor)


async def reacted(db: Queries, stream: str, seq: int, actor: int, emoji: str) -> Reacted:
    row = await db.fetchrow(_REACTED, stream, seq, actor, emoji)
    return Reacted(*row) if row is not None else Reacted(already=False, kinds=0, undone=0)


async def said(db: Queries, stream: str, seq: int) -> Said:
    """What a message says now."""
    row = await db.fetchrow(_SAID, stream, seq)
    assert row is not None, "what was found stands in the journal"
    return Said(*row)


async def previews_of(db: Queries, stream: str, seq: int) -> list[int]:
    """The entries that told what stands behind a message's links."""
    return [row[0] for row in await db.fetch(_PREVIEWS_OF, stream, seq)]


async def mark_changed(db: Queries, stream: str, seq: int, by: int) -> bool:
    """Notes the last later entry of a message. False: it was recalled, nothing more may become of it."""
    return await db.fetchval(_CHANGED, stream, seq, by, None) is not None


async def mark_edited(db: Queries, stream: str, seq: int, by: int) -> int | None:
    """The same of an entry that it has its text from; answers how often that was now. None: it was recalled."""
    return await db.fetchval(_CHANGED, stream, seq, by, by)


async def mark_recalled(db: Queries, stream: str, seq: int, by: int) -> bool:
    """Takes everything off a message that was laid on it. False: it was recalled already."""
    return await db.fetchval(_RECALLED, stream, seq, by) is not None


async def add_reaction(db: Queries, stream: str, seq: int, emoji: str, actor: int, at: datetime) -> bool:
    """False: it is there already."""
    return await db.fetchval(_ADD_REACTION, stream, seq, emoji, actor, at) is not None


async def remove_reaction(db: Queries, stream: str, seq: int, emoji: str, actor: int) -> bool:
    """False: there is none."""
    return await db.fetchval(_REMOVE_REACTION, stream, seq, emoji, actor) is not None


async def count_reactions(db: Queries, stream: str, seq: int, moved: Mapping[str, int]) -> None:
    """Counts on what pages show of the reactions to a message: so many more (or fewer) of each of these."""
    await db.execute(_COUNT_REACTIONS, stream, seq, list(moved), list(moved.values()))


async def pinned(db: Queries, stream: str, seq: int) -> Pinned:
    """Whether a message is pinned, and how many of its conversation are."""
    row = await db.fetchrow(_PINNED, stream, seq)
    assert row is not None, "counted"
    return Pinned(row[0], row[1])


async def pin(db: Queries, stream: str, seq: int, by: int, at: datetime) -> bool:
    """Pins a message that something is noted of. False: it is pinned already."""
    return await db.fetchval(_PIN, stream, seq, by, at) is not None


async def unpin(db: Queries, stream: str, seq: int) -> bool:
    """False: it is not pinned."""
    return await db.fetchval(_UNPIN, stream, seq) is not None


async def own_reactions(db: Queries, stream: str, seqs: Sequence[int], actor: int) -> set[tuple[int, str]]:
    """How somebody has reacted to these messages."""
    return {(row[0], row[1]) for row in await db.fetch(_OWN_REACTIONS, stream, list(seqs), actor)}


async def reacted_so(db: Queries, stream: str, seq: int, emoji: str, after: int, limit: int) -> list[int]:
    """Who reacted with this emoji, with an id above `after`, rising."""
    return [row[0] for row in await db.fetch(_REACTED_SO, stream, seq, emoji, after, limit)]


_HERE = """
FROM entry e JOIN member m ON m.stream = e.stream AND m.actor = $3 AND m.left_at IS NULL
WHERE e.stream = $1 AND e.seq = $2 AND e.kind = 'chat.message'"""
_SEEN = f"{_HERE} AND m.first_seq <= e.seq"
_REPEATED = """EXISTS (
    SELECT FROM entry r WHERE r.stream = $1 AND r.actor = $3 AND r.nonce = $4 AND r.part = 0 AND r.kind = $5
      AND r.target = $2)"""
_OF_TARGET = f"SELECT e.actor, e.body, (extract(epoch FROM clock_timestamp() - e.at) / 60)::float8, {_REPEATED}"
_TARGET = f"{_OF_TARGET} {_SEEN}"
_PINNED_TARGET = f"""
{_OF_TARGET} {_HERE} AND (m.first_seq <= e.seq OR {_REPEATED} OR EXISTS (
  SELECT FROM message_now n WHERE n.stream = $1 AND n.seq = $2 AND n.pinned_at IS NOT NULL))"""
_AUTHOR = f"SELECT e.actor {_SEEN}"
_REACTED = """
SELECT EXISTS (SELECT FROM reaction WHERE stream = $1 AND seq = $2 AND actor = $3 AND emoji = $4),
  jsonb_array_length(reactions),
  coalesce((SELECT times FROM reaction_undone WHERE stream = $1 AND seq = $2 AND actor = $3), 0)
FROM message_now WHERE stream = $1 AND seq = $2"""
_PREVIEWS_OF = "SELECT seq FROM entry WHERE stream = $1 AND target = $2 AND kind = 'chat.previewed'"
_SAID = """
SELECT e.body, n.edited FROM entry e LEFT JOIN message_now n USING (stream, seq) WHERE e.stream = $1 AND e.seq = $2"""
_CHANGED = """
INSERT INTO message_now AS n (stream, seq, changed, edited, edits)
VALUES ($1, $2, $3, $4::bigint, ($4 IS NOT NULL)::integer)
ON CONFLICT (stream, seq) DO UPDATE SET
  changed = greatest(n.changed, excluded.changed), edited = coalesce(excluded.edited, n.edited),
  edits = n.edits + excluded.edits, preview = CASE WHEN excluded.edited IS NULL THEN n.preview END
WHERE NOT n.recalled RETURNING n.edits"""
_RECALLED = """
WITH gone AS (DELETE FROM reaction WHERE stream = $1 AND seq = $2),
pressed AS (DELETE FROM card_press WHERE stream = $1 AND seq = $2)
INSERT INTO message_now AS n (stream, seq, changed, recalled) VALUES ($1, $2, $3, true)
ON CONFLICT (stream, seq) DO UPDATE SET
  changed = greatest(n.changed, excluded.changed), recalled = true, reactions = '[]', card = NULL, preview = NULL,
  pinned_by = NULL, pinned_at = NULL
WHERE NOT n.recalled RETURNING 1"""
_ADD_REACTION = """
INSERT INTO reaction (stream, seq, emoji, actor, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1"""
_REMOVE_REACTION = """
WITH gone AS (
  DELETE FROM reaction WHERE stream = $1 AND seq = $2 AND emoji = $3 AND actor = $4 RETURNING actor)
INSERT INTO reaction_undone AS u (stream, seq, actor, times) SELECT $1, $2, actor, 1 FROM gone
ON CONFLICT (stream, seq, actor) DO UPDATE SET times = u.times + 1 RETURNING 1"""
# What stands there is counted on: however many have reacted, only the first ten of each are looked up.
_COUNT_REACTIONS = """
WITH shown AS (
  SELECT r.value ->> 'emoji' AS emoji, (r.value -> 'count')::bigint AS count, r.value -> 'people' AS people, r.place
  FROM message_now n, jsonb_array_elements(n.reactions) WITH ORDINALITY AS r(value, place)
  WHERE n.stream = $1 AND n.seq = $2),
moved AS (SELECT * FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS m(emoji, by, place)),
counted AS (
  SELECT emoji, coalesce(s.count, 0) + coalesce(m.by, 0) AS count, s.place AS shown, m.place AS new,
    CASE WHEN m.emoji IS NULL THEN s.people ELSE (SELECT jsonb_agg(f.actor) FROM (
      SELECT r.actor FROM reaction r WHERE r.stream = $1 AND r.seq = $2 AND r.emoji = m.emoji
      ORDER BY r.at, r.actor LIMIT 10) AS f) END AS people
  FROM shown s FULL JOIN moved m USING (emoji))
UPDATE message_now SET reactions = (
  SELECT coalesce(jsonb_agg(jsonb_build_object('emoji', emoji, 'count', count, 'people', people) ORDER BY shown, new),
    '[]')
  FROM counted WHERE count > 0)
WHERE stream = $1 AND seq = $2"""
_PINNED = """
SELECT coalesce(bool_or(seq = $2), false), count(*) FROM message_now WHERE stream = $1 AND pinned_at IS NOT NULL"""
_PIN = """
UPDATE message_now SET pinned_by = $3, pinned_at = $4
WHERE stream = $1 AND seq = $2 AND pinned_at IS NULL RETURNING 1"""
_UNPIN = """
UPDATE message_now SET pinned_by = NULL, pinned_at = NULL
WHERE stream = $1 AND seq = $2 AND pinned_at IS NOT NULL RETURNING 1"""
_OWN_REACTIONS = "SELECT seq, emoji FROM reaction WHERE stream = $1 AND seq = ANY($2::bigint[]) AND actor = $3"
_REACTED_SO = """
SELECT actor FROM reaction WHERE stream = $1 AND seq = $2 AND emoji = $3 AND actor > $4 ORDER BY actor LIMIT $5"""
