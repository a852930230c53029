"""What `dianmai serve` does: the engines it needs, one process or several, the demonstration if wanted."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from dianmai.app.assembling import assemble
from dianmai.app.demo import fill_with_demo
from dianmai.app.garbage import tidy
from dianmai.app.serving import Progress, running
from dianmai.app.workers import workers
from dianmai.core.db import Database
from dianmai.engines import EmbeddedNats, EmbeddedPostgres
from dianmai.settings import Settings


async def serve(
    settings: Settings, *, stopped: asyncio.Event, ready: Callable[[str], None], progress: Progress
) -> None:
    """Serves until `stopped`. Starts the embedded engines that the settings name no address for."""
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


@asynccontextmanager
async def database(settings: Settings, progress: Progress) -> AsyncGenerator[str]:
    """The address of the database: the one the settings name, or the embedded one for as long as it is needed."""
    if settings.database_url is not None:
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
