"""Taking in a large file in parts, so that a broken line, a reload or a restart costs one part and not the whole.

A part is on the disk before it is acknowledged, and `got` in the database says how far that goes: after any end of any
process the next part begins there. Nothing is ever held in memory but the piece on its way to the disk.
"""

import shutil
from pathlib import Path

import msgspec

from dianmai.core import decoding
from dianmai.core.doors import Knock, Reply
from dianmai.core.errors import Conflict, Invalid, NotFound, TooMany, Unavailable
from dianmai.core.limits import Limit, declare
from dianmai.core.operations import Act
from dianmai.files import holding, judging, naming, parts, store, store_uploads
from dianmai.files.receiving import received
from dianmai.files.storage import Storage, while_there_is_room
from dianmai.files.store import StoredFile
from dianmai.files.store_uploads import UploadRow
from dianmai.files.uploading import AN_HOUR, LEAST_FREE, QUOTA
from dianmai.wire.files import BeginUpload, Upload, Uploaded

LARGEST_FILE = 2 * 1024**3
LARGEST_ASK = 16 * 1024
PART = 1024 * 1024
LARGEST_PART = 8 * 1024 * 1024
UNFINISHED = 20
PATIENCE_S = 2.0
"""Who gives up has often just cut a part off, which is still on its way to the disk."""
declare(
    Limit("bytes of a file sent in parts (`POST /uploads`)", LARGEST_FILE, "file", "body_too_large"),
    Limit("bytes of one part (`PUT /uploads/…`)", LARGEST_PART, "part", "body_too_large"),
    Limit("uploads begun and not finished", UNFINISHED, "person", "too_many_unfinished"),
)


async def begin(storage: Storage, act: Act, knock: Knock) -> Reply:
    """POST /uploads: announces a file (`BeginUpload`) and answers `Upload`; with the same nonce, the same upload.

    Refuses `empty_file`, `invalid_file_name`, `body_too_large` (2 GiB), `file_gone` (a picture that belongs to it),
    `too_many_unfinished` (20), `too_many_uploads` (200 an hour), `quota_exceeded` (4 GiB that no message or notice
    holds, finished or not), `storage_full`, `idempotency_conflict`.
    """
    body = b"".join([chunk async for chunk in knock.body])
    ask = decoding.decode(_ASK, body)
    await store_uploads.take_turn(act.db, act.actor.id)
    known = await store_uploads.begun(act.db, act.actor.id, ask.nonce)
    if known is not None:
        if msgspec.json.encode(ask) != known.ask:
            raise Conflict("idempotency_conflict")
        return _how_far(known)
    await _require_room(storage, act, ask)
    upload = UploadRow(storage.new_id(), act.actor.id, msgspec.json.encode(ask), ask.size, 0, None)
    with while_there_is_room():
        parts.begin(storage.gathered(upload.id))
    await store_uploads.begin(act.db, upload, ask.nonce)
    return _how_far(upload)


async def ask_how_far(act: Act, knock: Knock) -> Reply:
    """GET /uploads/{upload}: how much of it is safe (`Upload`). Refuses `not_found`, also for others' uploads."""
    return _how_far(await _own(act, knock))


async def take_part(storage: Storage, act: Act, knock: Knock) -> Reply:
    """PUT /uploads/{upload}?at=…: the bytes that begin there, at most 8 MiB; answers `Upload`.

    `X-Dianmai-Sha256` (hex, of this part) is compared when given. A part that is here already is answered as if it had
    just come. Refuses `not_found`, `checksum_mismatch`, `wrong_offset` (`limit` says where to go on), `size_mismatch`,
    `upload_busy`, `storage_full`.
    """
    upload = await _own(act, knock)
    at = _number(knock.query.get("at", ""))
    with storage.incoming(storage.new_id()) as (part, _), while_there_is_room():
        digest = await received(part, knock.body)
        if knock.headers.get("x-dianmai-sha256", digest.hex()).lower() != digest.hex():
            raise Invalid("checksum_mismatch")
        return _how_far(await _added(storage, act, upload, at, part))


async def finish(storage: Storage, act: Act, knock: Knock) -> Reply:
    """POST /uploads/{upload}/file: makes it a file (`Uploaded`) once all of it is here; asked again, the same file.

    Refuses `not_found`, `upload_busy`, `size_mismatch` (parts are missing); and, with which the upload is over,
    `checksum_mismatch`, `type_mismatch`, `image_too_large`, `corrupt_image`.
    """
    upload = await _own(act, knock)
    place = storage.gathered(upload.id)
    try:
        async with parts.alone(place) as gathered:
            upload = await _own(act, knock)
            if upload.got < upload.size:
                raise Invalid("size_mismatch", limit=upload.got)
            await _require_there(act, upload, gathered)
            try:
                stored = await _made(storage, act, upload, place, await gathered.digest())
            except Invalid:
                await _forget(storage, act, upload)
                raise
    except FileNotFoundError:
        # Finished before: its parts have become the file.
        stored = await store.one(act.db, upload.id) if upload.file else None
        if stored is None:
            await store_uploads.forget(act.db, upload.id)
            raise NotFound("not_found", field="upload") from None
    return Reply(msgspec.json.encode(Uploaded(file=stored.ref)))


