"""One real PostgreSQL per test worker, and a fresh database from a migrated template for every test that asks."""

import asyncio
import contextlib
import os
import shutil
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from dianmai.core import migrating
from dianmai.engines import EmbeddedPostgres

T = TypeVar("T")

DROP_TRIES = 5
REACHABLE_BY_ANY_ACCOUNT = Path("/var/lib/dianmai-tests")


class Loop:
    """An event loop in a thread of its own, for what lives as long as the whole test run."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(wait(), self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Databases:
    """Makes databases on one server. `template` is brought to the present schema once, `make` copies it."""

    def __init__(self, loop: Loop, dsn: str) -> None:
        self._loop = loop
        self._dsn = dsn

    def template(self, name: str, fill: Callable[[str], Awaitable[object]]) -> str:
        """A database that others are copied from, filled once."""
        self._statement(f'CREATE DATABASE "{name}"')
        self._loop.run(fill(self.dsn_of(name)))
        return name

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """The address of a fresh copy, dropped afterwards."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        self._statement(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.dsn_of(name)
        finally:
            self._loop.run(self._drop(name))

    def dsn_of(self, name: str) -> str:
        parts = urlsplit(self._dsn)
        return urlunsplit(parts._replace(path=f"/{name}"))

    def _statement(self, statement: str) -> None:
        self._loop.run(self._execute(statement))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _drop(self, name: str) -> None:
        """Drops a database and ends whoever is still connected to it.

        FORCE refuses while autovacuum works there, which is the superuser's; only the ordinary DROP sends that away,
        and it refuses when others are connected.
        """
        for _ in range(DROP_TRIES):
            with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
                return await self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            with contextlib.suppress(asyncpg.ObjectInUseError):
                return await self._execute(f'DROP DATABASE IF EXISTS "{name}"')
        raise RuntimeError(f"the database {name} cannot be dropped")


@contextmanager
def running_databases(ordinary: Path) -> Iterator[Databases]:
    """A server of the test worker's own with durable settings, stopped and removed at the end."""
    place = REACHABLE_BY_ANY_ACCOUNT / uuid.uuid4().hex[:12] if os.geteuid() == 0 else ordinary / "postgres"
    place.mkdir(parents=True, mode=0o755)
    loop = Loop()
    server = EmbeddedPostgres(place / "data", settings={"shared_buffers": "128MB"})
    try:
        yield Databases(loop, loop.run(server.start(lambda _: None)).dsn)
    finally:
        loop.run(server.stop())
        loop.close()
        shutil.rmtree(place, ignore_errors=True)


async def migrated(dsn: str) -> None:
    """Fills a template with the present schema."""
    await migrating.migrate(dsn)
