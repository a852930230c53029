"""Where the bytes lie: an object store below the data directory, under random ids that say nothing."""

import asyncio
import errno
import time
from collections import Counter
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from dianmai.core.errors import Unavailable
from dianmai.core.ids import random_id
from dianmai.core.operations import Act
from dianmai.files import holding, parts
from dianmai.files.store import StoredFile

CHUNK = 256 * 1024
LEFT_BEHIND_S = 3600
FORGOTTEN_S = 7 * 24 * 3600
"""Parts that so long nothing was added to: what knows of them is gone since days."""


class Storage:
    """The object store of one installation."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._objects = LocalStore(directory / "stored", automatic_cleanup=False, mkdir=True)
        self.looking = asyncio.Semaphore(2)
        self._expected: Counter[int] = Counter()
        self._arriving = directory / "arriving"
        self._arriving.mkdir(exist_ok=True)
        self._gathering = directory / "gathering"
        self._gathering.mkdir(exist_ok=True)
        # Another process of this installation may be receiving at this moment.
        _sweep(self._arriving, LEFT_BEHIND_S)
        _sweep(self._gathering, FORGOTTEN_S)

    @staticmethod
    def new_id() -> str:
        return random_id(18)

    @contextmanager
    def expecting(self, uploader: int, size: int) -> Generator[int]:
        """Counts an upload while it arrives; yields how much this person is sending now, this one included."""
        self._expected[uploader] += size
        try:
            yield self._expected[uploader]
        finally:
            self._expected[uploader] -= size
            if not self._expected[uploader]:
                del self._expected[uploader]

    @contextmanager
    def incoming(self, file: str) -> Generator[tuple[Path, Path]]:
        """Two places on the disk for a file that is being looked at: as it came, and as it will be shown."""
        raw, shown = self._arriving / f"{file}.raw", self._arriving / f"{file}.shown"
        try:
            yield raw, shown
        finally:
            raw.unlink(missing_ok=True)
            shown.unlink(missing_ok=True)

    def gathered(self, upload: str) -> Path:
        """Where the parts of an upload come together."""
        return self._gathering / upload

    async def take_over(self, file: str, content: Path) -> None:
        """Makes a synced file the file's bytes without copying them; it is there, or still where it was."""
        await asyncio.to_thread(_rename, content, self.directory / "stored" / _place(file))

    async def put(self, file: str, content: Path) -> None:
        """Stores the bytes; they become visible whole or not at all."""
        await obstore.put_async(self._objects, _place(file), content)

    async def whole(self, file: str) -> bytes:
        return bytes(await (await obstore.get_async(self._objects, _place(file))).bytes_async())

    async def part(self, file: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end`, in chunks."""
        while start < end:
            until = min(end, start + CHUNK)
            yield bytes(await obstore.get_range_async(self._objects, _place(file), start=start, end=until))
            start = until

    async def remove(self, file: str) -> None:
        """Removes the bytes, if they are there."""
        with suppress(FileNotFoundError):
            await obstore.delete_async(self._objects, _place(file))


@contextmanager
def while_there_is_room() -> Generator[None]:
    """Says in words that the disk has filled up. That there was room at the beginning proves nothing: others write."""
    try:
        yield
    except (OSError, BaseError) as error:
        if getattr(error, "errno", None) in _FULL or "No space left on device" in str(error):
            raise Unavailable("storage_full", status=507) from error
        raise


async def read_bytes(storage: Storage, act: Act, file: str) -> tuple[StoredFile, bytes]:
    """A file that the actor may read, with its bytes. Refuses `not_found`."""
    stored = await holding.may_read(act.db, act.actor, file)
    return stored, await storage.whole(file)


def _sweep(directory: Path, seconds: float) -> None:
    for left_behind in directory.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - left_behind.stat().st_mtime > seconds:
                left_behind.unlink()


def _rename(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)
    parts.sync_directory(target.parent)


_FULL = (errno.ENOSPC, errno.EDQUOT)


def _place(file: str) -> str:
    return f"{file[:2]}/{file}"
