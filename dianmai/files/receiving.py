"""Bytes from a request to the disk, as they come."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from dianmai.core.errors import Invalid
from dianmai.files import words as words


async def received(place: Path, body: AsyncIterator[bytes]) -> bytes:
    """Writes the body there and answers its SHA-256. Refuses `empty_file`."""
    digest = hashlib.sha256()
    size = 0
    with place.open("wb") as out:
        async for chunk in body:
            out.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    if not size:
        raise Invalid("empty_file", field="file")
    return digest.digest()
