"""Taking in a file: to the disk as it comes, looked at, then stored under a random id."""

import shutil

import msgspec

from dianmai.core.doors import Knock, Reply
from dianmai.core.errors import Invalid, TooMany, Unavailable
from dianmai.core.limits import Limit, declare
from dianmai.core.operations import Act
from dianmai.files import judging, naming, store
from dianmai.files.receiving import received
from dianmai.files.storage import Storage, while_there_is_room
from dianmai.files.store import StoredFile
from dianmai.wire.files import Uploaded

LARGEST = 20 * 1024 * 1024
AN_HOUR = 200
QUOTA = 4 * 1024 * 1024 * 1024
LEAST_FREE = 64 * 1024 * 1024
declare(
    Limit("bytes of a file sent whole (`POST /files`)", LARGEST, "file", "body_too_large"),
    Limit("uploads", AN_HOUR, "person in an hour", "too_many_uploads"),
    Limit("bytes uploaded that no message or notice holds", QUOTA, "person", "quota_exceeded"),
)


async def upload(storage: Storage, act: Act, knock: Knock) -> Reply:
    """Stores the body of POST /files?name=… and answers `Uploaded`.

    Only its uploader may read it until a message or notice holds it. `X-Dianmai-Sha256` (hex) is compared when given.
    Refuses `empty_file`, `invalid_file_name`, `type_mismatch`, `image_too_large`, `corrupt_image`,
    `checksum_mismatch`, `body_too_large` (20 MiB), `too_many_uploads` (200 an hour), `quota_exceeded` (4 GiB that no
    message or notice holds; what is not held is removed after a day), `storage_full`.
    """
    if shutil.disk_usage(storage.directory).free < LEAST_FREE:
        raise Unavailable("storage_full", status=507)
    name = naming.cleaned(knock.query.get("name", ""))
    if await store.uploads_last_hour(act.db, act.actor.id) >= AN_HOUR:
        raise TooMany("too_many_uploads", limit=AN_HOUR, retry_after_ms=600_000)
    with storage.expecting(act.actor.id, _announced(knock)) as arriving:
        if await store.unheld_bytes(act.db, act.actor.id) + arriving > QUOTA:
            raise Invalid("quota_exceeded", status=413, limit=QUOTA)
        with while_there_is_room():
            stored = await _taken_in(storage, act, name, knock)
    return Reply(msgspec.json.encode(Uploaded(file=stored.ref)))


def _announced(knock: Knock) -> int:
    """How much is to come: refused before it is read, when there is no room for it."""
    return int(knock.headers.get("content-length") or LARGEST)


async def _taken_in(storage: Storage, act: Act, name: str, knock: Knock) -> StoredFile:
    file = storage.new_id()
    with storage.incoming(file) as (raw, shown):
        digest = await received(raw, knock.body)
        if knock.headers.get("x-dianmai-sha256", digest.hex()).lower() != digest.hex():
            raise Invalid("checksum_mismatch")
        incoming = StoredFile(file, act.actor.id, name, "file", "", raw.stat().st_size, None, None, digest)
        stored = await judging.judge(storage, incoming, knock.headers.get("content-type", ""), raw, shown)
        # Known before its bytes are there: what is cut off here is removed with everything that nothing holds.
        await store.add(act.db, stored)
        await storage.put(file, shown if stored.kind == "picture" else raw)
    return stored
