"""What `dianmai serve` does: the engines it needs, one process or several, the demonstration if wanted."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg

from dianmai.app.assembling import assemble
from dianmai.app.demo import fill_with_demo
from dianmai.app.garbage import tidy
from dianmai.app.serving import Progress, listening, running
from dianmai.app.workers import workers
from dianmai.core.db import Database
from dianmai.engines import EmbeddedNats, EmbeddedPostgres
from dianmai.settings import Settings


async def serve(
    settings: Settings, *, stopped: asyncio.Event, ready: Callable[[str], None], progress: Progress
) -> None:
    """Serves until `stopped`. Starts the embedded engines that the settings name no address for."""
    with listening(settings):
        pass  # a port that is taken is said before anything is made
    async with (
        database(settings, progress) as dsn,
        _bus(settings, progress) as nats_url,
        _serving(settings, dsn, nats_url, progress) as url,
    ):
        if settings.demo:
            await _demonstrate(settings, dsn, progress)
        ready(url)
        await stopped.wait()
        progress("Stopping")


FEWEST_CONNECTIONS = 60
WAITED_S = 60.0
_MAY_PASS = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


@asynccontextmanager
async def database(settings: Settings, progress: Progress) -> AsyncGenerator[str]:
    """The address of the database: the one the settings name, or the embedded one for as long as it is needed."""
    if settings.database_url is not None:
        await _answers(settings.database_url, progress)
        yield settings.database_url
        return
    # Beside the servers there is the command line, and whoever looks after the database.
    room = str(max(FEWEST_CONNECTIONS, settings.connections + 20))
    embedded = EmbeddedPostgres(settings.data_dir, settings={"max_connections": room})
    engine = await embedded.start(progress)
    try:
        yield engine.dsn
    finally:
        await embedded.stop()


async def _answers(dsn: str, progress: Progress) -> None:
    """Waits for a database that is just starting, as after a power cut; not for ever."""
    until = time.monotonic() + WAITED_S
    told = False
    while True:
        try:
            connection = await asyncpg.connect(dsn, timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            parts = urlsplit(dsn)
            where = f"{parts.hostname or 'its socket'}{f':{parts.port}' if parts.port else ''}"
            why = str(error) or "it does not answer"
            if time.monotonic() > until or not isinstance(error, _MAY_PASS):
                raise OSError(
                    f"The database at {where} cannot be used: {why}. Check DATABASE_URL, whether the server runs, and "
                    "whether its pg_hba.conf lets this machine in.",
                ) from error
            if not told:
                progress(f"Waiting for the database at {where}: {why}")
            told = True
            await asyncio.sleep(1)
        else:
            return await connection.close()


@asynccontextmanager
async def _bus(settings: Settings, progress: Progress) -> AsyncGenerator[str | None]:
    """The address of the bus, which one process alone does not need."""
    if settings.nats_url is not None or settings.workers == 1:
        yield settings.nats_url
        return
    embedded = EmbeddedNats(settings.data_dir)
    url = await embedded.start(progress)
    try:
        yield url
    finally:
        await embedded.stop()


@asynccontextmanager
async def _serving(settings: Settings, dsn: str, nats_url: str | None, progress: Progress) -> AsyncGenerator[str]:
    if settings.workers > 1 and nats_url is not None:
        async with workers(settings, dsn, nats_url, progress) as url:
            yield url
        return
    async with running(settings, dsn, nats_url, progress=progress) as server, tidy():
        yield server.url


async def _demonstrate(settings: Settings, dsn: str, progress: Progress) -> None:
    engine = assemble(settings, Database(dsn, size=4)).engine
    await engine.start()
    try:
        await fill_with_demo(engine, progress)
    finally:
        await engine.stop()
