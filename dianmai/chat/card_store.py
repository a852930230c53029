"""The SQL of groups' cards: what they are for, who may do what in them, and temporary groups. See `0133_groups.sql`."""

# ruff: noqa: S608 -- what is put together here are constants of this file

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from dianmai.core.db import Queries
from dianmai.wire.chat import GroupRole
from dianmai.wire.groups import SetGroup


class CardRow(NamedTuple):
    """A group. `member`: whether the actor it was asked for is in it."""

    stream: str
    kind: str
    key: str | None
    unit: int | None
    rule: str | None
    title_zh: str
    title_en: str
    members: int
    purpose: str
    announcement: str
    announced_by: int | None
    announced_at: datetime | None
    post_by: GroupRole
    mention_all_by: GroupRole
    slow_s: int
    led_by: int | None
    ends_at: datetime | None
    closed_at: datetime | None
    pin_by: GroupRole
    member: bool = False


async def card(db: Queries, stream: str, actor: int) -> CardRow | None:
    """A group and whether the actor is in it; None for everything that is no group."""
    row = await db.fetchrow(_CARD, stream, actor)
    return CardRow(*row) if row is not None else None


async def held_card(db: Queries, stream: str, actor: int) -> CardRow | None:
    """The same, and nobody else changes it or who is in it before this transaction ends."""
    # First held, then read: one statement for both would see the members from before it waited.
    await db.execute(_HOLD, stream)
    return await card(db, stream, actor)


async def change(db: Queries, ask: SetGroup, by: int, ends_at: datetime | None) -> CardRow:
    """Writes what is given and answers the group as it is then."""
    row = await db.fetchrow(
        _CHANGE,
        ask.stream,
        ask.title,
        ask.purpose,
        ask.announcement,
        by,
        ask.post_by,
        ask.mention_all_by,
        ask.slow_s,
        ends_at,
        ask.pin_by,
    )
    assert row is not None, "it is held"
    return CardRow(*row)


async def make(db: Queries, title: str, purpose: str, led_by: int, ends_at: datetime, members: int) -> str:
    """A new temporary group; its stream is to be opened."""
    return await db.fetchval(_MAKE, title, purpose, led_by, ends_at, members)


async def close(db: Queries, stream: str) -> CardRow | None:
    """Closes a temporary group; None when it is closed already."""
    row = await db.fetchrow(_CLOSE, stream)
    return CardRow(*row) if row is not None else None


async def lead(db: Queries, stream: str, person: int) -> CardRow:
    """Hands a temporary group to another person."""
    row = await db.fetchrow(_LEAD, stream, person)
    assert row is not None, "it is held"
    return CardRow(*row)


async def next_leader(db: Queries, stream: str, but: Sequence[int]) -> int | None:
    """Who has been in a group longest and is still with the company, besides these people."""
    return await db.fetchval(_NEXT_LEADER, stream, list(but))


async def note_added(db: Queries, stream: str, people: Sequence[int], by: int) -> None:
    await db.execute(_NOTE_ADDED, stream, list(people), by)


async def added_by(db: Queries, stream: str, people: Sequence[int]) -> dict[int, int]:
    """Who has let these people in."""
    return {row[0]: row[1] for row in await db.fetch(_ADDED_BY, stream, list(people))}


async def reachable(db: Queries, people: Sequence[int]) -> set[int]:
    """Which of these are people whose access goes on."""
    return {row[0] for row in await db.fetch(_REACHABLE, list(people))}


async def members_of(db: Queries, stream: str) -> list[int]:
    """Everybody in a conversation."""
    return [row[0] for row in await db.fetch(_MEMBERS_OF, stream)]


async def gone_from_temporary(db: Queries, people: Sequence[int]) -> dict[str, list[int]]:
    """The temporary groups in which some of these people are whose access has ended, with those people."""
    found: dict[str, list[int]] = {}
    for row in await db.fetch(_GONE, list(people)):
        found.setdefault(row[0], []).append(row[1])
    return found


async def stored(db: Queries, stream: str, actor: int, nonce: str) -> bool:
    """Whether this actor has written this already."""
    return await db.fetchval(_STORED, stream, actor, nonce) is not None


_COLUMNS = """c.stream, c.kind, c.key, c.unit, c.rule::text, c.title_zh, c.title_en, c.members, c.purpose,
  c.announcement, c.announced_by, c.announced_at, c.post_by, c.mention_all_by, c.slow_s, c.led_by, c.ends_at,
  c.closed_at, c.pin_by"""
_CARD = f"""
SELECT {_COLUMNS}, EXISTS (
  SELECT FROM member m WHERE m.stream = c.stream AND m.actor = $2 AND m.left_at IS NULL)
FROM conversation c WHERE c.stream = $1 AND c.kind <> 'direct'"""
_HOLD = "SELECT FROM conversation WHERE stream = $1 AND kind <> 'direct' FOR UPDATE"
_CHANGE = f"""
UPDATE conversation c SET title_zh = coalesce($2, title_zh), title_en = coalesce($2, title_en),
  purpose = coalesce($3, purpose), announcement = coalesce($4, announcement),
  announced_by = CASE WHEN $4::text IS NULL THEN announced_by ELSE $5 END,
  announced_at = CASE WHEN $4::text IS NULL THEN announced_at ELSE now() END,
  post_by = coalesce($6, post_by), mention_all_by = coalesce($7, mention_all_by), slow_s = coalesce($8, slow_s),
  ends_at = coalesce($9, ends_at), closed_at = CASE WHEN $9::timestamptz IS NULL THEN closed_at END,
  pin_by = coalesce($10, pin_by)
WHERE c.stream = $1 RETURNING {_COLUMNS}"""
_MAKE = """
INSERT INTO conversation (kind, title_zh, title_en, purpose, led_by, ends_at, members)
VALUES ('temporary', $1, $1, $2, $3, $4, $5) RETURNING stream"""
_CLOSE = f"""
UPDATE conversation c SET closed_at = now()
WHERE c.stream = $1 AND c.kind = 'temporary' AND c.closed_at IS NULL RETURNING {_COLUMNS}"""
_LEAD = f"UPDATE conversation c SET led_by = $2 WHERE c.stream = $1 RETURNING {_COLUMNS}"
_NEXT_LEADER = """
SELECT m.actor FROM member m JOIN actor a ON a.id = m.actor AND a.active
WHERE m.stream = $1 AND m.actor <> ALL($2::bigint[]) AND m.left_at IS NULL ORDER BY m.joined_at, m.actor LIMIT 1"""
_NOTE_ADDED = """
INSERT INTO added_member (stream, actor, added_by) SELECT $1, p, $3 FROM unnest($2::bigint[]) AS p
ON CONFLICT (stream, actor) DO UPDATE SET added_by = excluded.added_by"""
_ADDED_BY = "SELECT actor, added_by FROM added_member WHERE stream = $1 AND actor = ANY($2::bigint[])"
_REACHABLE = "SELECT id FROM actor WHERE id = ANY($1::bigint[]) AND kind = 'person' AND active"
_MEMBERS_OF = "SELECT actor FROM member WHERE stream = $1 AND left_at IS NULL ORDER BY actor"
_GONE = """
SELECT m.stream, m.actor FROM member m JOIN conversation c USING (stream) JOIN actor a ON a.id = m.actor
WHERE m.actor = ANY($1::bigint[]) AND m.left_at IS NULL AND c.kind = 'temporary' AND NOT a.active
ORDER BY m.stream, m.actor"""
_STORED = "SELECT seq FROM entry WHERE stream = $1 AND actor = $2 AND nonce = $3 AND part = 0 AND kind = 'chat.message'"
