"""A file that comes in parts, on the disk: one writer at a time, over all processes, and synced before it is safe."""

import asyncio
import fcntl
import hashlib
import os
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from dianmai.core.errors import Unavailable
from dianmai.files import words as words

T = TypeVar("T")
PIECE = 256 * 1024
AGAIN_S = 0.05


class Gathered:
    """The parts that have come, while nobody else writes."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    async def append(self, at: int, part: Path) -> None:
        """Puts a part into its place; it is on the disk when this returns."""
        await self._apart(lambda own: _append(own, at, part))

    async def digest(self) -> bytes:
        """The SHA-256 of all."""
        return await self._apart(_digest)

    async def _apart(self, work: Callable[[int], T]) -> T:
        # The thread has the file open for itself: the caller may be gone before it is done, and the lock stays with it.
        own = os.dup(self._descriptor)
        return await asyncio.to_thread(_closing, work, own)


@asynccontextmanager
async def alone(path: Path, *, patience_s: float = 0.0) -> AsyncGenerator[Gathered]:
    """The parts at this place, for this caller only. Refuses `upload_busy`; raises FileNotFoundError."""
    descriptor = os.open(path, os.O_RDWR)
    until = time.monotonic() + patience_s
    try:
        while not _locked(descriptor):
            if time.monotonic() >= until:
                raise Unavailable("upload_busy", retry_after_ms=500)
            await asyncio.sleep(AGAIN_S)
        yield Gathered(descriptor)
    finally:
        os.close(descriptor)


def begin(path: Path) -> None:
    """An empty place for the parts, that is still there after the power was cut."""
    path.touch(mode=0o600)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _closing(work: Callable[[int], T], descriptor: int) -> T:
    try:
        return work(descriptor)
    finally:
        os.close(descriptor)


def _append(descriptor: int, at: int, part: Path) -> None:
    with part.open("rb", buffering=0) as source:
        while piece := source.read(PIECE):
            while piece:
                written = os.pwrite(descriptor, piece, at)
                at += written
                piece = piece[written:]
    os.fsync(descriptor)


def _digest(descriptor: int) -> bytes:
    digest = hashlib.sha256()
    at = 0
    while piece := os.pread(descriptor, PIECE * 4, at):
        digest.update(piece)
        at += len(piece)
    return digest.digest()
