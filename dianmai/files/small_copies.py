"""Keeping a small copy of a picture that nobody has uploaded, such as one the server has fetched itself."""

import hashlib

from dianmai.core.access import SYSTEM_ID
from dianmai.core.db import Database
from dianmai.files import pictures, store
from dianmai.files.storage import Storage, while_there_is_room
from dianmai.files.store import StoredFile
from dianmai.wire.files import FileRef

NAME = "preview.webp"


async def keep_small(storage: Storage, database: Database, content: bytes, side: int) -> FileRef:
    """Keeps a copy at most `side` pixels wide and high. It is the system's until an entry holds it.

    Refuses `image_too_large`, `corrupt_image`, `storage_full`.
    """
    file = storage.new_id()
    with storage.incoming(file) as (raw, shown), while_there_is_room():
        raw.write_bytes(content)
        seen = await pictures.look(storage.looking, raw, shown, side)
        size, digest = shown.stat().st_size, hashlib.sha256(shown.read_bytes()).digest()
        stored = StoredFile(file, SYSTEM_ID, NAME, "picture", "image/webp", size, seen.width, seen.height, digest)
        # Known before its bytes are there: what is cut off here is removed with everything that nothing holds.
        await database.transaction(lambda connection: store.add(connection, stored))
        await storage.put(file, shown)
    return stored.ref
