"""Our supervisor for an embedded PostgreSQL: makes it, starts it, keeps it running, stops it cleanly."""

import asyncio
import contextlib
import errno
import os
import signal
import time
from collections.abc import Callable, Generator, Mapping
from functools import partial
from pathlib import Path

import structlog

from dianmai.engines import cluster, postmaster
from dianmai.engines.account import Account, account_for, require_reachable
from dianmai.engines.binaries import Binaries, binaries_in
from dianmai.engines.child import Child
from dianmai.engines.errors import EngineError
from dianmai.engines.keeping import Kept, Ways, end
from dianmai.engines.preparing import prepare_database
from dianmai.engines.running import Engine, Lock, Running, engine
from dianmai.engines.server_log import ServerLog
from dianmai.engines.socket_directory import socket_directory

_log = structlog.stdlib.get_logger(__name__)

_POLL_SECONDS = 0.005
_TELL_SECONDS = 5.0
_ROTATE_SECONDS = 2.0
# Clean, which writes everything down; at once, which leaves it to the next start; and what nothing withstands.
_WAYS: Ways = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))


def attach(data_dir: Path) -> Engine:
    """The running engine of another process that holds this data directory. Raises `not_running`."""
    data_dir = data_dir.absolute()
    noted = Lock(data_dir).read()
    if noted is None:
        raise EngineError("not_running", f"The database in {data_dir} is just starting; try again in a moment.")
    return engine(noted, cluster.secret(data_dir, create_missing=False))


