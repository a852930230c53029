"""What is known about a running server: its address, and the lock that keeps a data directory to one supervisor."""

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import msgspec

from dianmai.engines.cluster import DATABASE, PORT, ROLE, SUPERUSER
from dianmai.engines.errors import EngineError


@dataclass(frozen=True)
class Engine:
    """A running PostgreSQL."""

    dsn: str = field(repr=False)
    """Address for asyncpg, with the password: role `dianmai`, owner of the database `dianmai`, no superuser."""

    version: str
    """Version of the server, such as "18.6"."""

    admin_dsn: str = field(repr=False)
    """The same for the superuser `postgres`: for backups and benchmarks, never for requests."""

    programs: Path
    """Directory with `pg_dump`, `psql`, … of the server's version."""


class Running(msgspec.Struct, frozen=True):
    """What the supervisor writes into its lock file for those who attach."""

    supervisor: int
    version: str
    socket_directory: str
    programs: str


def engine(running: Running, passwords: dict[str, str]) -> Engine:
    """The engine which these notes describe."""
    directory = Path(running.socket_directory)
    return Engine(
        dsn=address(directory, ROLE, passwords[ROLE], DATABASE),
        version=running.version,
        admin_dsn=address(directory, SUPERUSER, passwords[SUPERUSER], DATABASE),
        programs=Path(running.programs),
    )


def address(socket_directory: Path, role: str, password: str, database: str) -> str:
    """A database address over the Unix socket in that directory."""
    return f"postgresql://{role}:{password}@/{database}?host={quote(str(socket_directory), safe='')}&port={PORT}"


class Lock:
    """The lock of a data directory; the system releases it when its holder ends, however that happens."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "postgres.lock"
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock if nobody holds it."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _locked(file):
            os.close(file)
            return False
        os.ftruncate(file, 0)
        self._file = file
        return True

    def note(self, running: Running) -> None:
        """Tell those who attach what runs."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, msgspec.json.encode(running), 0)

    def release(self) -> None:
        """Let others have it."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def read(self) -> Running | None:
        """What the holder noted; None while it is still starting. Raises `not_running` when there is no holder."""
        try:
            file = os.open(self._path, os.O_RDONLY)
        except OSError as error:
            raise self._not_running() from error
        try:
            if _locked(file):
                raise self._not_running()
            noted = os.pread(file, 65536, 0)
        finally:
            os.close(file)
        return msgspec.json.decode(noted, type=Running) if noted else None

    def _not_running(self) -> EngineError:
        return EngineError(
            "not_running", f"No Dianmai runs a database in {self._path.parent}. Start it with: dianmai serve"
        )


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
