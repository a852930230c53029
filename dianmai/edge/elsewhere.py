"""What other processes have committed (other workers, the command line): heard on the bus, found by looking.

The bus only makes it sooner (`bus.py`): a lane that has stood ahead of us since the last look is fetched.

It is also the edge's pulse: without an answer from the database for four seconds nothing is delivered any more, because
nobody could say who may still hear it. How long one look may take is counted in turns of the loop, not by the clock: a
loop that is too busy to read the answer must not take the database for dead.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import asyncpg
import structlog
from msgspec.structs import replace

from dianmai.core import telemetry
from dianmai.core.engine import Engine
from dianmai.core.errors import Unavailable
from dianmai.core.ids import LANES
from dianmai.core.journal import Committed
from dianmai.core.vital import finish, start_vital
from dianmai.edge import store
from dianmai.edge.bus import Appended, Bus, EndsAnew, GotUpTo, Hint, ReadUpTo, Whispered, subject_of
from dianmai.edge.numbers import Numbers
from dianmai.edge.store import LaneHead
from dianmai.edge.watching import Watching

log = structlog.get_logger()

POLL_S = 0.5
TURN_S = 0.1
PATIENT_TURNS = 10
STALE_S = 4.0
AT_ONCE = 500
_AWAY = (
    Unavailable,
    TimeoutError,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver's word for a connection that died between two statements
)


class Hearing(Protocol):
    """Who tells the sockets of this process."""

    def deliver(self, committed: Sequence[Committed]) -> None: ...

    def seen(self, actor: int, stream: str, no: int, by: None) -> None: ...

    def ends_anew(self, actor: int, credential: int) -> None: ...

    def online(self) -> Sequence[int]: ...

    @property
    def watching(self) -> Watching: ...


class Elsewhere:
    """Keeps count, lane by lane, of what was delivered; fetches what was not."""

    def __init__(self, engine: Engine, hearing: Hearing, when_stale: Callable[[], None]) -> None:
        self._engine = engine
        self._hearing = hearing
        self._when_stale = when_stale
        self._bus: Bus | None = None
        self._numbers: Numbers | None = None
        self._connection: asyncpg.Connection | None = None
        self._positions = [0] * LANES
        self._ahead: list[set[int]] = [set() for _ in range(LANES)]
        self._moves = [0] * LANES
        self._last_look = [LaneHead()] * LANES
        self._heard_at = 0.0
        self._turns = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def fresh(self) -> bool:
        """Whether the database has answered a moment ago. The loop's time would stand still while the process does."""
        return time.monotonic() - self._heard_at <= STALE_S

    @property
    def alive(self) -> bool:
        """Whether nothing has ended that must go on."""
        return (self._task is None or not self._task.done()) and (self._bus is None or self._bus.alive)

    async def start(self, nats_url: str | None = None, machine: str = "", *, own_bus: bool = False) -> None:
        """Starts from the present: what is committed already, devices fetch by catching up.

        `nats_url`: the bus, `own_bus`: which this machine runs for itself; `machine`: what the processes beside this
        one have in common on it.
        """
        self._connection = await self._engine.database.own_connection("looking")
        self._last_look = await store.lane_heads(self._connection)
        self._positions = [head.pos for head in self._last_look]
        self._moves = [head.moves for head in self._last_look]
        self._heard_at = time.monotonic()
        self._engine.listeners.add(self._here)
        if nats_url is not None:
            installation = self._engine.installation.hex
            self._numbers = Numbers(f"{subject_of(installation)}.numbers.{machine}")
            self._bus = Bus(nats_url, installation, self.hint, also=self._numbers.attend, own=own_bus)
            self._bus.start()
        self._task = start_vital(self._work(), "elsewhere")

    async def stop(self) -> None:
        if self._task is not None:
            await finish([self._task])
        if self._bus is not None:
            await self._bus.stop()
        self._drop()

    async def numbers(self) -> bytes:
        """This process's numbers; with a bus also those of the processes beside it, as far as they can be asked."""
        return telemetry.exposition() if self._numbers is None else await self._numbers.all()

    def tell(self, hint: Hint) -> None:
        """Says to the other processes what no entry will tell them."""
        if self._bus is not None:
            self._bus.tell(hint)

    def hint(self, hint: Hint) -> None:
        """Takes what another process says. While this one does not know how things stand it passes nothing on."""
        if not self.fresh:
            return
        match hint:
            case Appended(committed):
                self._take(committed)
                self._engine.listeners.heard(committed)
            case ReadUpTo(actor, stream, no):
                self._hearing.seen(actor, stream, no, None)
            case EndsAnew(actor, credential):
                self._hearing.ends_anew(actor, credential)
            case GotUpTo(actor, stream, no):
                self._hearing.watching.mark(stream, actor, got=no)
            case Whispered(actor, stream, kind):
                self._hearing.watching.whisper(stream, actor, kind)

    def _here(self, committed: Sequence[Committed]) -> None:
        """What this process has committed goes out at once."""
        if not self.fresh:
            # This process was stopped for a while, or cut off: others may have ended access meanwhile.
            self._when_stale()
            return
        self._take(committed)
        self.tell(Appended(list(committed)))

    def _take(self, committed: Sequence[Committed]) -> None:
        self._close_when_stale()
        for commit in committed:
            for entry in commit.entries:
                self._passed(entry.lane, entry.pos)
        self._hearing.deliver(committed)

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
        away = False
        while True:
            await asyncio.sleep(POLL_S)
            self._close_when_stale()
            try:
                await self._look_patiently()
            except _AWAY as error:
                if not away:
                    log.warning("the database does not answer", error=type(error).__name__)
                away = True
            except Exception:
                log.exception("looking elsewhere failed")
            else:
                if away:
                    log.info("the database answers again")
                away = False
                continue
            self._drop()
            self._close_when_stale()

    def _answered(self, asked_at: float) -> None:
        self._turns = 0
        self._close_when_stale()
        self._heard_at = asked_at

    def _close_when_stale(self) -> None:
        """Before anything is delivered: after standing still, what ended somebody's access may be found last."""
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
            self._connection = await self._engine.database.own_connection("looking")
        asked_at = time.monotonic()
        heads = await store.lane_heads(self._connection)
        self._answered(asked_at)
        # A hint that is on its way is given until the next look.
        due = self._last_look if self._bus is not None and self._bus.connected else heads
        self._last_look = heads
        for lane, head in enumerate(due):
            while head.pos > self._positions[lane]:
                await self._fetch(self._connection, lane, head.pos)
            if head.moves > self._moves[lane]:
                await self._fetch_moves(self._connection, lane)

    async def _fetch(self, connection: asyncpg.Connection, lane: int, head: int) -> None:
        asked_at = time.monotonic()
        committed = await store.between(connection, lane, self._positions[lane], head, AT_ONCE)
        if not committed:
            raise RuntimeError(f"lane {lane} has come to {head}, and nothing lies behind {self._positions[lane]}")
        self._answered(asked_at)
        self._take(committed)
        self._engine.listeners.heard(committed)

    async def _fetch_moves(self, connection: asyncpg.Connection, lane: int) -> None:
        """Finds whose members changed, perhaps without an entry that tells.

        What hints have said of them is passed on again: it may have been the last of several changes only.
        """
        asked_at = time.monotonic()
        rows = await store.moved(connection, lane, self._moves[lane], self._hearing.online(), AT_ONCE)
        self._answered(asked_at)
        news = [replace(row.commit, moved=row.concerned) for row in rows]
        self._take(news)
        self._engine.listeners.heard(news)
        self._moves[lane] = rows[-1].moves if rows else self._last_look[lane].moves

    def _drop(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            self._connection.terminate()
        self._connection = None
