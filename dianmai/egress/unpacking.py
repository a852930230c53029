"""Bodies as they come, unpacked no further than was asked for: a few bytes may stand for any number of them."""

import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

STEP: Final = 64 * 1024
_WITH_HEAD: Final = 47  # gzip or zlib, whichever it says it is


class CannotUnpack(ValueError):
    """It is packed in a way nobody asked for, or broken."""


async def unpacked(chunks: AsyncIterator[bytes], encoding: str) -> AsyncGenerator[bytes]:
    """The body's bytes in pieces of at most 64 KiB. Raises `CannotUnpack`."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        async for chunk in chunks:
            yield chunk
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise CannotUnpack(encoding)
    unpacker = zlib.decompressobj(_WITH_HEAD)
    try:
        async for chunk in chunks:
            rest = chunk
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, STEP)
                rest = unpacker.unconsumed_tail
    except zlib.error as error:
        raise CannotUnpack(str(error)) from None
