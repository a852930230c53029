"""Identifiers: random ones for requests and files, names of streams."""

import secrets
import zlib
from functools import lru_cache

LANES = 16


def random_id(size: int = 16) -> str:
    """A url-safe random identifier of `size` bytes of randomness."""
    return secrets.token_urlsafe(size)


@lru_cache(maxsize=50_000)
def lane_of(stream: str) -> int:
    """The lane a stream's entries travel in. Stored with the stream; must never change for an existing one."""
    return zlib.crc32(stream.encode()) % LANES


def person_stream(actor: int) -> str:
    """The stream of what concerns one actor alone."""
    return f"person:{actor}"


def person_of(stream: str) -> int:
    """Whose own stream this is; 0 when it is nobody's."""
    return int(stream[7:]) if stream.startswith("person:") else 0
