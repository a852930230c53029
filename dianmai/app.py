"""Puts the product together: which features there are, and how a server starts, runs and stops."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import structlog
import uvicorn

from dianmai import files, org
from dianmai.core import migrating, syncing
from dianmai.core.db import Database
from dianmai.core.doors import Door
from dianmai.core.engine import Engine
from dianmai.core.followers import Followers
from dianmai.core.jobs import Jobs
from dianmai.core.journal import Fold
from dianmai.core.operations import Operation
from dianmai.edge.admission import Admission
from dianmai.edge.heads import LimitedHttp
from dianmai.edge.http import HttpDoor
from dianmai.edge.socket import SocketDoor, Upgrade
from dianmai.engines import EmbeddedPostgres
from dianmai.org.demo_chain import write_chain
from dianmai.settings import Settings

log = structlog.get_logger()

GRACE_S = 5
KEEP_ALIVE_S = 75
BACKLOG = 4096

DEMO_STORES = 300

FEATURES = ("org", "accounts", "chat", "notices")

Progress = Callable[[str], None]


def _features() -> list[ModuleType]:
    found: list[ModuleType] = []
    for name in FEATURES:
        try:
            found.append(import_module(f"dianmai.{name}"))
        except ImportError as error:
            log.warning("feature missing", feature=name, error=str(error))
    return found


@dataclass(slots=True)
class App:
    """The product on one database, assembled and not yet started."""

    settings: Settings
    engine: Engine
    followers: Followers
    jobs: Jobs
    sockets: SocketDoor
    http: HttpDoor

    async def start(self) -> None:
        """Starts everything behind the doors. The database's schema must be up to date."""
        await self.engine.start()
        await self.followers.start()
        self.jobs.start()
        await self.sockets.start()

    async def stop(self) -> None:
        """Stops from the doors inwards; what was gathered is written before the database goes."""
        await self.sockets.stop()
        await self.jobs.stop()
        await self.followers.stop()
        await self.engine.stop()


def assemble(settings: Settings, database: Database, features: Sequence[Any] | None = None) -> App:
    """Collects what the features offer; `features` are all of them unless a test says otherwise."""
    storage = files.Storage(settings.data_dir / "files")
    features = _features() if features is None else features
    operations: list[Operation] = [*syncing.operations]
    folds: dict[str, Fold] = {}
    doors: list[Door] = [*files.doors(storage)]
    for feature in features:
        if hasattr(feature, "import_operations"):
            operations += feature.import_operations(storage)
        operations += _of(feature, "operations")
        doors += _of(feature, "doors")
        folds |= getattr(feature, "folds", {})
    engine = Engine(database, operations, folds)
    admission = Admission(settings, engine)
    sockets = SocketDoor(engine, admission)
    return App(
        settings=settings,
        engine=engine,
        followers=Followers(engine, [f for feature in features for f in _of(feature, "followers")]),
        jobs=Jobs(engine, [j for feature in features for j in _of(feature, "jobs")]),
        sockets=sockets,
        http=HttpDoor(engine, admission, sockets, doors),
    )


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    app: App
    url: str
    dsn: str


@asynccontextmanager
async def running(
    settings: Settings, dsn: str, *, progress: Progress = lambda _: None, features: Sequence[Any] | None = None
) -> AsyncGenerator[Running]:
    """A server on this database, from the first answer to the last."""
    await migrating.migrate(dsn, progress)
    app = assemble(settings, Database(dsn, size=settings.database_pool), features)
    await app.start()
    try:
        listening = _listening(settings)
        server = _Server(_config(app))
        serving = asyncio.create_task(server.serve(sockets=[listening]), name="http")
        try:
            await _answering(server, serving)
            yield Running(app, _url(settings, listening), dsn)
        finally:
            server.should_exit = True
            await serving
    finally:
        await app.stop()


async def fill_with_demo(app: App, progress: Progress) -> None:
    """Imports the demonstration chain as any chain's HR file would be. Never touches a database that has people."""
    async with app.engine.database.reading() as connection:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM actor WHERE kind = 'person')"):
            return
    progress(f"Filling the empty installation with a demonstration chain of {DEMO_STORES} stores")
    with tempfile.TemporaryDirectory() as directory:
        roster = Path(directory) / "花名册.csv"
        await asyncio.to_thread(write_chain, roster, DEMO_STORES)
        counts = await org.import_hr(app.engine, roster, confirm=lambda _: True, confirm_mass_change=True)
    progress(f"Imported: {', '.join(f'{n} {name}' for name, n in (counts or {}).items() if n)}")


async def serve(
    settings: Settings, *, stopped: asyncio.Event, ready: Callable[[Running], Any], progress: Progress
) -> None:
    """Serves until `stopped`. Starts the embedded PostgreSQL when the settings name no database."""
    async with database(settings, progress) as dsn, running(settings, dsn, progress=progress) as server:
        if settings.demo:
            await fill_with_demo(server.app, progress)
        told = ready(server)
        if asyncio.iscoroutine(told):
            await told
        await stopped.wait()
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


def _listening(settings: Settings) -> socket.socket:
    infos = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = infos[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


async def _answering(server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    while not server.started:
        if serving.done():
            serving.result()
            raise RuntimeError("the HTTP server ended while starting")
        await asyncio.sleep(0.01)


def _url(settings: Settings, listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    if name in ("0.0.0.0", "[::]"):  # noqa: S104
        name = "127.0.0.1"
    return f"{'https' if settings.tls_cert else 'http'}://{name}:{port}"


def _of(feature: Any, what: str) -> Sequence[Any]:
    return getattr(feature, what, ())