async def give_up(storage: Storage, act: Act, knock: Knock) -> Reply:
    """DELETE /uploads/{upload}: it will not go on. Answers `Upload`. What is finished stays a file.

    Refuses `not_found`, `upload_busy` (it is just being made a file, or a part is just coming).
    """
    upload = await _own(act, knock)
    try:
        async with parts.alone(storage.gathered(upload.id), patience_s=PATIENCE_S):
            upload = await _own(act, knock)
            await _forget(storage, act, upload)
    except FileNotFoundError:
        await store_uploads.forget(act.db, upload.id)
    return _how_far(upload)


async def _require_room(storage: Storage, act: Act, ask: BeginUpload) -> None:
    naming.cleaned(ask.name)
    if not ask.size:
        raise Invalid("empty_file", field="size")
    if ask.size > LARGEST_FILE:
        raise Invalid("body_too_large", status=413, field="size", limit=LARGEST_FILE)
    companions = [file for file in (ask.poster, ask.original) if file is not None]
    if companions:
        await holding.refs(act.db, act.actor, companions, field="poster")
    if await store_uploads.unfinished(act.db, act.actor.id) >= UNFINISHED:
        raise TooMany("too_many_unfinished", limit=UNFINISHED, retry_after_ms=60_000)
    if await store.uploads_last_hour(act.db, act.actor.id) >= AN_HOUR:
        raise TooMany("too_many_uploads", limit=AN_HOUR, retry_after_ms=600_000)
    if await store.unheld_bytes(act.db, act.actor.id) + ask.size > QUOTA:
        raise Invalid("quota_exceeded", status=413, limit=QUOTA)
    promised = await store_uploads.still_to_come(act.db)
    if shutil.disk_usage(storage.directory).free - promised - ask.size < LEAST_FREE:
        raise Unavailable("storage_full", status=507)


async def _own(act: Act, knock: Knock) -> UploadRow:
    upload = await store_uploads.one(act.db, act.actor.id, knock.path["upload"])
    if upload is None:
        raise NotFound("not_found", field="upload")
    return upload


async def _added(storage: Storage, act: Act, upload: UploadRow, at: int, part: Path) -> UploadRow:
    try:
        async with parts.alone(storage.gathered(upload.id)) as gathered:
            # Only now nobody else adds to it.
            now = await store_uploads.one(act.db, upload.uploader, upload.id)
            if now is None:
                raise NotFound("not_found", field="upload")
            until = at + part.stat().st_size
            if until > now.size:
                raise Invalid("size_mismatch", field="at", limit=now.got)
            if until <= now.got:
                return now
            if at != now.got:
                raise Conflict("wrong_offset", field="at", limit=now.got)
            await _require_there(act, now, gathered)
            await gathered.append(at, part)
            if await store_uploads.move(act.db, now.id, until) is None:
                raise NotFound("not_found", field="upload")
            return now._replace(got=until)
    except FileNotFoundError:
        return await _gone(act, upload)


async def _gone(act: Act, upload: UploadRow) -> UploadRow:
    """What is said of parts that are not where they come together: finished meanwhile, or lost with their disk."""
    now = await store_uploads.one(act.db, upload.uploader, upload.id)
    if now is not None and now.file is not None:
        return now
    await store_uploads.forget(act.db, upload.id)
    raise NotFound("not_found", field="upload")


async def _require_there(act: Act, upload: UploadRow, gathered: parts.Gathered) -> None:
    """A disk that came back from a backup has less than was acknowledged: then it begins anew, never with a hole."""
    if gathered.size < upload.got:
        await store_uploads.forget(act.db, upload.id)
        raise NotFound("not_found", field="upload")


async def _made(storage: Storage, act: Act, upload: UploadRow, place: Path, digest: bytes) -> StoredFile:
    ask = _ASK.decode(upload.ask)
    if ask.sha256 is not None and ask.sha256.lower() != digest.hex():
        raise Invalid("checksum_mismatch")
    incoming = StoredFile(
        id=upload.id,
        uploader=upload.uploader,
        name=naming.cleaned(ask.name),
        kind="file",
        media_type="",
        size=upload.size,
        width=ask.width if ask.kind == "video" else None,
        height=ask.height if ask.kind == "video" else None,
        sha256=digest,
        duration_ms=ask.duration_ms,
        wave=ask.wave,
        poster=ask.poster,
        original=ask.original,
    )
    with storage.incoming(upload.id) as (_, shown), while_there_is_room():
        stored = await judging.judge(storage, incoming, ask.media_type, place, shown, ask.kind)
        # Known before its bytes are in their place: cut off here, asking again completes it.
        await store.add(act.db, stored)
        await store_uploads.finish(act.db, upload.id)
        try:
            if stored.kind == "picture":
                await storage.put(stored.id, shown)
                place.unlink()
            else:
                await storage.take_over(stored.id, place)
        except Exception:
            # Nobody may send what has no bytes.
            await store_uploads.unfinish(act.db, upload.id)
            await store.remove_unheld(act.db, stored.id)
            raise
    return stored


async def _forget(storage: Storage, act: Act, upload: UploadRow) -> None:
    await store_uploads.forget(act.db, upload.id)
    if upload.file is None:
        storage.gathered(upload.id).unlink(missing_ok=True)


def _how_far(upload: UploadRow) -> Reply:
    said = Upload(id=upload.id, size=upload.size, got=upload.got, part=PART, largest_part=LARGEST_PART)
    return Reply(msgspec.json.encode(said))


def _number(given: str) -> int:
    if not given.isascii() or not given.isdigit() or len(given) > 15:
        raise Invalid("invalid_value", field="at")
    return int(given)


_ASK = msgspec.json.Decoder(BeginUpload)
