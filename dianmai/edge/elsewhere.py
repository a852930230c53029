"""What other processes have committed (the command line, one day other workers), found by looking at the lanes' heads.

It is also the edge's pulse: without an answer from the database for four seconds nothing is delivered any more, because
nobody could say who may still hear it. How long one look may take is counted in turns of the loop, not by the clock: a
loop that is too busy to read the answer must not take the database for dead.
"""

import asyncio
from collections.abc import Callable, Sequence

import asyncpg
import structlog

from dianmai.core.engine import Engine, finish
from dianmai.core.errors import Unavailable
from dianmai.core.ids import LANES
from dianmai.core.journal import Committed
from dianmai.core.vital import start_vital
from dianmai.edge import store

log = structlog.get_logger()

POLL_S = 0.5
TURN_S = 0.1
PATIENT_TURNS = 10
STALE_S = 4.0
AT_ONCE = 500


class Elsewhere:
    """Keeps count, lane by lane, of what was delivered; fetches what was not."""

    def __init__(
        self, engine: Engine, deliver: Callable[[Sequence[Committed]], None], when_stale: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._deliver = deliver
        self._when_stale = when_stale
        self._connection: asyncpg.Connection | None = None
        self._positions = [0] * LANES
        self._ahead: list[set[int]] = [set() for _ in range(LANES)]
        self._heard_at = 0.0
        self._turns = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def fresh(self) -> bool:
        """Whether the database has answered a moment ago."""
        return asyncio.get_running_loop().time() - self._heard_at <= STALE_S

    @property
    def alive(self) -> bool:
        """Whether nothing has ended that must go on."""
        return self._task is None or not self._task.done()

    async def start(self) -> None:
        """Starts from the present: what is committed already, devices fetch by catching up."""
        self._connection = await self._engine.database.own_connection()
        self._positions = await store.lane_heads(self._connection)
        self._heard_at = asyncio.get_running_loop().time()
        self._engine.listen(self._here)
        self._task = start_vital(self._work(), "elsewhere")

    async def stop(self) -> None:
        if self._task is not None:
            await finish([self._task])
        self._drop()

    def _here(self, committed: Sequence[Committed]) -> None:
        """What this process has committed goes out at once."""
        if not self.fresh:
            # This process was stopped for a while, or cut off: others may have ended access meanwhile.
            self._when_stale()
            return
        self._count(committed)
        self._deliver(committed)

    def _count(self, committed: Sequence[Committed]) -> None:
        for commit in committed:
            for entry in commit.entries:
                self._passed(entry.lane, entry.pos)

    def _passed(self, lane: int, pos: int) -> None:
        position = self._positions[lane]
        if pos == position + 1:
            position = pos
            ahead = self._ahead[lane]
            while ahead and position + 1 in ahead:
                position += 1
                ahead.discard(position)
            self._positions[lane] = position
        elif pos > position:
            self._ahead[lane].add(pos)

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                await self._look_patiently()
            except (Unavailable, TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("the database does not answer", error=type(error).__name__)
            except Exception:
                log.exception("looking elsewhere failed")
            else:
                self._heard_at = asyncio.get_running_loop().time()
                continue
            self._drop()
            if not self.fresh:
                self._when_stale()

    async def _look_patiently(self) -> None:
        """A look that is given up when the loop has come round ten times, a tenth of a second apart, without an answer.

        A second in a loop with nothing else to do; in a busy one the answer is read before the last turn.
        """
        self._turns = 0
        look = asyncio.create_task(self._look())
        try:
            while self._turns < PATIENT_TURNS:
                self._turns += 1
                done, _ = await asyncio.wait([look], timeout=TURN_S)
                if done:
                    return look.result()
            raise TimeoutError
        finally:
            look.cancel()

    async def _look(self) -> None:
        if self._connection is None:
            self._connection = await self._engine.database.own_connection()
        for lane, head in enumerate(await store.lane_heads(self._connection)):
            if head > self._positions[lane]:
                await self._fetch(self._connection, lane, head)

    async def _fetch(self, connection: asyncpg.Connection, lane: int, head: int) -> None:
        committed = await store.between(connection, lane, self._positions[lane], head, AT_ONCE)
        self._turns = 0
        self._count(committed)
        self._deliver(committed)

    def _drop(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            self._connection.terminate()
        self._connection = None
