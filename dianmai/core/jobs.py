"""Timers: a job is claimed, carried out and deleted in one transaction, so its effect happens exactly once.

Due times compare with the database's clock only. Effects outside the database need an idempotency key of their own.
A job that keeps failing is given up after 20 attempts: it stays in its table, counted in `/metrics` and shown by
`dianmai doctor`; each start of a server tries it once more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg
import structlog

from dianmai.core import telemetry
from dianmai.core.db import Queries, answering_when_down
from dianmai.core.engine import Engine
from dianmai.core.errors import Refusal, Unavailable
from dianmai.core.transactions import Transaction
from dianmai.core.vital import finish, start_vital

log = structlog.get_logger()

POLL_S = 1.0
RETRY_S = 30
ATTEMPTS = 20
COUNTED_S = 60.0
HELD_S = 120
"""Who prepares a job and is gone leaves it to others after so long."""


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of timer. `carry_out` gets the job's key, due time and body; what it schedules anew repeats it.

    What takes long is `prepare`d first, from key and body, while no transaction is open: its answer is then what
    `carry_out` gets as body. It may be prepared more than once.
    """

    kind: str
    carry_out: Callable[[Transaction, str, datetime, bytes], Awaitable[None]]
    prepare: Callable[[str, bytes], Awaitable[bytes]] | None = None


async def schedule(tx: Transaction, kind: str, key: str, due: datetime, body: bytes = b"{}") -> None:
    """Sets a timer. A kind has one job per key: setting it again moves it."""
    await tx.db.execute(_SCHEDULE, kind, key, due, body)


class GivenUp(NamedTuple):
    """A job that has failed too often, and with what words the last time."""

    kind: str
    key: str
    trouble: str


async def given_up(db: Queries) -> list[GivenUp]:
    """The jobs that are not tried any more."""
    return [GivenUp(*row) for row in await db.fetch(_GIVEN_UP, ATTEMPTS)]


async def cancel(tx: Transaction, kind: str, key: str) -> None:
    """Takes a timer back; nothing happens when it has gone off."""
    await tx.db.execute("DELETE FROM job WHERE kind = $1 AND key = $2", kind, key)


class Claimed(NamedTuple):
    """A job that is held while it is prepared: its due time was moved to `until`."""

    job: Job
    id: int
    key: str
    due: datetime
    body: bytes
    until: datetime


class Jobs:
    """Carries out due jobs of the kinds this process knows."""

    def __init__(self, engine: Engine, jobs: Iterable[Job], *, ahead: timedelta = timedelta()) -> None:
        self._engine = engine
        self._jobs = {j.kind: j for j in jobs}
        self._ahead = ahead
        self._task: asyncio.Task[None] | None = None
        self._counted_at: float | None = None
        self._tried_again = False

    @property
    def alive(self) -> bool:
        """Whether nothing has ended that must go on."""
        return self._task is None or not self._task.done()

    def start(self) -> None:
        self._task = start_vital(self._run(), "jobs")

    async def stop(self) -> None:
        if self._task is not None:
            await finish([self._task])

    async def _run(self) -> None:
        while True:
            try:
                with answering_when_down():
                    await self._try_given_up_again()
                    await self._count_given_up()
                while await self.step():
                    pass
            except Refusal as refusal:
                log.warning("jobs wait", code=refusal.code)
            except Exception:
                log.exception("jobs failed")
            await asyncio.sleep(POLL_S)

    async def step(self) -> bool:
        """Carries out one due job; False when none is due. A job that fails is tried again later, never lost."""
        claimed: list[int] = []
        put_off: list[Claimed] = []

        async def work(tx: Transaction) -> bool:
            claimed.clear()
            put_off.clear()
            row = await tx.db.fetchrow(_CLAIM, list(self._jobs), self._ahead, ATTEMPTS)
            if row is None:
                return False
            claimed.append(row["id"])
            job = self._jobs[row["kind"]]
            if job.prepare is not None:
                until = await tx.db.fetchval(_HOLD, row["id"], timedelta(seconds=HELD_S))
                put_off.append(Claimed(job, row["id"], row["key"], row["due"], row["body"], until))
                return True
            await tx.db.execute("DELETE FROM job WHERE id = $1", row["id"])
            await job.carry_out(tx, row["key"], row["due"], row["body"])
            return True

        try:
            found = await self._engine.write(work)
            for one in put_off:
                await self._carry_out_prepared(one)
        except Exception as error:
            if not claimed or (isinstance(error, Unavailable) and not _took_too_long(error)):
                raise
            log.exception("job failed", job=claimed[0])
            await self._put_off(claimed[0], str(error)[:500])
            return True
        return found

    async def _carry_out_prepared(self, claimed: Claimed) -> None:
        """Nobody waits for the job's row meanwhile: who sets the timer again has it carried out again."""
        assert claimed.job.prepare is not None
        prepared = await claimed.job.prepare(claimed.key, claimed.body)

        async def work(tx: Transaction) -> None:
            if await tx.db.fetchval(_TAKE, claimed.id, claimed.until) is not None:
                await claimed.job.carry_out(tx, claimed.key, claimed.due, prepared)

        await self._engine.write(work)

    async def _put_off(self, job: int, trouble: str) -> None:
        row = await self._engine.database.pool.fetchrow(_RETRY, job, timedelta(seconds=RETRY_S), trouble)
        if row is not None and row["attempts"] >= ATTEMPTS:
            log.error("job given up", kind=row["kind"], key=row["key"], attempts=row["attempts"], trouble=trouble)
            self._counted_at = None

    async def _try_given_up_again(self) -> None:
        """Whoever has mended the cause restarts the server, or has installed a newer one."""
        if not self._tried_again:
            await self._engine.database.pool.execute(_ONCE_MORE, list(self._jobs), ATTEMPTS)
            self._tried_again = True

    async def _count_given_up(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._counted_at is None or now - self._counted_at >= COUNTED_S:
            telemetry.jobs_given_up.set(len(await given_up(self._engine.database.pool)))
            self._counted_at = now


def _took_too_long(error: Unavailable) -> bool:
    """Whether this very job's statement was ended, on a database that goes on: it would be every time."""
    return isinstance(error.__cause__, asyncpg.QueryCanceledError)


_SCHEDULE = """
INSERT INTO job (kind, key, due, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (kind, key) DO UPDATE SET due = excluded.due, body = excluded.body, attempts = 0, trouble = NULL"""
_CLAIM = """
SELECT id, kind, key, due, body FROM job
WHERE kind = ANY($1::text[]) AND due <= now() + $2::interval AND attempts < $3
ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED"""
_HOLD = "UPDATE job SET due = now() + $2::interval WHERE id = $1 RETURNING due"
_TAKE = "DELETE FROM job WHERE id = $1 AND due = $2 RETURNING id"
_RETRY = """
UPDATE job SET due = now() + $2::interval, attempts = attempts + 1, trouble = $3 WHERE id = $1
RETURNING kind, key, attempts"""
_ONCE_MORE = "UPDATE job SET attempts = $2 - 1 WHERE kind = ANY($1::text[]) AND attempts >= $2"
_GIVEN_UP = "SELECT kind, key, coalesce(trouble, '') FROM job WHERE attempts >= $1 ORDER BY due LIMIT 1000"
