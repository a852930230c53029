"""All SQL of the chat but that of managed groups. Indexes: `migrations/0030_chat.sql`; of messages, `0100`."""

# ruff: noqa: S608 -- what is put together here are constants of this file

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from dianmai.core.db import Queries
from dianmai.wire.conversations import ArrangedBody


class MessageRow(NamedTuple):
    stream: str
    no: int
    seq: int
    author: int
    at: datetime
    nonce: str
    body: bytes
    changed: int | None
    reactions: str | None
    pinned: bool | None
    card: str | None = None
    preview: str | None = None


class PinRow(NamedTuple):
    """A pinned message."""

    by: int
    at: datetime
    message: MessageRow


class ConversationRow(NamedTuple):
    """A conversation as one member has it in the list."""

    stream: str
    kind: str
    title_zh: str | None
    title_en: str | None
    members: int
    low: int | None
    high: int | None
    head: int
    head_no: int
    read_no: int
    muted: bool
    joined_at: datetime
    pinned: bool
    hidden_no: int
    key: str | None
    mentioned: int
    announcement: str
    rules: str
    last: MessageRow | None


class Visible(NamedTuple):
    """What one member may see of a conversation: messages from `first_no` (None: nothing yet) to `head_no`."""

    first_no: int | None
    head_no: int


async def conversations_of(db: Queries, actor: int) -> list[ConversationRow]:
    """The conversations an actor is in, those that moved last first; empty direct ones only for who opened them."""
    rows = await db.fetch(_CONVERSATIONS, actor)
    return [ConversationRow(*row[:18], last=MessageRow(*row[18:]) if row[19] is not None else None) for row in rows]


async def arrange(db: Queries, actor: int, how: ArrangedBody) -> None:
    """Keeps how the actor wants to have a conversation in the list."""
    await db.execute(_ARRANGE, how.stream, actor, how.pinned, how.muted, how.hidden_no)


async def visible(db: Queries, stream: str, actor: int) -> Visible | None:
    """What the actor may see of the conversation; None when they are not in it."""
    row = await db.fetchrow(_VISIBLE, stream, actor)
    return Visible(*row) if row is not None else None


async def messages_before(db: Queries, stream: str, first: int, before: int, limit: int) -> list[MessageRow]:
    """The newest messages from `first` and below `before`, newest first."""
    return [MessageRow(*row) for row in await db.fetch(_BEFORE, stream, first, before, limit)]


async def messages_after(db: Queries, stream: str, first: int, after: int, limit: int) -> list[MessageRow]:
    """The oldest messages from `first` and above `after`, oldest first."""
    return [MessageRow(*row) for row in await db.fetch(_AFTER, stream, first, after, limit)]


async def messages_at(db: Queries, stream: str, actor: int, seqs: Sequence[int]) -> list[MessageRow]:
    """Those of these messages that the actor may see, oldest first."""
    return [MessageRow(*row) for row in await db.fetch(_AT, stream, actor, list(seqs))]


async def pins(db: Queries, stream: str, first: int) -> list[PinRow]:
    """What is pinned of the messages from `first`, the last pinned first."""
    return [PinRow(row[0], row[1], MessageRow(*row[2:])) for row in await db.fetch(_PINS, stream, first)]


async def members_total(db: Queries, stream: str, actor: int) -> int | None:
    """How many are in the conversation; None when the actor is not."""
    return await db.fetchval(_TOTAL, stream, actor)


async def members_after(db: Queries, stream: str, after: int, limit: int) -> list[int]:
    """Members with an id above `after`, rising."""
    return [row[0] for row in await db.fetch(_MEMBERS, stream, after, limit)]


async def pair(db: Queries, low: int, high: int) -> str | None:
    """The direct conversation of two people."""
    return await db.fetchval("SELECT stream FROM conversation WHERE low = $1 AND high = $2", low, high)


async def add_pair(db: Queries, low: int, high: int, opened_by: int) -> str | None:
    """Makes a direct conversation; None when somebody else has made it meanwhile."""
    return await db.fetchval(_ADD_PAIR, low, high, opened_by)


