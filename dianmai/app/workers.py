"""Several serving processes behind one port.

The parent takes the port, which the workers inherit, and runs the database and the bus; it answers nobody. A worker
that ends is started again while the others go on.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from dianmai.app.serving import Progress, listening, url_of
from dianmai.core import migrating
from dianmai.engines import Child, EngineError, Kept
from dianmai.settings import Settings

PATIENCE_S = 30.0


class Assignment(msgspec.Struct, frozen=True):
    """What a worker is told, on its standard input: on a command line anybody could read the addresses' passwords.

    `port` and `ready` are file descriptors; the worker writes a byte to `ready` once it answers. The end of its input
    is the end of its parent.
    """

    number: int
    settings: Settings
    dsn: str
    nats_url: str | None
    port: int
    ready: int

    def encoded(self) -> bytes:
        return msgspec.json.encode(self, enc_hook=str) + b"\n"

    @staticmethod
    def decoded(line: bytes) -> "Assignment":
        return msgspec.json.decode(line, type=Assignment, dec_hook=lambda _, value: Path(value))


@asynccontextmanager
async def workers(settings: Settings, dsn: str, nats_url: str, progress: Progress) -> AsyncGenerator[str]:
    """The address of `settings.workers` processes that answer, kept running until the end."""
    with listening(settings) as port:
        await migrating.migrate(dsn, progress)
        kept = [_kept(Assignment(n, settings, dsn, nats_url, port.fileno(), -1), progress) for n in _numbers(settings)]
        async with AsyncExitStack() as stack:
            stack.push_async_callback(_stop, kept)
            await asyncio.gather(*(worker.start() for worker in kept))
            yield url_of(settings, port)


def _numbers(settings: Settings) -> range:
    return range(1, settings.workers + 1)


async def _stop(kept: list[Kept]) -> None:
    await asyncio.gather(*(worker.stop() for worker in kept))


def _kept(assignment: Assignment, progress: Progress) -> Kept:
    lifeline: list[int] = []

    async def start() -> Child:
        while lifeline:
            os.close(lifeline.pop())
        told, tell = os.pipe()
        heard, ready = os.pipe()
        try:
            child = Child(
                [sys.executable, "-m", "dianmai.app.working"],
                input=told,
                inherited=[assignment.port, ready],
                environment=os.environ,
                directory=str(Path.cwd()),
            )
        finally:
            os.close(told)
            os.close(ready)
        os.write(tell, msgspec.structs.replace(assignment, ready=ready).encoded())
        lifeline.append(tell)
        # Without a byte the other end was closed by the worker's end.
        works = await asyncio.to_thread(os.read, heard, 1)
        os.close(heard)
        if not works:
            raise EngineError("start_failed", f"Worker {assignment.number} did not start; its log above says why.")
        return child

    return Kept(f"Worker {assignment.number}", start, progress, patience_s=PATIENCE_S)
