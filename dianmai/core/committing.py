"""The group commit: all appends that wait go into one transaction; while it commits, the next batch fills.

No timer decides: an append that finds nobody waiting commits alone, under load hundreds share one flush.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from dianmai.core import journal
from dianmai.core.db import AGAIN, Database, answering_when_down
from dianmai.core.errors import NotFound, Refusal, Unavailable
from dianmai.core.journal import Committed, Line, Placed, StaleGuard, StreamGuard
from dianmai.core.placing import Head, Placing, group

BATCH_LINES = 512
WAITING_LINES = 20_000
LONGEST_WAIT_S = 3.0
BUSY_PAUSE_S = 0.005


@dataclass(slots=True, eq=False)
class Waiting:
    """One operation's lines, waiting for their commit."""

    lines: Sequence[Line]
    guards: Sequence[StreamGuard]
    credential: int | None
    since: float
    done: "asyncio.Future[list[Placed]]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


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

    def start(self) -> None:
        self._task = asyncio.create_task(self._work(), name="journal committer")

    async def stop(self) -> None:
        """Ends after the batch under way; what still waits is refused, nothing of it was stored."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._refuse_all(Unavailable("storage_unavailable"))
        if self._connection is not None:
            self._connection.terminate()

    async def append(
        self, lines: Sequence[Line], guards: Sequence[StreamGuard], credential: int | None
    ) -> list[Placed]:
        """Waits until the lines are committed with their WAL flushed, and says where they stand.

        Raises `StaleGuard` when the members an operation decided on have changed (decide again), a refusal when the
        credential has ended, a nonce came back with other content, or the database is away.
        """
        if self._queued_lines >= WAITING_LINES:
            raise Unavailable("storage_unavailable", retry_after_ms=500)
        waiting = Waiting(lines, guards, credential, asyncio.get_running_loop().time())
        self._queue.append(waiting)
        self._queued_lines += len(lines)
        self._wake.set()
        return await waiting.done

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while batch := self._take():
                await self._settle(batch)

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

    async def _settle(self, batch: list[Waiting]) -> None:
        """Commits the batch; on an error splits it, so that one bad entry never fails strangers."""
        try:
            with answering_when_down():
                busy, settle = await self._commit(batch)
        except asyncio.CancelledError:
            _fail(batch, Unavailable("storage_unavailable"))
            raise
        except Unavailable as error:
            await self._drop_connection()
            _fail(batch, error)
            return
        except AGAIN:
            # PostgreSQL asks for another try; whoever has waited too long is told so.
            await self._requeue(batch, nothing_moved=True)
            return
        except Exception as error:
            if len(batch) == 1:
                _fail(batch, error)
                return
            half = len(batch) // 2
            await self._settle(batch[:half])
            await self._settle(batch[half:])
            return
        settle()
        await self._requeue(busy, nothing_moved=len(busy) == len(batch))

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
        outcomes: list[tuple[Waiting, list[Placed | Line] | BaseException]] = []
        async with connection.transaction():
            names = {line.draft.stream for w in batch for line in w.lines} | {g.stream for w in batch for g in w.guards}
            heads = await self._placing.lock(connection, list(names), skip_busy=True)
            absent = names - heads.keys()
            unknown = absent and absent - await self._placing.existing(connection, list(absent))
            busy: list[Waiting] = []
            ready: list[Waiting] = []
            for waiting in batch:
                touched = {line.draft.stream for line in waiting.lines}
                if touched & unknown:
                    outcomes.append((waiting, NotFound("stream_unknown", field=min(touched & unknown))))
                else:
                    (busy if touched & absent else ready).append(waiting)
            placed: list[Placed] = []
            if ready:
                lanes, at = await self._placing.lock_lanes(connection, heads)
                earlier, alive = await self._look(connection, ready)
                fresh: list[Line] = []
                for waiting in ready:
                    result = _judge(waiting, heads, earlier, alive)
                    outcomes.append((waiting, result))
                    if isinstance(result, list):
                        fresh.extend(line for line in result if isinstance(line, Line))
                if fresh:
                    placed = await self._placing.write(connection, heads, lanes, at, fresh)

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

    async def _look(
        self, connection: asyncpg.Connection, ready: Sequence[Waiting]
    ) -> tuple[dict[tuple[str, int, str, int], asyncpg.Record], set[int]]:
        """One query for both questions: which lines are already stored, and which credentials are alive."""
        lines = [line for w in ready for line in w.lines]
        rows = await connection.fetch(
            _LOOK,
            list({w.credential for w in ready if w.credential is not None}),
            [line.draft.stream for line in lines],
            [line.actor for line in lines],
            [line.nonce for line in lines],
            [line.part for line in lines],
        )
        alive = {r["actor"] for r in rows if r["stream"] is None}
        earlier = {(r["stream"], r["actor"], r["nonce"], r["part"]): r for r in rows if r["stream"] is not None}
        return earlier, alive

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


def _judge(
    waiting: Waiting,
    heads: dict[str, Head],
    earlier: dict[tuple[str, int, str, int], asyncpg.Record],
    alive: set[int],
) -> list[Placed | Line] | BaseException:
    try:
        journal.refuse_ended(waiting.credential, alive)
        known = [earlier.get((x.draft.stream, x.actor, x.nonce, x.part)) for x in waiting.lines]
        for line, row in zip(waiting.lines, known, strict=True):
            if row is not None:
                journal.same_content(row["salt"], row["body_hash"], line.body)
        stale = {
            g.stream for g in waiting.guards if g.stream in heads and heads[g.stream].member_epoch != g.member_epoch
        }
        if stale and not all(known):
            return StaleGuard(stale)
        lines = zip(waiting.lines, known, strict=True)
        result: list[Placed | Line] = [line if row is None else _stored(row, line) for line, row in lines]
    except Refusal as refusal:
        return refusal
    return result


def _stored(row: asyncpg.Record, line: Line) -> Placed:
    at: datetime = row["at"]
    draft = line.draft
    raw = journal.wire_json(
        draft.stream, row["seq"], row["no"], at, line.actor, line.nonce, draft.kind, draft.target, line.body
    )
    return Placed(
        draft.stream, row["seq"], row["no"], at, line.actor, line.nonce, draft.kind, draft.target, line.body, raw
    )


def _tell(waiting: Waiting, placed: list[Placed]) -> None:
    if not waiting.done.done():
        waiting.done.set_result(placed)


def _fail(batch: Sequence[Waiting], error: BaseException) -> None:
    for waiting in batch:
        if not waiting.done.done():
            waiting.done.set_exception(error)


_SETTINGS = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
_LOOK = """
SELECT NULL::text AS stream, c.id AS actor, NULL::text AS nonce, NULL::smallint AS part,
  NULL::bigint AS seq, NULL::bigint AS no, NULL::timestamptz AS at, NULL::bytea AS salt, NULL::bytea AS body_hash
FROM credential c JOIN actor a ON a.id = c.actor
WHERE c.id = ANY($1::bigint[]) AND c.ended_at IS NULL AND c.expires_at > now() AND c.epoch = a.access_epoch AND a.active
UNION ALL
SELECT e.stream, e.actor, e.nonce, e.part, e.seq, e.no, e.at, e.salt, e.body_hash
FROM unnest($2::text[], $3::bigint[], $4::text[], $5::smallint[]) AS asked(stream, actor, nonce, part)
JOIN entry e ON e.stream = asked.stream AND e.actor = asked.actor AND e.nonce = asked.nonce AND e.part = asked.part"""
