"""The hash chain of a stream: changing, inserting, deleting or swapping an entry breaks it.

`body_hash = H(salt ‖ body)` and `hash = H(previous ‖ installation ‖ facts ‖ body_hash)`. The salt keeps a withdrawn
body from being guessed from its hash; dropping salt and body leaves the chain whole.
"""

import hashlib
import os
from datetime import datetime
from functools import lru_cache

SALT_BYTES = 16


def salts(count: int) -> list[bytes]:
    """`count` fresh salts with one call to the system."""
    pool = os.urandom(SALT_BYTES * count)
    return [pool[i : i + SALT_BYTES] for i in range(0, len(pool), SALT_BYTES)]


def body_hash(salt: bytes, body: bytes) -> bytes:
    return hashlib.sha256(salt + body).digest()


def chain(
    previous: bytes,
    installation: bytes,
    *,
    stream: str,
    seq: int,
    at: datetime,
    actor: int,
    nonce: str,
    part: int,
    kind: str,
    target: int | None,
    body_hash: bytes,
) -> bytes:
    """The entry's hash. No text field can hold a line break, so the joined facts read only one way."""
    facts = f"\n{stream}\n{seq}\n{_micros(at)}\n{actor}\n{nonce}\n{part}\n{kind}\n{target or ''}\n"
    return hashlib.sha256(previous + installation + facts.encode() + body_hash).digest()


@lru_cache(maxsize=256)  # all entries of a commit share one moment
def _micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond
