"""Finds that the database has fallen silent: a line that swallows everything looks like a long statement.

Statements may take their time (an import does), so no limit on them can tell. A second connection can: while anything
is asked of the database it is asked for nothing, which takes no time. Without an answer, whoever waits is answered.
Only silence counts: a refused connection is an answer, and no reason to cut those that work.
"""

import asyncio
import contextlib
import errno
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from dianmai.core.vital import start_vital

log = structlog.get_logger()

EVERY_S = 0.5
TURN_S = 0.1
PATIENT_TURNS = 20

_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH)


class Pulse:
    """Watches one pool. `busy` says whether anybody waits for it, `give_up` ends their waiting."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        busy: Callable[[], bool],
        give_up: Callable[[], None],
    ) -> None:
        self._connect = connect
        self._busy = busy
        self._give_up = give_up
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = start_vital(self._work(), "database pulse")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._drop()

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            if not self._busy():
                continue
            asking = asyncio.create_task(self._ask())
            try:
                if not await _is_done_in_time(asking):
                    log.warning("the database is silent, nobody waits for it any more")
                    self._drop()
                    self._give_up()
            finally:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)

    async def _ask(self) -> None:
        """Ends with the first answer. That there is no connection to be had is one: those there are may be well."""
        while True:
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await self._connect()
            except Exception as error:  # whatever it is: the pulse must go on
                log.warning("the database pulse has no connection", error=type(error.__cause__ or error).__name__)
                if not _is_silence(error.__cause__ or error):
                    return
            else:
                with contextlib.suppress(Exception):  # this connection has died, which says nothing about the others
                    await self._connection.execute("SELECT 1")
                    return
                self._drop()
            await asyncio.sleep(TURN_S)

    def _drop(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            self._connection.terminate()
        self._connection = None


async def _is_done_in_time(asking: "asyncio.Task[None]") -> bool:
    """Counted in turns of the loop: one that is too busy to read the answer must not end anybody's waiting."""
    for _ in range(PATIENT_TURNS):
        if (await asyncio.wait([asking], timeout=TURN_S))[0]:
            return True
    return False


def _is_silence(error: BaseException) -> bool:
    """Whether nobody said no: nobody said anything, or there is no way there."""
    return isinstance(error, TimeoutError) or (isinstance(error, OSError) and error.errno in _NO_WAY)
