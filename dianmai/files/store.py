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


async def uploads_last_hour(db: Queries, uploader: int) -> int:
    return await db.fetchval(_RECENT, uploader)


async def readable(db: Queries, actor: int, ids: Sequence[str]) -> list[StoredFile]:
    """Those of the files that the actor may read now: their own not yet held ones, and what a heard stream holds."""
    rows = await db.fetch(_READABLE, list(ids), actor)
    return [StoredFile(**dict(row)) for row in rows]


async def hold(db: Queries, ids: Sequence[str], stream: str) -> None:
    await db.execute(_HOLD, list(ids), stream)


_ADD = """
INSERT INTO file (id, uploader, name, kind, media_type, size, width, height, sha256)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
_RECENT = "SELECT count(*) FROM file WHERE uploader = $1 AND uploaded_at > now() - interval '1 hour'"
_READABLE = """
SELECT f.id, f.uploader, f.name, f.kind, f.media_type, f.size, f.width, f.height, f.sha256 FROM file f
WHERE f.id = ANY($1::text[]) AND (
  (f.uploader = $2 AND NOT EXISTS (SELECT FROM file_holding h WHERE h.file = f.id))
  OR EXISTS (
    SELECT FROM file_holding h JOIN member m ON m.stream = h.stream AND m.actor = $2 AND m.left_at IS NULL
    WHERE h.file = f.id))"""
_HOLD = "INSERT INTO file_holding (file, stream) SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING"
