"""Keeps a child process running: started again whenever it ends, at once the first time, then with growing pauses."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from dianmai.engines.child import Child
from dianmai.engines.words import ending

log = structlog.get_logger()

LONGEST_PAUSE_S = 5.0
STABLE_S = 60.0

Start = Callable[[], Awaitable[Child]]
Ways = Sequence[tuple[signal.Signals, float]]
"""How a child is ended: one signal after the other, each with the seconds it is given."""

ASKED_FIRST: Ways = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0))


class Kept:
    """One child that is there from `start` to `stop`, but for the moments it takes to start again."""

    def __init__(self, name: str, start: Start, progress: Callable[[str], None], *, ways: Ways = ASKED_FIRST) -> None:
        """`start` makes a new child and returns once it works. When it raises, or is cancelled, it leaves none behind.

        `ways` are those in which the child is ended.
        """
        self._name = name
        self._start = start
        self._progress = progress
        self._ways = ways
        self._child: Child | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id; None before the first start. Of the one that has ended, until a new one works."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """The first start, which may fail; every later one is tried until it works."""
        self._child = await self._start()
        self._watcher = asyncio.create_task(self._watch(self._child), name=f"keeping {self._name}")

    async def stop(self) -> None:
        """Ends the child: asked first, then made to. Harmless when it was not started."""
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
            self._watcher = None
        if self._child is not None:
            await end(self._child, self._ways)

    async def _watch(self, child: Child) -> None:
        failures, since = 0, time.monotonic()
        while True:
            status = await child.wait()
            failures = 1 if time.monotonic() - since > STABLE_S else failures + 1
            self._progress(f"{self._name} ended unexpectedly ({ending(status)}); starting it again")
            since = time.monotonic()
            child = self._child = await self._again(failures)

    async def _again(self, failures: int) -> Child:
        while True:
            if failures > 1:
                await asyncio.sleep(pause_s(failures))
            try:
                return await self._start()
            except Exception as error:
                # Whatever it is (a full disk, a taken port), it may pass, and nobody else would try again.
                log.warning("restart failed", what=self._name, error=str(error))
                failures += 1


def pause_s(failures: int) -> float:
    """How long to wait after so many failures in a row."""
    return min(LONGEST_PAUSE_S, 0.05 * 2 ** min(failures, 10))


async def end(child: Child, ways: Ways) -> None:
    """Asks a child to end, then makes it."""
    for number, patience in ways:
        if child.ended:
            return
        child.send(number)
        if await child.ends_within(patience):
            return
