"""The server's side of the database: what asyncpg is to it, over a link that is slow, goes silent or is cut."""

import asyncio
import random
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg

from dianmai.core import placing
from dianmai.core.db import CONNECT_TIMEOUT_S, OWN_TIMEOUT_S, Database, answering_when_down
from tests.sim.clockwork import Loop
from tests.sim.database import Postgres, Session
from tests.sim.rows import Row

STATEMENT_S = 10.0
LOCK_S = 2.0
POOL = 8


class Link:
    """The way between one server and the database."""

    def __init__(self, postgres: Postgres, rng: random.Random, latency_s: float) -> None:
        self.postgres = postgres
        self.rng = rng
        self._random = rng.random
        self._after = postgres.world.after
        self.latency_s = latency_s
        self.silent = False
        self.cut_commits = 0
        self.connections: dict[Connection, None] = {}
        self._held: list[Any] = []

    def carry(self, what: Any) -> None:
        """Brings something to the other side; while the link is silent it waits, as TCP would send it again."""
        if self.silent:
            self._held.append(what)
        else:
            self._after(self.latency_s * (0.5 + self._random()), what)

    def go_silent(self) -> None:
        self.silent = True

    def speak(self) -> None:
        self.silent = False
        held, self._held = self._held, []
        for what in held:
            self.carry(what)

    def cut(self) -> None:
        """Every connection is reset: both sides learn of it now."""
        for connection in list(self.connections):
            connection.reset()


class Connection:
    """A connection as asyncpg shows one."""

    def __init__(self, link: Link, loop: Loop, *, own: bool) -> None:
        self._link = link
        self._loop = loop
        self._patience = OWN_TIMEOUT_S if own else None
        self._session = Session(LOCK_S if own else STATEMENT_S)
        self._waiting: asyncio.Future[Any] | None = None
        self._in_transaction = False
        self._closed = False
        link.connections[self] = None

    async def fetch(self, query: str, *args: Any) -> list[Row]:
        return await self._ask(query, args)

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        rows = await self._ask(query, args)
        return rows[0] if rows else None

    async def fetchval(self, query: str, *args: Any) -> Any:
        rows = await self._ask(query, args)
        return rows[0][0] if rows else None

    async def execute(self, query: str, *args: Any) -> str:
        if not query.startswith("SET "):
            await self._ask(query, args)
        return ""

    async def executemany(self, command: str, args: Iterable[Sequence[Any]]) -> None:
        raise NotImplementedError(command)

    def is_closed(self) -> bool:
        return self._closed

    def is_in_transaction(self) -> bool:
        return self._in_transaction

    def terminate(self) -> None:
        """Leaves at once; the database rolls back what was not committed."""
        if not self._closed:
            self._closed = True
            self._link.connections.pop(self, None)
            postgres, session = self._link.postgres, self._session
            self._link.carry(lambda: postgres.close(session))

    def reset(self) -> None:
        """The line is cut, seen from both sides."""
        self._closed = True
        self._link.connections.pop(self, None)
        self._link.postgres.close(self._session)
        self._answer(self._waiting, asyncpg.ConnectionDoesNotExistError("connection was closed"))

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        await self.execute("BEGIN")
        try:
            yield
        except BaseException:
            if not self._closed:
                await self.execute("ROLLBACK")
            raise
        await self.execute("COMMIT")

    async def _ask(self, query: str, args: tuple[Any, ...]) -> Any:
        if self._closed:
            raise asyncpg.InterfaceError("connection is closed")
        if self._waiting is not None:
            raise asyncpg.InterfaceError("another operation is in progress")
        waiting = self._waiting = self._loop.create_future()
        timer = self._loop.call_later(self._patience, self._answer, waiting, TimeoutError()) if self._patience else None
        self._link.carry(partial(self._arrive, query, args, waiting))
        try:
            result = await waiting
        except (asyncio.CancelledError, TimeoutError):
            postgres, session = self._link.postgres, self._session
            self._link.carry(lambda: postgres.cancel(session))
            raise
        finally:
            if timer is not None:
                timer.cancel()
            if self._waiting is waiting:
                self._waiting = None
        if query == "BEGIN":
            self._in_transaction = True
        elif query in ("COMMIT", "ROLLBACK"):
            self._in_transaction = False
        return result

    def _arrive(self, query: str, args: tuple[Any, ...], waiting: "asyncio.Future[Any]") -> None:
        link = self._link
        commits = query == "COMMIT" or (query == placing._WRITE_KNOWN and not self._in_transaction)
        if commits and link.cut_commits > 0:
            link.cut_commits -= 1
            # The server will never know: the line is cut just before, or just after, it was done.
            if link.rng.random() < 0.5:
                link.postgres.execute(self._session, query, args, lambda _: None)
            self.reset()
            return
        link.postgres.execute(
            self._session, query, args, lambda result: link.carry(partial(self._answer, waiting, result))
        )

    def _answer(self, waiting: "asyncio.Future[Any] | None", result: Any) -> None:
        if waiting is None or self._loop.dead or waiting.done():
            return
        if isinstance(result, BaseException):
            waiting.set_exception(result)
        else:
            waiting.set_result(result)


class Pool:
    """A pool of connections as asyncpg shows one."""

    def __init__(self, link: Link, loop: Loop) -> None:
        self._link = link
        self._loop = loop
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(POOL)

    def acquire(self, *, timeout: float | None = None) -> "_Acquired":
        return _Acquired(self, timeout)

    async def take(self, patience_s: float | None) -> Connection:
        if self._room.locked():
            async with asyncio.timeout(patience_s):
                await self._room.acquire()
        else:
            await self._room.acquire()
        while self._idle:
            if not (connection := self._idle.pop()).is_closed():
                return connection
        return Connection(self._link, self._loop, own=False)

    def give_back(self, connection: Connection) -> None:
        if not connection.is_closed():
            self._idle.append(connection)
        self._room.release()

    async def fetch(self, query: str, *args: Any) -> list[Row]:
        async with self.acquire() as connection:
            return await connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        async with self.acquire() as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        async with self.acquire() as connection:
            return await connection.fetchval(query, *args)

    async def close(self) -> None:
        self.terminate()

    def terminate(self) -> None:
        for connection in self._idle:
            connection.terminate()


class _Acquired:
    """A connection for a while; a class, since the way through a generator costs more than the query."""

    def __init__(self, pool: Pool, patience_s: float | None) -> None:
        self._pool = pool
        self._patience_s = patience_s

    async def __aenter__(self) -> Connection:
        self._connection = await self._pool.take(self._patience_s)
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            self._connection.terminate()
        self._pool.give_back(self._connection)


class SimulatedDatabase(Database):
    """The real `Database` with its connections replaced."""

    def __init__(self, link: Link, loop: Loop) -> None:
        super().__init__("simulated")
        self._link = link
        self._loop = loop

    async def open(self) -> None:
        self._pool = Pool(self._link, self._loop)  # type: ignore[assignment] - the same by its looks

    async def own_connection(self, use: str = "journal") -> Any:
        with answering_when_down():
            connection = Connection(self._link, self._loop, own=True)
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    await connection.fetchval("SELECT clock_timestamp()")
            except TimeoutError:
                connection.terminate()
                raise
            return connection
