"""All SQL of the files."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from dianmai.core.db import Queries
from dianmai.wire.files import FileKind, FileRef


class StoredFile(msgspec.Struct, frozen=True):
    """What is known of a file."""

    id: str
    uploader: int
    name: str
    kind: FileKind
    media_type: str
    size: int
    width: int | None
    height: int | None
    sha256: bytes
    duration_ms: int | None = None
    wave: str | None = None
    poster: str | None = None
    original: str | None = None

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
            duration_ms=self.duration_ms,
            wave=self.wave,
            poster=self.poster,
            original=self.original,
        )


class Held(NamedTuple):
    """A file in its place: which entry holds it, whose that is, when it came."""

    seq: int
    author: int
    at: datetime
    file: StoredFile


async def add(db: Queries, file: StoredFile) -> None:
    await db.execute(_ADD, *msgspec.structs.astuple(file))


async def remove_unheld(db: Queries, file: str) -> None:
    """Forgets a file, unless something holds it."""
    await db.execute("DELETE FROM file WHERE id = $1 AND NOT held", file)


async def unheld_bytes(db: Queries, uploader: int) -> int:
    """What a person has uploaded that nothing holds, and what they have announced and not finished."""
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


class Holding(NamedTuple):
    """That the entry `seq` of a stream holds a file."""

    file: str
    stream: str
    seq: int


async def holders(db: Queries, file: str) -> list[str]:
    """Streams that hold the file, at most 50."""
    return [r[0] for r in await db.fetch(_HOLDERS, file)]


async def hold(db: Queries, holdings: Sequence[Holding]) -> None:
    """Lets entries hold files. Held again by a later entry, they are for whoever sees that one as well."""
    await db.execute(_HOLD, *(list(column) for column in zip(*holdings, strict=True)))


async def hold_unlisted(db: Queries, ids: Sequence[str], stream: str, seq: int) -> None:
    """The same, of pictures that belong to something and are listed nowhere."""
    await db.execute(_HOLD_UNLISTED, list(ids), stream, seq)


async def let_go(db: Queries, stream: str, seq: int) -> None:
    """The entry no longer holds its files; others of the stream that hold them go on doing so."""
    await db.execute(_LET_GO_OF_ONE, stream, seq)
    await db.execute(_LET_GO, stream, seq)


async def held_by(db: Queries, stream: str, actor: int, kinds: Sequence[str], before: int, limit: int) -> list[Held]:
    """Files that the stream holds and the actor may read, the newest first, below the seq `before`."""
    rows = await db.fetch(_HELD_BY, stream, actor, list(kinds), before, limit)
    return [Held(row[0], row[1], row[2], StoredFile(*row[3:])) for row in rows]


async def take_unheld(db: Queries, limit: int) -> list[str]:
    """Forgets files that nothing has held for a day, and says which."""
    return [r[0] for r in await db.fetch(_TAKE_UNHELD, limit)]


_ADD = """
INSERT INTO file (
  id, uploader, name, kind, media_type, size, width, height, sha256, duration_ms, wave, poster, original)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (id) DO NOTHING"""
_RECENT = "SELECT count(*) FROM file WHERE uploader = $1 AND uploaded_at > now() - interval '1 hour'"
_UNHELD_BYTES = """
SELECT (SELECT coalesce(sum(size), 0) FROM file WHERE uploader = $1 AND NOT held)::bigint
  + (SELECT coalesce(sum(size), 0) FROM upload WHERE uploader = $1 AND file IS NULL)::bigint"""
_FILE = """
SELECT f.id, f.uploader, f.name, f.kind, f.media_type, f.size, f.width, f.height, f.sha256,
  f.duration_ms, f.wave, f.poster, f.original FROM file f"""
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
# With a file go the pictures that belong to it: they are read with it, and listed nowhere.
_HOLD = """
WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS a(file, stream, seq)),
wanted AS (
  SELECT id, stream, (array_agg(kind ORDER BY rank))[1] AS kind, array_agg(DISTINCT seq ORDER BY seq DESC) AS seqs
  FROM (
    SELECT f.id, a.stream, a.seq, f.kind, 0 AS rank FROM asked a JOIN file f ON f.id = a.file
    UNION ALL SELECT p.id, a.stream, a.seq, 'part', 1
      FROM asked a JOIN file f ON f.id = a.file JOIN file p ON p.id IN (f.poster, f.original)) AS either
  GROUP BY id, stream),
held AS (UPDATE file SET held = true WHERE id IN (SELECT id FROM wanted) AND NOT held)
INSERT INTO file_holding AS h (file, stream, seq, kind, also)
SELECT id, stream, seqs[1], kind, seqs[2:] FROM wanted ORDER BY stream, id
ON CONFLICT (file, stream) DO UPDATE SET seq = greatest(h.seq, excluded.seq),
  also = ARRAY(SELECT DISTINCT one FROM unnest(h.also || h.seq || excluded.also || excluded.seq) AS one
    WHERE one <> greatest(h.seq, excluded.seq) ORDER BY one)"""
_HOLD_UNLISTED = """
WITH held AS (UPDATE file SET held = true WHERE id = ANY($1::text[]) AND NOT held)
INSERT INTO file_holding AS h (file, stream, seq, kind) SELECT id, $2, $3::bigint, 'part' FROM file
  WHERE id = ANY($1::text[])
ON CONFLICT (file, stream) DO UPDATE SET seq = greatest(h.seq, excluded.seq),
  also = CASE WHEN h.seq = excluded.seq THEN h.also ELSE array_append(h.also, least(h.seq, excluded.seq)) END"""
_LET_GO_OF_ONE = """
UPDATE file_holding SET
  also = array_remove(also, CASE WHEN seq = $2 THEN (SELECT max(a) FROM unnest(also) a) ELSE $2 END),
  seq = CASE WHEN seq = $2 THEN (SELECT max(a) FROM unnest(also) a) ELSE seq END
WHERE stream = $1 AND also <> '{}' AND (seq = $2 OR $2 = ANY(also))"""
_LET_GO = "DELETE FROM file_holding WHERE stream = $1 AND seq = $2"
_HELD_BY = """
SELECT h.seq, e.actor, e.at, f.id, f.uploader, f.name, f.kind, f.media_type, f.size, f.width, f.height, f.sha256,
  f.duration_ms, f.wave, f.poster, f.original
FROM file_holding h
JOIN member m ON m.stream = h.stream AND m.actor = $2 AND m.left_at IS NULL AND m.first_seq <= h.seq
JOIN entry e ON e.stream = h.stream AND e.seq = h.seq
JOIN file f ON f.id = h.file
WHERE h.stream = $1 AND h.kind = ANY($3::text[]) AND h.seq < $4
ORDER BY h.seq DESC, h.file LIMIT $5"""
_TAKE_UNHELD = """
DELETE FROM file WHERE id IN (
  SELECT id FROM file WHERE NOT held AND uploaded_at < now() - interval '24 hours'
  ORDER BY uploaded_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id"""
