"""The SQL of mentions. Indexes: `migrations/0151_mentions.sql`, `0155`."""

from collections.abc import Sequence
from typing import NamedTuple

from dianmai.chat.store import MessageRow
from dianmai.core.db import Queries


class MentionRow(NamedTuple):
    """A message in somebody's list; `id` is its order there."""

    id: int
    message: MessageRow


async def add(db: Queries, rows: Sequence[tuple[int, str, int, int, int]]) -> None:
    """Notes who is mentioned in which messages: actor, stream, no, seq, author."""
    await db.execute(_ADD, *(list(column) for column in zip(*rows, strict=True)))


async def keep_only(db: Queries, stream: str, seq: int, actors: Sequence[int]) -> None:
    """Makes these the only ones whom a message mentions."""
    await db.execute(_KEEP_ONLY, stream, seq, list(actors))


async def mentions(db: Queries, actor: int, before: int | None, limit: int) -> list[MentionRow]:
    """The messages that mention an actor or call everybody, the newest first, in conversations they are in."""
    return [MentionRow(row[0], MessageRow(*row[1:])) for row in await db.fetch(_MENTIONS, actor, before, limit)]


async def unit_of(db: Queries, stream: str) -> int | None:
    """The unit a conversation belongs to; None: to the whole company, or to nobody but its people."""
    return await db.fetchval("SELECT unit FROM conversation WHERE stream = $1", stream)


async def said(db: Queries, stream: str, actor: int, nonce: str) -> bytes | None:
    """What a message says that this actor has written under this nonce already."""
    return await db.fetchval(_SAID, stream, actor, nonce)


_SAID = """
SELECT body FROM entry WHERE stream = $1 AND actor = $2 AND nonce = $3 AND part = 0 AND kind = 'chat.message'"""
_ADD = """
INSERT INTO mention (actor, stream, no, seq, author) SELECT r.actor, r.stream, r.no, r.seq, r.author
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) AS r(actor, stream, no, seq, author)
ON CONFLICT DO NOTHING"""
# Somebody may stand in a later edit again whom an earlier one, made on another device in the same moment, took out.
_KEEP_ONLY = """
WITH gone AS (DELETE FROM mention WHERE stream = $1 AND seq = $2 AND actor <> ALL($3::bigint[]))
INSERT INTO mention (actor, stream, no, seq, author) SELECT r.actor, e.stream, e.no, e.seq, e.actor
FROM entry e CROSS JOIN unnest($3::bigint[]) AS r(actor) WHERE e.stream = $1 AND e.seq = $2
ON CONFLICT DO NOTHING"""
# One's own along their index, the newest first; calls to all from each conversation, its newest first, but for those
# that name one as well. Only what is among the first of both can be on the page.
_MENTIONS = """
SELECT x.id, c.stream, c.no, c.seq, c.author, c.at, c.nonce, c.body, NULL, NULL, NULL FROM (
  SELECT o.id, o.stream, o.no FROM (
    SELECT m.id, m.stream, m.no FROM mention m JOIN member h ON h.stream = m.stream AND h.actor = $1
    WHERE m.actor = $1 AND ($2::bigint IS NULL OR m.id < $2) AND h.left_at IS NULL AND m.seq >= h.first_seq
    ORDER BY m.id DESC LIMIT $3) AS o
  UNION ALL
  SELECT a.id, a.stream, a.no FROM member h CROSS JOIN LATERAL (
    SELECT m.id, m.stream, m.no FROM mention m
    WHERE m.actor = 0 AND m.stream = h.stream AND m.author <> $1 AND m.seq >= h.first_seq
      AND ($2::bigint IS NULL OR m.id < $2)
      AND NOT EXISTS (SELECT FROM mention o WHERE o.actor = $1 AND o.stream = m.stream AND o.no = m.no)
    ORDER BY m.id DESC LIMIT $3) AS a
  WHERE h.actor = $1 AND h.left_at IS NULL) AS x
JOIN chat_message c ON c.stream = x.stream AND c.no = x.no
ORDER BY x.id DESC LIMIT $3"""
