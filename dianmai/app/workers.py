"""Several serving processes behind one port.

The parent takes the port, which the workers inherit, and runs the database and the bus; it answers nobody. A worker
that ends is started again while the others go on.
"""

import asyncio
import os
import signal
import site
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

import dianmai
from dianmai.app.serving import Progress, listening, url_of
from dianmai.core import migrating
from dianmai.engines import Child, EngineError, Kept, Ways
from dianmai.settings import Settings

PATIENCE_S = 30.0
STARTED_S = 60.0
_WAYS: Ways = ((signal.SIGTERM, PATIENCE_S), (signal.SIGKILL, 10.0))


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
            for started in await asyncio.gather(*(worker.start() for worker in kept), return_exceptions=True):
                if isinstance(started, BaseException):
                    raise started
            yield url_of(settings, port)


def _numbers(settings: Settings) -> range:
    return range(1, settings.workers + 1)


async def _stop(kept: list[Kept]) -> None:
    await asyncio.gather(*(worker.stop() for worker in kept))


def _kept(assignment: Assignment, progress: Progress) -> Kept:
    name = f"Worker {assignment.number}"
    return Kept(
        name, _Starting(assignment).start, progress, ways=((signal.SIGTERM, PATIENCE_S), (signal.SIGKILL, 10.0))
    )


class _Starting:
    """Starts one worker, again whenever it has ended. Holds the other end of its input, which tells it that we live."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._lifeline: int | None = None

    async def start(self) -> Child:
        """A worker that answers; one that does not come so far is ended."""
        if self._lifeline is not None:
            os.close(self._lifeline)
        told, self._lifeline = os.pipe()
        heard, ready = os.pipe()
        try:
            try:
                child = self._child(told, ready)
            finally:
                os.close(told)
                os.close(ready)
            try:
                os.write(self._lifeline, msgspec.structs.replace(self._assignment, ready=ready).encoded())
                async with asyncio.timeout(STARTED_S):
                    works = await _read(heard)
            except BaseException:
                child.send(signal.SIGKILL)
                raise
        finally:
            os.close(heard)
        # Without a byte the other end was closed by the worker's end.
        if not works:
            raise EngineError("start_failed", f"Worker {self._assignment.number} did not start; its log says why.")
        return child

    def _child(self, told: int, ready: int) -> Child:
        # The same code as ours, and nothing that happens to lie in the directory we were started in.
        path = [entry for entry in (_checkout(), os.environ.get("PYTHONPATH")) if entry]
        return Child(
            [sys.executable, "-P", "-m", "dianmai.app.working"],
            input=told,
            inherited=[self._assignment.port, ready],
            environment={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            directory=str(Path.cwd()),
        )


def _checkout() -> str | None:
    """Where our code lies, unless it is installed."""
    above = str(Path(dianmai.__file__).parents[1])
    return None if above in {*site.getsitepackages(), site.getusersitepackages()} else above


async def _read(file: int) -> bytes:
    """A byte from a pipe, or none at its end."""
    loop = asyncio.get_running_loop()
    there: asyncio.Future[None] = loop.create_future()
    loop.add_reader(file, lambda: there.done() or there.set_result(None))
    try:
        await there
    finally:
        loop.remove_reader(file)
    return os.read(file, 1)
