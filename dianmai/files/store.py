"""All SQL of the files."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from dianmai.core.db import Queries
from dianmai.wire.files import FileRef


class StoredFile(msgspec.Struct, frozen=True):
    """What is known of a file."""

    id: str
    uploader: int
    name: str
    kind: Literal["picture", "file"]
    media_type: str
    size: int
    width: int | None
    height: int | None
    sha256: bytes

    @property
    def ref(self) -> FileRef:
        return FileRef(
            id=self.id,
            name=self.name,
            kind=self.kind,
            media_type=self.media_type,
            size=self.size,
            width=self.width,
            height=self.height,
        )


async def add(db: Queries, file: StoredFile) -> None:
    await db.execute(_ADD, *msgspec.structs.astuple(file))


async def unheld_bytes(db: Queries, uploader: int) -> int:
    """What a person has uploaded that nothing holds."""
    return await db.fetchval(_UNHELD_BYTES, uploader)


async def uploads_last_hour(db: Queries, uploader: int) -> int:
    return await db.fetchval(_RECENT, uploader)


async def readable(db: Queries, actor: int, ids: Sequence[str]) -> list[StoredFile]:
    """Those of the files that the actor may read now: their own not yet held ones, and what they see is held.

    Who has joined a stream sees what comes from then on, and reads the files of that.
    """
    rows = await db.fetch(_READABLE, list(ids), actor)
    return [StoredFile(**dict(row)) for row in rows]


async def one(db: Queries, file: str) -> StoredFile | None:
    """A file, whoever may read it."""
    row = await db.fetchrow(_ONE, file)
    return None if row is None else StoredFile(**dict(row))


async def holders(db: Queries, file: str) -> list[str]:
    """Streams that hold the file, at most 50."""
    return [r[0] for r in await db.fetch(_HOLDERS, file)]


async def hold(db: Queries, ids: Sequence[str], stream: str, seq: int) -> None:
    """Lets the entry hold the files. Held again by a later entry, they are for whoever sees that one as well."""
    await db.execute(_HOLD, list(ids), stream, seq)


async def let_go(db: Queries, stream: str, seq: int) -> None:
    """The entry no longer holds its files."""
    await db.execute("DELETE FROM file_holding WHERE stream = $1 AND seq = $2", stream, seq)


async def take_unheld(db: Queries, limit: int) -> list[str]:
    """Forgets files that nothing has held for a day, and says which."""
    return [r[0] for r in await db.fetch(_TAKE_UNHELD, limit)]


_ADD = """
INSERT INTO file (id, uploader, name, kind, media_type, size, width, height, sha256)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
_RECENT = "SELECT count(*) FROM file WHERE uploader = $1 AND uploaded_at > now() - interval '1 hour'"
_UNHELD_BYTES = "SELECT coalesce(sum(size), 0)::bigint FROM file WHERE uploader = $1 AND NOT held"
_FILE = "SELECT f.id, f.uploader, f.name, f.kind, f.media_type, f.size, f.width, f.height, f.sha256 FROM file f"
_ONE = f"{_FILE} WHERE f.id = $1"
# An hour before it is removed nobody can take up an unheld file any more: what is being appended finds it in its place.
_READABLE = f"""{_FILE}
WHERE f.id = ANY($1::text[]) AND (
  (f.uploader = $2 AND NOT f.held AND f.uploaded_at > now() - interval '23 hours')
  OR EXISTS (
    SELECT FROM file_holding h JOIN member m ON m.stream = h.stream AND m.actor = $2 AND m.left_at IS NULL
      AND m.first_seq <= h.seq
    WHERE h.file = f.id))"""
_HOLDERS = "SELECT stream FROM file_holding WHERE file = $1 LIMIT 50"
_HOLD = """
WITH held AS (UPDATE file SET held = true WHERE id = ANY($1::text[]) AND NOT held)
INSERT INTO file_holding AS h (file, stream, seq) SELECT DISTINCT unnest($1::text[]), $2, $3::bigint
ON CONFLICT (file, stream) DO UPDATE SET seq = greatest(h.seq, excluded.seq)"""
_TAKE_UNHELD = """
DELETE FROM file WHERE id IN (
  SELECT id FROM file WHERE NOT held AND uploaded_at < now() - interval '24 hours'
  ORDER BY uploaded_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id"""
