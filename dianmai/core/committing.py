"""The group commit: all appends that wait go into one transaction; while it commits, the next batch fills.

No timer decides: an append that finds nobody waiting commits alone, under load hundreds share one flush.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence

import asyncpg

from dianmai.core.db import AGAIN, Database, answering_when_down
from dianmai.core.errors import NotFound, Refusal, Unavailable
from dianmai.core.journal import Committed, Line, Placed, StreamGuard
from dianmai.core.judging import Waiting, judge, look
from dianmai.core.known import Known
from dianmai.core.placing import Lanes, NotAsKnown, Placing, group
from dianmai.core.vital import start_vital

BATCH_LINES = 512
WAITING_LINES = 20_000
LONGEST_WAIT_S = 3.0
BUSY_PAUSE_S = 0.005
TURNS = 3
"""Of the loop, between two commits: in one those who wait are told, in one what they say next is read, in one it is
decided. It shares the next commit then, and what is written to many is written once for all of it."""
# Goes on while the machine is suspended, where there is such a clock.
_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Committer:
    """Appends lines durably. One transaction at a time on a connection of its own."""

    def __init__(
        self, database: Database, placing: Placing, on_committed: Callable[[Sequence[Committed]], None]
    ) -> None:
        self._database = database
        self._placing = placing
        self._on_committed = on_committed
        self._queue: deque[Waiting] = deque()
        self._queued_lines = 0
        self._wake = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._known = Known()

    @property
    def alive(self) -> bool:
        """Whether nothing has ended that must go on."""
        return self._task is None or not self._task.done()

    def start(self) -> None:
        self._task = start_vital(self._work(), "journal committer")

    async def stop(self) -> None:
        """Ends at once. Nothing is stored of what still waits; of the batch under way, the same nonce will tell."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._refuse_all(Unavailable("storage_unavailable"))
        if self._connection is not None:
            self._connection.terminate()

    def append(
        self, lines: Sequence[Line], guards: Sequence[StreamGuard], credential: int | None
    ) -> "asyncio.Future[list[Placed]]":
        """Queues the lines. The future says where they stand once they are committed with their WAL flushed.

        It ends with `StaleGuard` when the members an operation decided on have changed (decide again), a refusal when
        the credential has ended, a nonce came back with other content, or the database is away.
        """
        if self._queued_lines >= WAITING_LINES:
            raise Unavailable("storage_unavailable", retry_after_ms=500)
        streams = {line.draft.stream for line in lines}
        for guard in guards:
            streams.add(guard.stream)
        loop = asyncio.get_running_loop()
        waiting = Waiting(lines, guards, credential, loop.time(), streams, loop.create_future())
        self._queue.append(waiting)
        self._queued_lines += len(lines)
        self._wake.set()
        return waiting.done

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while batch := self._take():
                busy = await self._settle(batch)
                await self._requeue(busy, nothing_moved=len(busy) == len(batch))
                for _ in range(TURNS):
                    await asyncio.sleep(0)

    def _take(self) -> list[Waiting]:
        batch: list[Waiting] = []
        lines = 0
        while self._queue and lines < BATCH_LINES:
            waiting = self._queue.popleft()
            lines += len(waiting.lines)
            self._queued_lines -= len(waiting.lines)
            if not waiting.done.cancelled():
                batch.append(waiting)
        return batch

    async def _settle(self, batch: Sequence[Waiting]) -> Sequence[Waiting]:
        """Commits the batch and answers, in order, who must wait for another try."""
        try:
            with answering_when_down():
                busy, settle = await self._commit(batch)
        except asyncio.CancelledError:
            _fail(batch, Unavailable("storage_unavailable"))
            raise
        except Unavailable as error:
            await self._drop_connection()
            _fail(batch, error)
            return []
        except AGAIN:
            return batch  # PostgreSQL asks for another try; whoever has waited too long is told so
        except Exception as error:
            if len(batch) > 1:
                return await self._settle_halves(batch[: len(batch) // 2], batch[len(batch) // 2 :])
            _fail(batch, error)
            return []
        settle()
        return busy

    async def _settle_halves(self, first: Sequence[Waiting], second: Sequence[Waiting]) -> Sequence[Waiting]:
        """One bad entry never fails strangers. Nobody passes who waits for the same stream."""
        try:
            waiting = await self._settle(first)
        except asyncio.CancelledError:
            _fail(second, Unavailable("storage_unavailable"))
            raise
        held = set[str]().union(*(w.streams for w in waiting))
        behind = set[Waiting]()
        for one in second:
            if one.streams & held:
                behind.add(one)
                held |= one.streams
        ready = [w for w in second if w not in behind]
        behind.update(await self._settle(ready) if ready else ())
        return [*waiting, *(w for w in second if w in behind)]

    async def _requeue(self, busy: Sequence[Waiting], *, nothing_moved: bool) -> None:
        """Leaves appends to a stream that someone else holds for the next round, up to a limit."""
        now = asyncio.get_running_loop().time()
        for waiting in reversed(busy):
            if now - waiting.since > LONGEST_WAIT_S:
                _fail([waiting], Unavailable("storage_unavailable", retry_after_ms=500))
            else:
                self._queue.appendleft(waiting)
                self._queued_lines += len(waiting.lines)
        if busy and nothing_moved:
            await asyncio.sleep(BUSY_PAUSE_S)

    async def _commit(self, batch: Sequence[Waiting]) -> tuple[list[Waiting], Callable[[], None]]:
        """One transaction. Returns who must wait for a busy stream, and what to tell the others after it."""
        connection = await self._own_connection()
        settle = await self._commit_known(connection, batch)
        return ([], settle) if settle is not None else await self._commit_asking(connection, batch)

    async def _commit_known(
        self, connection: asyncpg.Connection, batch: Sequence[Waiting]
    ) -> Callable[[], None] | None:
        """Commits without asking anything first, on what is known since the last commit. None: it must be asked."""
        names = set[str]().union(*(w.streams for w in batch))
        heads = self._known.heads(names)
        at = self._known.now(time.clock_gettime(_CLOCK))
        if heads is None or at is None or not self._known.all_alive((w.credential for w in batch), at):
            return None
        if any(heads[g.stream].member_epoch != g.member_epoch for w in batch for g in w.guards):
            return None
        lines = [line for w in batch for line in w.lines]
        if not lines:
            return None  # nothing to write for anybody: there is only to ask whose access is alive
        # One statement is a transaction of its own: one round trip writes and commits.
        around = self._transaction(connection) if self._placing.folds(lines) else _IN_ITSELF
        try:
            async with around:
                placed, said = await self._placing.write_known(connection, heads, self._known.ends, at, lines)
        except (NotAsKnown, asyncpg.UniqueViolationError):
            # Moved by somebody else; or something comes again, and is to be answered as the first time.
            self._known.forget(names)
            return None
        self._known.learn(heads, max(at, said), time.clock_gettime(_CLOCK))

        def settle() -> None:
            places = iter(placed)
            for waiting in batch:
                _tell(waiting, [next(places) for _ in waiting.lines])
            self._on_committed(group(placed, heads))

        return settle

    async def _commit_asking(
        self, connection: asyncpg.Connection, batch: Sequence[Waiting]
    ) -> tuple[list[Waiting], Callable[[], None]]:
        """Holds the streams and lanes, then asks what is stored already and whose access is alive."""
        outcomes: list[tuple[Waiting, list[Placed | Line] | BaseException]] = []
        async with self._transaction(connection):
            names = set[str]().union(*(w.streams for w in batch))
            heads = await self._placing.lock(connection, list(names), skip_busy=True)
            absent = names - heads.keys()
            unknown = absent and absent - await self._placing.existing(connection, list(absent))
            busy: list[Waiting] = []
            ready: list[Waiting] = []
            for waiting in batch:
                touched = waiting.streams
                if touched & unknown:
                    outcomes.append((waiting, NotFound("stream_unknown", field=min(touched & unknown))))
                else:
                    (busy if touched & absent else ready).append(waiting)
            placed: list[Placed] = []
            lanes: Lanes | None = None
            if ready:
                lanes = await self._placing.lock_lanes(connection, heads)
                lanes = lanes._replace(at=self._known.not_before(lanes.at))
                stored = await look(connection, ready)
                self._known.learn_alive(lanes.ends, stored.alive)
                fresh: list[Line] = []
                for waiting in ready:
                    result = judge(waiting, heads, stored)
                    outcomes.append((waiting, result))
                    if isinstance(result, list):
                        fresh.extend(line for line in result if isinstance(line, Line))
                if fresh:
                    placed = await self._placing.write(connection, heads, lanes, fresh)
        if lanes is not None:
            self._known.learn(heads, lanes.at, time.clock_gettime(_CLOCK))

        def settle() -> None:
            places = iter(placed)
            for waiting, result in outcomes:
                if isinstance(result, list):
                    _tell(waiting, [next(places) if isinstance(item, Line) else item for item in result])
                else:
                    _fail([waiting], result)
            if placed:
                self._on_committed(group(placed, heads))

        return busy, settle

    @contextlib.asynccontextmanager
    async def _transaction(self, connection: asyncpg.Connection) -> AsyncGenerator[None]:
        """A transaction, rolled back where it cannot be committed."""
        if connection.is_closed():
            raise ConnectionError("the connection ended with the transaction before")
        await connection.execute("BEGIN")
        try:
            yield
            await connection.execute("COMMIT")
        except BaseException:
            await self._roll_back(connection)
            raise

    async def _roll_back(self, connection: asyncpg.Connection) -> None:
        if not connection.is_closed() and connection.is_in_transaction():
            try:
                await connection.execute("ROLLBACK")
            except Exception:
                connection.terminate()

    async def _own_connection(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.own_connection()
            # On a table without statistics the planner would scan it whole to look for a nonce.
            await self._connection.execute(_SETTINGS)
        return self._connection

    async def _drop_connection(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            self._connection.terminate()
        self._connection = None

    def _refuse_all(self, refusal: Refusal) -> None:
        _fail(list(self._queue), refusal)
        self._queue.clear()
        self._queued_lines = 0


def _tell(waiting: Waiting, placed: list[Placed]) -> None:
    if not waiting.done.done():
        waiting.done.set_result(placed)


def _fail(batch: Sequence[Waiting], error: BaseException) -> None:
    for waiting in batch:
        if not waiting.done.done():
            waiting.done.set_exception(error)


_IN_ITSELF = contextlib.nullcontext()
_SETTINGS = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
