"""Taking in a file: to the disk as it comes, looked at, then stored under a random id."""

import hashlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from dianmai.core.doors import Knock, Reply
from dianmai.core.errors import Invalid, TooMany, Unavailable
from dianmai.core.operations import Act
from dianmai.files import naming, pictures, sniffing, store
from dianmai.files.storage import Storage
from dianmai.files.store import StoredFile
from dianmai.wire.files import Uploaded

LARGEST = 20 * 1024 * 1024
AN_HOUR = 200
LEAST_FREE = 64 * 1024 * 1024


async def upload(storage: Storage, act: Act, knock: Knock) -> Reply:
    """Stores the body of POST /files?name=… and answers `Uploaded`.

    Only its uploader may read it until a message or notice holds it. `X-Dianmai-Sha256` (hex) is compared when given.
    Refuses `empty_file`, `invalid_file_name`, `type_mismatch`, `image_too_large`, `corrupt_image`,
    `checksum_mismatch`, `body_too_large` (20 MiB), `too_many_uploads` (200 an hour), `storage_full`.
    """
    if shutil.disk_usage(storage.directory).free < LEAST_FREE:
        raise Unavailable("storage_full", status=507)
    name = naming.cleaned(knock.query.get("name", ""))
    if await store.uploads_last_hour(act.db, act.actor.id) >= AN_HOUR:
        raise TooMany("too_many_uploads", limit=AN_HOUR, retry_after_ms=600_000)
    file = storage.new_id()
    with storage.incoming(file) as (raw, shown):
        digest = await _received(raw, knock.body)
        if knock.headers.get("x-dianmai-sha256", digest.hex()).lower() != digest.hex():
            raise Invalid("checksum_mismatch")
        stored = await _judged(storage, file, act.actor.id, name, knock.headers.get("content-type", ""), raw, shown)
        await storage.put(file, shown if stored.kind == "picture" else raw)
    await store.add(act.db, stored)
    return Reply(msgspec.json.encode(Uploaded(file=stored.ref)))


async def _received(raw: Path, body: AsyncIterator[bytes]) -> bytes:
    digest = hashlib.sha256()
    size = 0
    with raw.open("wb") as out:
        async for chunk in body:
            out.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    if not size:
        raise Invalid("empty_file", field="file")
    return digest.digest()


async def _judged(
    storage: Storage, file: str, uploader: int, name: str, declared: str, raw: Path, shown: Path
) -> StoredFile:
    with raw.open("rb") as source:
        head = source.read(sniffing.HEAD_BYTES)
    media_type, is_picture = sniffing.media_type(head, name, declared)
    if not is_picture:
        digest = _digest(raw)
        return StoredFile(file, uploader, name, "file", media_type, raw.stat().st_size, None, None, digest)
    seen = await pictures.look(storage.looking, raw, shown)
    size = shown.stat().st_size
    return StoredFile(file, uploader, name, "picture", media_type, size, seen.width, seen.height, _digest(shown))


def _digest(path: Path) -> bytes:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").digest()
