"""How a server starts, runs and stops: the database first, the doors last, and back in the other order."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from dianmai.app.assembling import FEATURES, App, assemble
from dianmai.app.demo import fill_with_demo
from dianmai.app.garbage import Garbage
from dianmai.core import migrating
from dianmai.core.db import Database
from dianmai.edge.heads import LimitedHttp
from dianmai.edge.upgrade import Upgrade
from dianmai.engines import EmbeddedPostgres
from dianmai.settings import Settings

GRACE_S = 5
KEEP_ALIVE_S = 75
BACKLOG = 4096

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    app: App
    url: str
    dsn: str


@asynccontextmanager
async def running(
    settings: Settings, dsn: str, *, progress: Progress = lambda _: None, features: Sequence[Any] = FEATURES
) -> AsyncGenerator[Running]:
    """A server on this database, from the first answer to the last."""
    with _listening(settings) as listening:
        await migrating.migrate(dsn, progress)
        app = assemble(settings, Database(dsn, size=settings.database_pool), features)
        await app.start()
        try:
            async with _answering(app, listening):
                yield Running(app, _url(settings, listening), dsn)
        finally:
            await app.stop()


async def serve(
    settings: Settings, *, stopped: asyncio.Event, ready: Callable[[Running], Any], progress: Progress
) -> None:
    """Serves until `stopped`. Starts the embedded PostgreSQL when the settings name no database."""
    async with database(settings, progress) as dsn, running(settings, dsn, progress=progress) as server:
        if settings.demo:
            await fill_with_demo(server.app.engine, progress)
        told = ready(server)
        if asyncio.iscoroutine(told):
            await told
        tidying = asyncio.create_task(Garbage().keep_tidy(), name="garbage")
        await stopped.wait()
        tidying.cancel()
        progress("Stopping")


@asynccontextmanager
async def database(settings: Settings, progress: Progress) -> AsyncGenerator[str]:
    """The address of the database: the one the settings name, or the embedded one for as long as it is needed."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    embedded = EmbeddedPostgres(settings.data_dir)
    engine = await embedded.start(progress)
    try:
        yield engine.dsn
    finally:
        await embedded.stop()


class _Server(uvicorn.Server):
    """uvicorn's server, without its own ideas about signals."""

    def capture_signals(self) -> Any:
        return _nothing()


class _nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def _config(app: App) -> uvicorn.Config:
    upgrade = type("Upgrade", (Upgrade,), {"door": app.sockets})
    settings = app.settings
    return uvicorn.Config(
        app.http,
        http=LimitedHttp,
        ws=upgrade,
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )


@contextmanager
def _listening(settings: Settings) -> Generator[socket.socket]:
    """The port, taken before anything else is touched."""
    infos = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = infos[0]
    with socket.socket(family, kind, protocol) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(address)
        except OSError as error:
            where = f"port {settings.port} of {settings.host}"
            raise OSError(f"Cannot listen on {where}: {error.strerror}. Choose another one with --port.") from error
        listening.setblocking(False)
        yield listening


@asynccontextmanager
async def _answering(app: App, listening: socket.socket) -> AsyncGenerator[None]:
    server = _Server(_config(app))
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    try:
        while not server.started:
            if serving.done():
                serving.result()
                raise RuntimeError("the HTTP server ended while starting")
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await serving


def _url(settings: Settings, listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    if name in ("0.0.0.0", "[::]"):  # noqa: S104
        name = "127.0.0.1"
    return f"{'https' if settings.tls_cert else 'http'}://{name}:{port}"