async def still_here(db: Queries, person: int) -> bool | None:
    """Whether a person's access goes on; None when there is no such person."""
    return await db.fetchval("SELECT active FROM actor WHERE id = $1 AND kind = 'person'", person)


_CONVERSATIONS = """
SELECT c.stream, c.kind, c.title_zh, c.title_en, c.members, c.low, c.high, s.seq, s.no, m.read_no, m.muted, m.joined_at,
  m.pinned, m.hidden_no, c.key,
  CASE WHEN m.read_no < s.no THEN coalesce((SELECT min(x.no) FROM mention x WHERE x.actor IN (0, $1)
    AND x.stream = m.stream AND x.no > m.read_no AND x.seq >= m.first_seq), 0) ELSE 0 END,
  c.announcement, s.rules,
  l.stream, l.no, l.seq, l.author, l.at, l.nonce, l.body, NULL, NULL, NULL, NULL, NULL
FROM member m JOIN conversation c USING (stream) JOIN stream s USING (stream)
LEFT JOIN chat_message l ON l.stream = m.stream AND l.no = s.no AND l.seq >= m.first_seq
WHERE m.actor = $1 AND m.left_at IS NULL AND (c.kind <> 'direct' OR c.opened_by = $1 OR s.no > 0)
ORDER BY coalesce(l.at, m.joined_at) DESC, c.stream LIMIT 2000"""
_ARRANGE = """
UPDATE member SET pinned = coalesce($3, pinned), muted = coalesce($4, muted), hidden_no = coalesce($5, hidden_no)
WHERE stream = $1 AND actor = $2"""
# A newcomer sees what came after joining: the first counted entry from the first seq they may see.
_VISIBLE = """
SELECT (SELECT e.no FROM entry e WHERE e.stream = s.stream AND e.seq >= m.first_seq AND e.no IS NOT NULL
  ORDER BY e.seq LIMIT 1), s.no
FROM member m JOIN stream s USING (stream) JOIN conversation c USING (stream)
WHERE m.stream = $1 AND m.actor = $2 AND m.left_at IS NULL"""
_COLUMNS = """c.stream, c.no, c.seq, c.author, c.at, c.nonce, c.body, n.changed, n.reactions,
  n.pinned_at IS NOT NULL, n.card, n.preview"""
_PAGE = f"""
SELECT {_COLUMNS}
FROM chat_message c LEFT JOIN message_now n USING (stream, seq)"""
_BEFORE = f"{_PAGE} WHERE c.stream = $1 AND c.no >= $2 AND c.no < $3 ORDER BY c.no DESC LIMIT $4"
_AFTER = f"{_PAGE} WHERE c.stream = $1 AND c.no >= $2 AND c.no > $3 ORDER BY c.no LIMIT $4"
_AT = f"""{_PAGE}
JOIN member m ON m.stream = c.stream AND m.actor = $2 AND m.left_at IS NULL AND m.first_seq <= c.seq
WHERE c.stream = $1 AND c.seq = ANY($3::bigint[]) ORDER BY c.no"""
_PINS = f"""
SELECT n.pinned_by, n.pinned_at, {_COLUMNS} FROM message_now n JOIN chat_message c USING (stream, seq)
WHERE n.stream = $1 AND n.pinned_at IS NOT NULL AND c.no >= $2 ORDER BY n.pinned_at DESC, n.seq DESC LIMIT 50"""
_TOTAL = """
SELECT c.members FROM conversation c JOIN member m USING (stream)
WHERE m.stream = $1 AND m.actor = $2 AND m.left_at IS NULL"""
_MEMBERS = """
SELECT actor FROM member WHERE stream = $1 AND actor > $2 AND left_at IS NULL ORDER BY actor LIMIT $3"""
_ADD_PAIR = """
INSERT INTO conversation (kind, low, high, opened_by, members)
VALUES ('direct', $1, $2, $3, CASE WHEN $1::bigint = $2 THEN 1 ELSE 2 END)
ON CONFLICT (low, high) DO NOTHING RETURNING stream"""