class EmbeddedPostgres:
    """One PostgreSQL server on one data directory, alive from `start` to `stop`, restarted when it is killed."""

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are further lines of postgresql.conf, for tests and benchmarks; they win over ours."""
        self._data_dir = data_dir.absolute()
        self._cluster = self._data_dir / "postgres"
        self._settings = dict(settings or {})
        self._lock = Lock(self._data_dir)
        self._progress: Callable[[str], None] = _say_nothing
        self._callbacks: list[Callable[[], None]] = []
        self._engine: Engine | None = None
        self._kept: Kept | None = None
        self._rotating: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the server; None when none was started."""
        return self._kept.pid if self._kept else None

    def on_restart(self, callback: Callable[[], None]) -> None:
        """Call this, without arguments and in the event loop, whenever a killed server is ready again."""
        self._callbacks.append(callback)

    async def start(self, progress: Callable[[str], None]) -> Engine:
        """Start the server, making its files on the first use; returns once it answers.

        `progress` gets a sentence now and then, later also about restarts. Raises EngineError.
        """
        self._progress = progress
        with _system_errors_named(self._data_dir):
            account = account_for(self._cluster)
            self._make_directories(account)
            await self._take_lock()
        kept = Kept("PostgreSQL", partial(self._begin, account), progress, ways=_WAYS)
        try:
            with _system_errors_named(self._data_dir):
                await kept.start()
        except BaseException:
            self._lock.release()
            raise
        self._kept = kept
        self._rotating = asyncio.create_task(self._rotate(), name="postgres-log")
        assert self._engine is not None, "it has begun"
        return self._engine

    async def stop(self) -> None:
        """End the server cleanly: clients are disconnected, everything is written down. Harmless when not running."""
        if self._rotating is not None:
            self._rotating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._rotating
            self._rotating = None
        if self._kept is not None:
            await self._kept.stop()
            self._kept = self._engine = None
        self._lock.release()

    def _make_directories(self, account: Account | None) -> None:
        """Missing directories only: what others made keeps its owner and its mode."""
        if self._data_dir.exists() and not self._data_dir.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "it is a file", str(self._data_dir))
        missing = [place for place in (self._data_dir, *self._data_dir.parents) if not place.exists()]
        require_reachable(missing[-1].parent if missing else self._data_dir, account)
        for place in reversed(missing):
            place.mkdir()
            place.chmod(0o755)
        if missing:
            self._data_dir.chmod(0o710 if account else 0o700)
            if account:
                os.chown(self._data_dir, -1, account.gid)
        engines = self._data_dir / "engines"
        if not engines.exists():
            engines.mkdir()
            engines.chmod(0o755)

    async def _take_lock(self) -> None:
        # Somebody who attaches holds it for an instant to see whether anybody does.
        for _ in range(10):
            if self._lock.acquire():
                return
            await asyncio.sleep(0.02)
        holder = None
        with contextlib.suppress(EngineError):  # it has ended this very moment
            holder = self._lock.read()
        who = f" (process {holder.supervisor})" if holder else ""
        raise EngineError(
            "already_running",
            f"Another Dianmai{who} already runs the database in {self._data_dir}. Stop it first, or give this one "
            "another data directory (setting data_dir, or DIANMAI_DATA_DIR).",
        )

    async def _begin(self, account: Account | None) -> Child:
        """A server that answers; the first one makes its files where there are none."""
        if self._engine is None:
            child, self._engine = await self._first_launch(account)
            return child
        try:
            binaries = binaries_in(self._data_dir / "engines")
            passwords = cluster.secret(self._data_dir, create_missing=False)
            child, _ = await self._launch(account, binaries, passwords, new=False)
        except Exception as error:
            self._progress(str(error))
            raise
        for callback in self._callbacks:
            try:
                callback()
            except Exception:  # a mistake in one of them must not end the watch
                _log.exception("postgres_restart_callback_failed")
        return child

    async def _first_launch(self, account: Account | None) -> tuple[Child, Engine]:
        cluster.require_space(self._data_dir)
        binaries = await asyncio.to_thread(binaries_in, self._data_dir / "engines")
        known = cluster.exists(self._cluster, binaries)
        passwords = cluster.secret(self._data_dir, create_missing=not known)
        if known:
            cluster.take_over(self._cluster, account)
        else:
            self._progress(f"Creating the database in {self._cluster}")
            await cluster.create(self._cluster, binaries, account, passwords[cluster.SUPERUSER])
        self._progress(f"Starting PostgreSQL {binaries.version}")
        return await self._launch(account, binaries, passwords, new=not known)

    async def _launch(
        self, account: Account | None, binaries: Binaries, passwords: dict[str, str], *, new: bool
    ) -> tuple[Child, Engine]:
        await postmaster.clear_leftovers(self._cluster, self._progress)
        sockets = socket_directory(self._data_dir, account)
        postmaster.clear_socket(sockets)
        cluster.configure(self._cluster, account, sockets, self._settings)
        log = ServerLog(self._data_dir / "log")
        output = log.open()
        try:
            # `-D` and its value, parts of their own, are how a later supervisor recognises this process.
            child = Child(
                [str(binaries.programs / "postgres"), "-D", str(self._cluster)], account=account, output=output
            )
        finally:
            os.close(output)
        try:
            await self._ready(child, log)
            version = await prepare_database(sockets, passwords, new=new, overridden=self._settings)
            noted = Running(os.getpid(), version, str(sockets), str(binaries.programs))
            self._lock.note(noted)
        except BaseException:
            await end(child, _WAYS)
            raise
        return child, engine(noted, passwords)

    async def _ready(self, child: Child, log: ServerLog) -> None:
        """Wait without a limit: after a power cut the server replays its log, for minutes on a slow disk."""
        told = time.monotonic()
        while postmaster.status(self._cluster, child.pid) != "ready":
            if child.ended:
                said = log.since_start()
                if "No space left on device" in said:
                    raise cluster.disk_full(self._data_dir, "PostgreSQL found no room to start")
                raise EngineError(
                    "start_failed", f"PostgreSQL ended while starting. The last lines of its log:\n{said}"
                )
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                self._progress("PostgreSQL is still starting; after an unclean end it first replays its log")
            await asyncio.sleep(_POLL_SECONDS)

    async def _rotate(self) -> None:
        log = ServerLog(self._data_dir / "log")
        while True:
            await asyncio.sleep(_ROTATE_SECONDS)
            with contextlib.suppress(OSError):  # a full disk must not end this
                log.rotate()


@contextlib.contextmanager
def _system_errors_named(data_dir: Path) -> Generator[None]:
    """Turn what the operating system refuses into an error that a person can act on."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise cluster.disk_full(data_dir, "a file could not be written") from error
        raise EngineError(
            "data_directory_unusable",
            f"The data directory {data_dir} cannot be used: {error}. Choose another one (setting data_dir, or "
            "DIANMAI_DATA_DIR), or correct its owner and mode.",
        ) from error


def _say_nothing(_: str) -> None:
    return
