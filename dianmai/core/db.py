"""The database: one pool, reads, and write transactions that are retried when PostgreSQL asks for it."""

import asyncio
import random
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

import asyncpg

from dianmai.core.errors import Unavailable
from dianmai.core.pulse import Pulse

T = TypeVar("T")
Row = asyncpg.Record

ATTEMPTS = 6
CONNECT_TIMEOUT_S = 3.0
STATEMENT_TIMEOUT_MS = 10_000
OWN_TIMEOUT_S = 3.0
STANDSTILL_MS = 3_000
"""Who stands still in the middle of a transaction holds what everybody waits for: such a transaction is ended."""
LONGEST_STANDSTILL_MS = 300_000  # while no stream and no lane is held: an import of 50,000 people thinks meanwhile

AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_DOWN = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver's word for a connection that died between two statements
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,  # it waited too long for a lock, or was too much for this machine just now
    asyncpg.IdleInTransactionSessionTimeoutError,
    ConnectionError,
    OSError,
    TimeoutError,
)


class Queries(Protocol):
    """What a `store.py` function needs: a connection, a transaction's connection or the pool."""

    async def fetch(self, query: str, *args: Any) -> list[Row]: ...
    async def fetchrow(self, query: str, *args: Any) -> Row | None: ...
    async def fetchval(self, query: str, *args: Any) -> Any: ...
    async def execute(self, query: str, *args: Any) -> str: ...
    async def executemany(self, command: str, args: Iterable[Sequence[Any]]) -> None: ...


class Database:
    """A pool of connections to the one source of truth."""

    def __init__(self, dsn: str, *, size: int = 8) -> None:
        self._dsn = dsn
        self._size = size
        self._pool: asyncpg.Pool | None = None
        self._pooled: weakref.WeakSet[asyncpg.Connection] = weakref.WeakSet()
        self._pulse = Pulse(lambda: self.own_connection("pulse"), self._busy, self._end_waiting)

    async def open(self) -> None:
        """Opens the pool; refuses with `storage_unavailable` when the database does not answer."""
        with answering_when_down():
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=self._size,
                timeout=CONNECT_TIMEOUT_S,
                init=self._prepare_pooled,
                reset=_as_it_is,
                server_settings={
                    "application_name": "dianmai",
                    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                    "idle_in_transaction_session_timeout": str(LONGEST_STANDSTILL_MS),
                },
            )
        self._pulse.start()

    async def close(self) -> None:
        """Closes every connection, waiting for what is under way."""
        await self._pulse.stop()
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), 5)
            except TimeoutError:
                self._pool.terminate()

    async def own_connection(self, use: str = "journal") -> asyncpg.Connection:
        """A connection outside the pool, for what must not wait for one. `use` names it in pg_stat_activity."""
        with answering_when_down():
            connection = await asyncpg.connect(
                self._dsn,
                timeout=CONNECT_TIMEOUT_S,
                command_timeout=OWN_TIMEOUT_S,
                server_settings={
                    "application_name": f"dianmai {use}",
                    "lock_timeout": "2s",
                    "idle_in_transaction_session_timeout": str(STANDSTILL_MS),
                },
            )
            await prepare_connection(connection)
            return connection

    @property
    def pool(self) -> asyncpg.Pool:
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[asyncpg.Connection]:
        """A connection for reading, with every outage answered as `storage_unavailable`."""
        with answering_when_down():
            async with self.pool.acquire(timeout=CONNECT_TIMEOUT_S) as connection:
                yield connection  # pyright: ignore[reportReturnType] - the pool's proxy of one

    async def transaction(self, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """Runs `work` in a transaction and commits it; runs it again when PostgreSQL reports a clash.

        `work` must have no effect outside the connection it is given.
        """
        for attempt in range(ATTEMPTS):
            try:
                with answering_when_down():
                    async with self.pool.acquire(timeout=CONNECT_TIMEOUT_S) as connection, connection.transaction():
                        return await work(connection)  # pyright: ignore[reportArgumentType] - as above
            except AGAIN:
                if attempt == ATTEMPTS - 1:
                    raise Unavailable("storage_unavailable") from None
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311
        raise AssertionError("unreachable")

    def _busy(self) -> bool:
        return self._pool is not None and self._pool.get_size() > self._pool.get_idle_size()

    def _end_waiting(self) -> None:
        """Whoever waits for an answer over the pool has `storage_unavailable` instead."""
        for connection in list(self._pooled):
            connection.terminate()

    async def _prepare_pooled(self, connection: asyncpg.Connection) -> None:
        self._pooled.add(connection)
        await prepare_connection(connection)


async def let_nobody_wait(db: Queries) -> None:
    """Before streams, lanes or members are held: from here on this transaction must not stand still."""
    await db.execute(f"SET LOCAL idle_in_transaction_session_timeout = {STANDSTILL_MS}")


async def prepare_connection(connection: asyncpg.Connection) -> None:
    """Sets what every connection needs; the values of jsonb columns travel as text."""
    await connection.execute("SET timezone TO 'UTC'")


async def _as_it_is(_: asyncpg.Connection) -> None:
    """A connection goes back to the pool as it is: nothing here changes a session, and asyncpg's own way costs a round
    trip each time and undoes `prepare_connection`. Open transactions are rolled back before this."""


class answering_when_down:
    """Turns every way a database can be away into one answer."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, Unavailable):
            return
        if isinstance(error, asyncpg.DiskFullError):
            raise Unavailable("storage_full", status=507) from error
        if isinstance(error, _DOWN):
            raise Unavailable("storage_unavailable") from error
