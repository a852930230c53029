"""All SQL of uploads that come in parts. Indexes: `migrations/0120_uploads.sql`."""

from typing import NamedTuple

from dianmai.core.db import Queries


class UploadRow(NamedTuple):
    """An upload: what was announced, how much of it is safe, and the file it has become."""

    id: str
    uploader: int
    ask: bytes
    size: int
    got: int
    file: str | None


async def take_turn(db: Queries, uploader: int) -> None:
    """Whoever announces several at once is counted one by one."""
    await db.execute("SELECT FROM actor WHERE id = $1 FOR NO KEY UPDATE", uploader)


async def begun(db: Queries, uploader: int, nonce: str) -> UploadRow | None:
    """The upload this person has begun under this nonce."""
    row = await db.fetchrow(f"{_UPLOAD} WHERE uploader = $1 AND nonce = $2", uploader, nonce)
    return None if row is None else UploadRow(*row)


async def begin(db: Queries, upload: UploadRow, nonce: str) -> None:
    await db.execute(_BEGIN, upload.id, upload.uploader, nonce, upload.ask, upload.size)


async def unfinished(db: Queries, uploader: int) -> int:
    """How many uploads this person has not finished."""
    return await db.fetchval(_UNFINISHED, uploader)


async def still_to_come(db: Queries) -> int:
    """Bytes that were announced by anybody and are not here yet."""
    return await db.fetchval(_STILL_TO_COME)


async def one(db: Queries, uploader: int, upload: str) -> UploadRow | None:
    """An upload of this person."""
    row = await db.fetchrow(f"{_UPLOAD} WHERE id = $1 AND uploader = $2", upload, uploader)
    return None if row is None else UploadRow(*row)


async def move(db: Queries, upload: str, got: int) -> int | None:
    """From now on so much of it is safe; None when there is no such upload any more."""
    return await db.fetchval(_MOVE, upload, got)


async def finish(db: Queries, upload: str) -> None:
    """It has become the file of the same id."""
    await db.execute("UPDATE upload SET file = id, touched_at = now() WHERE id = $1", upload)


async def unfinish(db: Queries, upload: str) -> None:
    """It has not become a file after all."""
    await db.execute("UPDATE upload SET file = NULL WHERE id = $1", upload)


async def forget(db: Queries, upload: str) -> None:
    await db.execute("DELETE FROM upload WHERE id = $1", upload)


async def take_expired(db: Queries, limit: int) -> list[str]:
    """Forgets uploads that have not been touched for three days, and says which."""
    return [r[0] for r in await db.fetch(_TAKE_EXPIRED, limit)]


_UPLOAD = "SELECT id, uploader, ask, size, got, file FROM upload"
_BEGIN = "INSERT INTO upload (id, uploader, nonce, ask, size) VALUES ($1, $2, $3, $4, $5)"
_UNFINISHED = "SELECT count(*) FROM upload WHERE uploader = $1 AND file IS NULL"
_STILL_TO_COME = "SELECT coalesce(sum(size - got), 0)::bigint FROM upload WHERE file IS NULL"
_MOVE = "UPDATE upload SET got = $2, touched_at = now() WHERE id = $1 AND file IS NULL RETURNING got"
_TAKE_EXPIRED = """
DELETE FROM upload WHERE id IN (
  SELECT id FROM upload WHERE touched_at < now() - interval '3 days'
  ORDER BY touched_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id"""
