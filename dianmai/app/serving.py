"""How a server starts, runs and stops: the database first, the doors last, and back in the other order.

This is one process that does everything; several are `workers.py`.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from dianmai.app.assembling import FEATURES, App, assemble
from dianmai.core import migrating
from dianmai.core.db import Database
from dianmai.edge.heads import LimitedHttp
from dianmai.edge.upgrade import Upgrade
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
    settings: Settings,
    dsn: str,
    nats_url: str | None = None,
    *,
    progress: Progress = lambda _: None,
    features: Sequence[Any] = FEATURES,
) -> AsyncGenerator[Running]:
    """A server on this database, from the first answer to the last. `nats_url`: the bus to other machines."""
    with listening(settings) as port:
        await migrating.migrate(dsn, progress)
        async with answering(settings, dsn, nats_url, port, features) as app:
            yield Running(app, url_of(settings, port), dsn)


@asynccontextmanager
async def answering(
    settings: Settings, dsn: str, nats_url: str | None, port: socket.socket, features: Sequence[Any] = FEATURES
) -> AsyncGenerator[App]:
    """The product behind a port that is taken already, on a database whose schema is up to date."""
    app = assemble(settings, Database(dsn, size=settings.database_pool), features)
    await app.start(nats_url)
    try:
        async with _doors(app, port):
            yield app
    finally:
        await app.stop()


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
def listening(settings: Settings) -> Generator[socket.socket]:
    """The port, taken before anything else is touched."""
    infos = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = infos[0]
    with socket.socket(family, kind, protocol) as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            port.bind(address)
        except OSError as error:
            where = f"port {settings.port} of {settings.host}"
            raise OSError(f"Cannot listen on {where}: {error.strerror}. Choose another one with --port.") from error
        port.setblocking(False)
        yield port


@asynccontextmanager
async def _doors(app: App, port: socket.socket) -> AsyncGenerator[None]:
    server = _Server(_config(app))
    serving = asyncio.create_task(server.serve(sockets=[port]), name="http")
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


def url_of(settings: Settings, port: socket.socket) -> str:
    host, number = port.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    if name in ("0.0.0.0", "[::]"):  # noqa: S104
        name = "127.0.0.1"
    return f"{'https' if settings.tls_cert else 'http'}://{name}:{number}"
