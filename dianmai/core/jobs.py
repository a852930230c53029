"""Timers: a job is claimed, carried out and deleted in one transaction, so its effect happens exactly once.

Due times compare with the database's clock only. Effects outside the database need an idempotency key of their own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from dianmai.core.engine import Engine
from dianmai.core.errors import Refusal, Unavailable
from dianmai.core.operations import Transaction

log = structlog.get_logger()

POLL_S = 1.0
RETRY_S = 30
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of timer. `carry_out` gets the job's key, due time and body; what it schedules anew repeats it."""

    kind: str
    carry_out: Callable[[Transaction, str, datetime, bytes], Awaitable[None]]


async def schedule(tx: Transaction, kind: str, key: str, due: datetime, body: bytes = b"{}") -> None:
    """Sets a timer. A kind has one job per key: setting it again moves it."""
    await tx.db.execute(_SCHEDULE, kind, key, due, body)


async def cancel(tx: Transaction, kind: str, key: str) -> None:
    """Takes a timer back; nothing happens when it has gone off."""
    await tx.db.execute("DELETE FROM job WHERE kind = $1 AND key = $2", kind, key)


class Jobs:
    """Carries out due jobs of the kinds this process knows."""

    def __init__(self, engine: Engine, jobs: Iterable[Job], *, ahead: timedelta = timedelta()) -> None:
        self._engine = engine
        self._jobs = {j.kind: j for j in jobs}
        self._ahead = ahead
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="jobs")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
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

        async def work(tx: Transaction) -> bool:
            claimed.clear()
            row = await tx.db.fetchrow(_CLAIM, list(self._jobs), self._ahead, ATTEMPTS)
            if row is None:
                return False
            claimed.append(row["id"])
            await tx.db.execute("DELETE FROM job WHERE id = $1", row["id"])
            await self._jobs[row["kind"]].carry_out(tx, row["key"], row["due"], row["body"])
            return True

        try:
            return await self._engine.write(work)
        except Exception as error:
            if not claimed or isinstance(error, Unavailable):
                raise
            log.exception("job failed", job=claimed[0])
            await self._engine.database.pool.execute(_RETRY, claimed[0], timedelta(seconds=RETRY_S), str(error)[:500])
            return True


_SCHEDULE = """
INSERT INTO job (kind, key, due, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (kind, key) DO UPDATE SET due = excluded.due, body = excluded.body, attempts = 0, trouble = NULL"""
_CLAIM = """
SELECT id, kind, key, due, body FROM job
WHERE kind = ANY($1::text[]) AND due <= now() + $2::interval AND attempts < $3
ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED"""
_RETRY = "UPDATE job SET due = now() + $2::interval, attempts = attempts + 1, trouble = $3 WHERE id = $1"
