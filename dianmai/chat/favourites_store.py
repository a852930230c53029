"""All SQL of favourites. Table and indexes: `migrations/0161`."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from dianmai.chat.store import MessageRow
from dianmai.core.db import Queries


class FavouriteRow(NamedTuple):
    """A favourite and the message that stands there now."""

    id: int
    kept_at: datetime
    message: MessageRow


async def add(db: Queries, actor: int, stream: str, seqs: Sequence[int]) -> list[int]:
    """Keeps these places, and answers which of them were not kept already."""
    return sorted(row[0] for row in await db.fetch(_ADD, actor, stream, list(seqs)))


async def remove(db: Queries, actor: int, stream: str, seqs: Sequence[int]) -> list[int]:
    """Keeps these places no longer, and answers which of them were kept."""
    return sorted(row[0] for row in await db.fetch(_REMOVE, actor, stream, list(seqs)))


async def count(db: Queries, actor: int) -> int:
    """How many a person keeps of what they may read."""
    return await db.fetchval(_COUNT, actor)


async def page(db: Queries, actor: int, before: int, limit: int) -> list[FavouriteRow]:
    """What a person keeps and may read now, with ids below `before`, falling."""
    return [FavouriteRow(row[0], row[1], MessageRow(*row[2:])) for row in await db.fetch(_PAGE, actor, before, limit)]


_ADD = """
INSERT INTO favourite (actor, stream, seq) SELECT $1, $2, seq FROM unnest($3::bigint[]) AS seq
ON CONFLICT (actor, stream, seq) DO NOTHING RETURNING seq"""
_REMOVE = "DELETE FROM favourite WHERE actor = $1 AND stream = $2 AND seq = ANY($3::bigint[]) RETURNING seq"
_READABLE = """
FROM favourite f
JOIN member m ON m.stream = f.stream AND m.actor = f.actor AND m.left_at IS NULL AND m.first_seq <= f.seq"""
_COUNT = f"SELECT count(*) {_READABLE} WHERE f.actor = $1"
_PAGE = f"""
SELECT f.id, f.at, c.stream, c.no, c.seq, c.author, c.at, c.nonce, c.body, n.changed, n.reactions,
  n.pinned_at IS NOT NULL
{_READABLE}
JOIN chat_message c ON c.stream = f.stream AND c.seq = f.seq
LEFT JOIN message_now n ON n.stream = f.stream AND n.seq = f.seq
WHERE f.actor = $1 AND f.id < $2 ORDER BY f.id DESC LIMIT $3"""
