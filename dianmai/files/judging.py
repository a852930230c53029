"""What an uploaded file is, found out before anybody else gets it; pictures also lose what is hidden in them."""

import asyncio
import hashlib
from pathlib import Path

from msgspec.structs import replace

from dianmai.core.errors import Invalid
from dianmai.files import pictures, sniffing
from dianmai.files import words as words
from dianmai.files.storage import Storage
from dianmai.files.store import StoredFile
from dianmai.wire.files import FileKind


async def judge(
    storage: Storage, incoming: StoredFile, declared: str, raw: Path, shown: Path, kind: FileKind | None = None
) -> StoredFile:
    """The file as it will be known. Of a picture `shown` has the bytes to keep, else `raw`.

    `kind` is what its sender calls it. Refuses `type_mismatch`, `image_too_large`, `corrupt_image`.
    """
    with raw.open("rb") as source:
        head = source.read(sniffing.HEAD_BYTES)
    if kind in ("video", "voice"):
        return _film(incoming, head, kind)
    media_type, is_picture = sniffing.media_type(head, incoming.name, "" if kind == "file" else declared)
    if kind == "picture" and not is_picture:
        raise Invalid("type_mismatch", field="name")
    if not is_picture or kind == "file":
        return replace(incoming, media_type=media_type)
    seen = await pictures.look(storage.looking, raw, shown)
    return replace(
        incoming,
        kind="picture",
        media_type=media_type,
        size=shown.stat().st_size,
        width=seen.width,
        height=seen.height,
        sha256=await asyncio.to_thread(_digest, shown),
    )


def _film(incoming: StoredFile, head: bytes, kind: FileKind) -> StoredFile:
    media_type = sniffing.film_type(head, voice=kind == "voice")
    if media_type is None:
        raise Invalid("type_mismatch", field="kind")
    return replace(incoming, kind=kind, media_type=media_type)


def _digest(path: Path) -> bytes:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").digest()
