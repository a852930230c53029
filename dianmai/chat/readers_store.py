"""The SQL of who has read what. All of it runs along the primary key of `member` (stream, actor): an index on the
cursors themselves would have to be kept with every message that is written or read."""

from collections.abc import Sequence
from typing import NamedTuple

from dianmai.core.db import Queries


class MessageReaders(NamedTuple):
    """A message that an actor may see, for whom it is asked who has read it."""

    stream: str
    seq: int
    no: int
    author: int


class MarkRow(NamedTuple):
    person: int
    read: int
    got: int
    first: int


async def message(db: Queries, stream: str, seq: int, actor: int) -> MessageReaders | None:
    """The message, if the actor is in the conversation and may see it."""
    row = await db.fetchrow(_MESSAGE, stream, seq, actor)
    return MessageReaders(*row) if row is not None else None


async def counts(db: Queries, message: MessageReaders) -> tuple[int, int]:
    """How many of the others have read it, and how many have not."""
    row = await db.fetchrow(_COUNTS, *message)
    return (row[0], row[1]) if row is not None else (0, 0)


async def people(
    db: Queries, message: MessageReaders, after: int, limit: int, *, has_read: bool, among: Sequence[int] | None = None
) -> list[int]:
    """Who of the others (or of those `among` them) has read it or has not, rising."""
    among = None if among is None else list(among)
    return [row[0] for row in await db.fetch(_PEOPLE, *message, after, limit, has_read, among)]


async def everybody(db: Queries, message: MessageReaders) -> list[tuple[int, bool]]:
    """All others, and whether they have read it."""
    return [(row[0], row[1]) for row in await db.fetch(_EVERYBODY, *message)]


async def marks(db: Queries, stream: str, actor: int, *, of_own: bool) -> list[MarkRow]:
    """How far the others have come. `of_own`: told by the actor's own messages alone, the newest that each has read."""
    rows = await db.fetch(_MARKS_OF_OWN if of_own else _MARKS, stream, actor)
    return [MarkRow(*row) for row in rows]


async def note_stored(db: Queries, stored: Sequence[tuple[str, int, int]]) -> dict[tuple[str, int], int]:
    """Moves forward how far these people's devices have these direct conversations; answers where they stand that
    moved."""
    if not stored:
        return {}
    columns = (list(column) for column in zip(*stored, strict=True))
    return {(row[0], row[1]): row[2] for row in await db.fetch(_NOTE_STORED, *columns)}


_MESSAGE = """
SELECT e.stream, e.seq, e.no, e.actor FROM entry e JOIN member m ON m.stream = e.stream
WHERE e.stream = $1 AND e.seq = $2 AND e.kind = 'chat.message' AND e.no IS NOT NULL
  AND m.actor = $3 AND m.left_at IS NULL AND m.first_seq <= e.seq"""
_OTHERS = " FROM member WHERE stream = $1 AND left_at IS NULL AND first_seq <= $2 AND actor <> $4"
_COUNTS = "SELECT count(*) FILTER (WHERE read_no >= $3), count(*) FILTER (WHERE read_no < $3)" + _OTHERS
_PEOPLE = (
    "SELECT actor"
    + _OTHERS
    + """ AND actor > $5 AND (read_no >= $3) = $7
AND ($8::bigint[] IS NULL OR actor = ANY($8)) ORDER BY actor LIMIT $6"""
)
_EVERYBODY = "SELECT actor, read_no >= $3" + _OTHERS
_MARKS = """
SELECT actor, read_no, greatest(got_no, read_no), first_seq FROM member
WHERE stream = $1 AND actor <> $2 AND left_at IS NULL ORDER BY actor"""
# The index of paging, backwards from the mark: of the last thousand messages at most.
_MARKS_OF_OWN = """
SELECT m.actor, coalesce(own.no, 0), coalesce(own.no, 0), m.first_seq FROM member m
LEFT JOIN LATERAL (SELECT max(e.no) AS no FROM entry e
  WHERE e.stream = m.stream AND e.no <= m.read_no AND e.no > m.read_no - 1000 AND e.actor = $2) AS own ON true
WHERE m.stream = $1 AND m.actor <> $2 AND m.left_at IS NULL ORDER BY m.actor"""
# Locked in one order, as read marks are.
_NOTE_STORED = """
WITH moved AS (SELECT m.stream, m.actor, least(u.no, s.no) AS no
  FROM (SELECT stream, actor, max(no) AS no FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS a(stream, actor, no)
    GROUP BY stream, actor) AS u JOIN member m USING (stream, actor) JOIN stream s USING (stream)
  JOIN conversation c USING (stream)
  WHERE c.kind = 'direct' AND m.left_at IS NULL AND greatest(m.got_no, m.read_no) < least(u.no, s.no)
  ORDER BY m.stream, m.actor FOR UPDATE OF m)
UPDATE member m SET got_no = moved.no FROM moved
WHERE m.stream = moved.stream AND m.actor = moved.actor RETURNING m.stream, m.actor, m.got_no"""
