"""The database files of the embedded PostgreSQL: whose they are, how they are made, how they are configured."""

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dianmai.engines import child
from dianmai.engines.account import Account, give, give_tree
from dianmai.engines.binaries import Binaries
from dianmai.engines.errors import EngineError

SUPERUSER = "postgres"
ROLE = "dianmai"
DATABASE = "dianmai"
PORT = 5432
"""Only a part of the socket's file name: the server listens on no network."""

LEAST_FREE_BYTES = 200 * 1024 * 1024
_CONFIGURATION = "postgresql.conf"
_MARK = "dianmai"


def require_space(directory: Path) -> None:
    """Raise `disk_full` unless there is room to work: a database that fills the disk stops with an emergency."""
    free = shutil.disk_usage(directory).free
    if free < LEAST_FREE_BYTES:
        raise disk_full(directory, f"only {free // (1024 * 1024)} MB are free")


def disk_full(directory: Path, why: str) -> EngineError:
    """The error for a disk without room."""
    needed = LEAST_FREE_BYTES // (1024 * 1024)
    return EngineError(
        "disk_full", f"The disk that holds {directory} is full: {why}. Make at least {needed} MB free and start again."
    )


def exists(cluster: Path, binaries: Binaries) -> bool:
    """Whether `cluster` holds database files that `binaries` can serve; False when there is nothing yet."""
    if not cluster.exists() or (cluster.is_dir() and not any(cluster.iterdir())):
        return False
    mark, version = cluster / _MARK, cluster / "PG_VERSION"
    if not (mark.is_file() and version.is_file()):
        raise EngineError(
            "foreign_directory",
            f"{cluster} is not empty and was not made by Dianmai; it is left untouched. "
            "Choose another data directory (setting data_dir, or DIANMAI_DATA_DIR), or move it away.",
        )
    major = int(version.read_text().strip())
    if major > binaries.major:
        raise EngineError(
            "data_from_newer_version",
            f"The database in {cluster} was made by PostgreSQL {major}, this Dianmai brings PostgreSQL "
            f"{binaries.version}. Install a Dianmai at least as new as the one that made it.",
        )
    if major < binaries.major:
        raise EngineError(
            "data_from_older_version",
            f"The database in {cluster} was made by PostgreSQL {major}, this Dianmai brings PostgreSQL "
            f"{binaries.version}, which cannot read it. Start the former Dianmai, take a dump with pg_dump, and "
            f"restore it into an empty data directory. Programs of PostgreSQL {major} are kept in engines/ next to it.",
        )
    return True


async def create(cluster: Path, binaries: Binaries, account: Account | None, password: str) -> None:
    """Make the database files; complete under the name `cluster`, or not there at all."""
    unfinished = cluster.with_name(f"{cluster.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    give(unfinished, account)
    with tempfile.TemporaryDirectory(dir=cluster.parent, prefix=".init-") as private:
        secret = Path(private) / "password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        give(secret, account)
        give(secret.parent, account)
        command = [str(binaries.programs / "initdb"), "-D", str(unfinished), "-U", SUPERUSER, f"--pwfile={secret}"]
        # Byte order with Unicode rules for letters, built into PostgreSQL: no update of the system changes an index.
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--data-checksums", "--auth=scram-sha-256", "--no-instructions"]
        status, said = await child.run(command, account=account)
    if status != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        if "No space left on device" in said:
            raise disk_full(cluster.parent, "there was no room to create the database")
        last = "\n".join(said.strip().splitlines()[-8:])
        raise EngineError("initialisation_failed", f"PostgreSQL could not create its files in {cluster}:\n{last}")
    (unfinished / _MARK).write_text("The database files of Dianmai. Settings are written anew at each start.\n")
    give(unfinished / _MARK, account)
    _finish(unfinished, cluster)


def _finish(unfinished: Path, cluster: Path) -> None:
    if cluster.exists():  # empty, as `exists` has found
        cluster.rmdir()
    unfinished.rename(cluster)
    # A power cut must not bring the former name back, which the next start would clear away.
    parent = os.open(cluster.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def take_over(cluster: Path, account: Account | None) -> None:
    """Give database files that root brought back from a backup to the account which serves them."""
    if account is not None and cluster.stat().st_uid == 0:
        give_tree(cluster, account)


def title(cluster: Path) -> str:
    """The name of this server, which its processes bear in the process list."""
    return "dianmai-" + hashlib.sha256(os.fsencode(cluster)).hexdigest()[:12]


def configure(cluster: Path, account: Account | None, socket_directory: Path, extra: Mapping[str, str]) -> None:
    """Write the configuration file of the server; `extra` settings win."""
    own = {"unix_socket_directories": '"' + str(socket_directory) + '"', "cluster_name": title(cluster)}
    values = {**_settings(), **own, **extra}
    lines = ["# Written by Dianmai at each start. Lasting changes of your own: ALTER SYSTEM SET …"]
    lines += [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in sorted(values.items())]
    path = cluster / _CONFIGURATION
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    give(path, account)


def secret(data_dir: Path, *, create_missing: bool) -> dict[str, str]:
    """Passwords by role, from a file in the format of PostgreSQL's own clients (PGPASSFILE), readable only by us."""
    path = data_dir / "postgres.pgpass"
    if not path.is_file():
        if not create_missing:
            raise EngineError(
                "secret_missing",
                f"{path}, the password file of the database, is missing although the database exists. "
                "Bring it back from the backup; it belongs to the same backup as the database files.",
            )
        lines = [f"*:*:*:{role}:{secrets.token_urlsafe(32)}" for role in (SUPERUSER, ROLE)]
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    try:
        fields = [line.split(":") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    except PermissionError as error:
        raise EngineError("data_directory_unusable", f"The password file {path} cannot be read: {error}.") from error
    return {parts[3]: parts[4] for parts in fields}


def _settings() -> dict[str, str]:
    """For a machine of 4 to 24 GB that also runs Dianmai and, at a small firm, much else."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    shared_buffers = min(256, max(32, memory // 16 // 1024**2))
    return {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "password_encryption": "scram-sha-256",
        "shared_buffers": f"{shared_buffers}MB",
        "effective_cache_size": f"{max(128, memory // 4 // 1024**2)}MB",
        "maintenance_work_mem": "64MB",
        "huge_pages": "try",
        "jit": "off",
        # The promise of the product rests on these three; `start` reads them back.
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "wal_level": "replica",
        "max_wal_size": "1GB",
        "min_wal_size": "128MB",
        "checkpoint_timeout": "10min",
        "random_page_cost": "1.1",
        "datestyle": "iso, ymd",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "default_text_search_config": "pg_catalog.simple",
        "log_line_prefix": "%m [%p] ",
        # What people write must not get into a log: statements carry placeholders, values are left out.
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_min_duration_statement": "1s",
        "log_checkpoints": "off",
    }
