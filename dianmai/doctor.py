"""Looks at the machine and the installation, and says in plain words what will cause trouble: `dianmai doctor`."""

import asyncio
import os
import resource
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import asyncpg
from nats.aio.client import Client
from nats.errors import Error

from dianmai.core import jobs
from dianmai.engines import EmbeddedPostgres, EngineError, attach, require_usable
from dianmai.settings import Settings

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

LEAST_PYTHON = (3, 11)

LEAST_FREE_MB = 200
COMFORTABLE_FREE_MB = 2_000
SLOW_SYNC_MS = 5.0
SKEW_WARN_SECONDS = 2.0
SKEW_BAD_SECONDS = 30.0
COMFORTABLE_FILES = 8_192
SPARE_CONNECTIONS = 10
_CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    level: Literal["ok", "warn", "bad"]
    """`ok`; `warn`: works, but not as well as it should; `bad`: will not work, or could lose data."""

    meaning: str
    action: str = ""
    """What to do about it; empty when nothing is to be done."""


async def examine(settings: Settings) -> list[Finding]:
    """Everything that was looked at, in a fixed order. Changes nothing; an embedded database that is not running but
    exists is started for the moment."""
    findings = [_python(), _web_client(), _open_files(), _disk(settings.data_dir), _data_directory(settings)]
    findings.append(await asyncio.to_thread(_sync_latency, settings.data_dir))
    findings += await _database(settings)
    findings += await _bus(settings)
    findings.append(await _port(settings.host, settings.port))
    return findings


def report(findings: list[Finding]) -> str:
    """The findings as text for a terminal, the grave ones last, where they are seen."""
    marks = {"ok": "ok  ", "warn": "WARN", "bad": "BAD "}
    lines: list[str] = []
    for finding in sorted(findings, key=lambda finding: ("ok", "warn", "bad").index(finding.level)):
        lines.append(f"{marks[finding.level]}  {finding.name}: {finding.meaning}")
        if finding.action:
            lines.append(f"      -> {finding.action}")
    return "\n".join(lines) + "\n"


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < LEAST_PYTHON:
        return Finding("Python", "bad", f"version {version} is too old", "Install Python 3.11 or newer.")
    return Finding("Python", "ok", f"version {version}")


def _web_client() -> Finding:
    if (resources.files("dianmai") / "edge" / "static" / "index.html").is_file():
        return Finding("web client", "ok", "it is built")
    return Finding(
        "web client",
        "warn",
        "it is not built: programs can use Dianmai, people with a browser cannot",
        "In a checkout run bin/setup (needs Node 20 or newer); otherwise install the wheel, which contains it.",
    )


def _open_files() -> Finding:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY or limit >= COMFORTABLE_FILES:
        return Finding("open files", "ok", "enough connections are allowed")
    return Finding(
        "open files",
        "warn",
        f"this process may open {limit} files; each connected device takes one",
        f"Raise it: `ulimit -n {COMFORTABLE_FILES * 8}`, or LimitNOFILE={COMFORTABLE_FILES * 8} in the systemd unit.",
    )


def _disk(data_dir: Path) -> Finding:
    place = _existing(data_dir)
    free = shutil.disk_usage(place).free // (1024 * 1024)
    action = f"Make room on the disk of {place}, or move the data (setting data_dir)."
    if free < LEAST_FREE_MB:
        return Finding("free disk", "bad", f"only {free} MB: the database will not start", action)
    if free < COMFORTABLE_FREE_MB:
        return Finding("free disk", "warn", f"only {free} MB are left", action)
    return Finding("free disk", "ok", f"{free} MB")


def _data_directory(settings: Settings) -> Finding:
    try:
        if settings.database_url is None:
            require_usable(settings.data_dir)
        elif not os.access(_existing(settings.data_dir), os.W_OK | os.X_OK):
            return Finding("data directory", "bad", f"{settings.data_dir} cannot be written to", "Change its owner.")
    except (EngineError, OSError) as error:
        return Finding("data directory", "bad", str(error), "See above.")
    return Finding("data directory", "ok", str(settings.data_dir))


def _sync_latency(data_dir: Path) -> Finding:
    name = "disk speed"
    place = _existing(data_dir)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".doctor-") as file:
            median = statistics.median(_timed_sync(file.fileno()) for _ in range(21))
    except OSError as error:
        return Finding(name, "bad", f"a file in {place} could not be written: {error}", "Change its owner or mode.")
    if median > SLOW_SYNC_MS:
        return Finding(
            name,
            "warn",
            f"writing 8 kB safely takes {median:.1f} ms; each message waits at least that long",
            "Put the data directory on an SSD, or on a disk whose controller has a protected cache.",
        )
    return Finding(name, "ok", f"writing 8 kB safely takes {median:.2f} ms")


def _timed_sync(file: int) -> float:
    """Milliseconds for a write of 8 kB to be safe."""
    started = time.perf_counter()
    os.pwrite(file, os.urandom(8192), 0)
    os.fdatasync(file)
    return (time.perf_counter() - started) * 1000


async def _database(settings: Settings) -> list[Finding]:
    if settings.database_url is None and not (settings.data_dir / "postgres").exists():
        return [Finding("database", "ok", "Dianmai makes its own PostgreSQL at the first start")]
    try:
        async with _connected(settings) as connection:
            return [
                *await _database_settings(connection),
                await _connections(connection, settings),
                await _clock(connection),
                *await _timers(connection),
            ]
    except EngineError as error:
        return [Finding("database", "bad", error.message, "See above.")]
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
        return [
            Finding(
                "database",
                "bad",
                f"it cannot be reached: {str(error) or f'no answer within {_CONNECT_SECONDS:.0f} seconds'}",
                "Check DATABASE_URL, whether the server runs, and whether its pg_hba.conf lets this machine in."
                if settings.database_url is not None
                else f"Look into {settings.data_dir / 'log'}; if it says nothing new, restart Dianmai.",
            )
        ]


@asynccontextmanager
async def _connected(settings: Settings) -> "AsyncGenerator[Connection]":
    mine: EmbeddedPostgres | None = None
    dsn = settings.database_url
    if dsn is None:
        try:
            dsn = attach(settings.data_dir).dsn
        except EngineError as error:
            if error.code != "not_running":
                raise
            mine = EmbeddedPostgres(settings.data_dir)
            dsn = (await mine.start(lambda _: None)).dsn
    try:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS)
        try:
            yield connection
        finally:
            await connection.close(timeout=_CONNECT_SECONDS)
    finally:
        if mine is not None:
            await mine.stop()


async def _database_settings(connection: "Connection") -> list[Finding]:
    names = ["server_version", "server_version_num", "fsync", "full_page_writes", "synchronous_commit"]
    rows = await connection.fetch("SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name", names)
    values = {str(row["name"]): str(row["value"]) for row in rows}
    findings: list[Finding] = []
    if int(values["server_version_num"]) < 150_000:
        meaning = f"PostgreSQL {values['server_version']} is too old"
        findings.append(Finding("database", "bad", meaning, "Use PostgreSQL 15 or newer."))
    else:
        findings.append(Finding("database", "ok", f"PostgreSQL {values['server_version']} answers"))
    for name in names[2:]:
        if values[name] == "off":
            meaning = f"{name} is off: messages people were told are safe could be lost in a power cut"
            findings.append(Finding("database safety", "bad", meaning, f"Set {name} = on in the database server."))
    if len(findings) == 1:
        findings.append(Finding("database safety", "ok", "what is confirmed has reached the disk"))
    return findings


async def _connections(connection: "Connection", settings: Settings) -> Finding:
    allowed = int(await connection.fetchval("SELECT current_setting('max_connections')"))
    wanted = settings.connections
    if wanted <= allowed - SPARE_CONNECTIONS:
        return Finding("database connections", "ok", f"at most {wanted} of {allowed} are used from here")
    return Finding(
        "database connections",
        "warn",
        f"{settings.workers} workers want up to {wanted} connections, the database allows {allowed} in all",
        "Raise max_connections in the database server, or lower workers or database_pool.",
    )


async def _clock(connection: "Connection") -> Finding:
    before = time.time()
    theirs = float(await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8"))
    skew = abs(theirs - (before + time.time()) / 2)
    if skew <= SKEW_WARN_SECONDS:
        return Finding("clock", "ok", "agrees with the database's")
    return Finding(
        "clock",
        "bad" if skew > SKEW_BAD_SECONDS else "warn",
        f"differs from the database's by {skew:.0f} seconds",
        "Let both machines set their clocks over the network (systemd-timesyncd or chrony).",
    )


async def _bus(settings: Settings) -> list[Finding]:
    if settings.nats_url is None:
        return []
    try:
        client = Client()
        async with asyncio.timeout(_CONNECT_SECONDS):
            await client.connect(settings.nats_url, max_reconnect_attempts=1, error_cb=_say_nothing)
        await client.close()
    except (Error, OSError, TimeoutError) as error:
        return [
            Finding(
                "bus",
                "warn",
                f"NATS cannot be reached ({type(error).__name__}): what others do is seen up to two seconds later",
                "Check NATS_URL, its password, and whether NATS runs.",
            )
        ]
    return [Finding("bus", "ok", "NATS answers")]


async def _say_nothing(_: Exception) -> None:
    return


async def _timers(connection: "Connection") -> list[Finding]:
    if await connection.fetchval("SELECT to_regclass('job')") is None:
        return []  # a database that no server has been started on yet
    given_up = await jobs.given_up(connection)
    if not given_up:
        return [Finding("timers", "ok", "none was given up")]
    return [
        Finding(
            "timers",
            "bad",
            f"{len(given_up)} failed too often and are not tried any more, the first: "
            f"{given_up[0].kind} {given_up[0].key} ({given_up[0].trouble})",
            "Look for “job failed” in the log, mend the cause, then restart Dianmai: each start tries them once more.",
        )
    ]


async def _port(host: str, port: int) -> Finding:
    """Free, or taken by a Dianmai: known by what it answers, since a web server of others says something else."""
    where = f"{host}:{port}"
    if port == 0 or _may_bind(host, port):
        return Finding("port", "ok", f"{where} is free")
    if b"dianmai" in (await _answer(host, port)).lower():
        return Finding("port", "ok", f"a Dianmai answers at {where}")
    return Finding(
        "port",
        "bad",
        f"{where} cannot be used: another program has it, or the address is not this machine's",
        "Choose another one (setting port, or host).",
    )


def _may_bind(host: str, port: int) -> bool:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError:
        return False
    return True


async def _answer(host: str, port: int) -> bytes:
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while len(answer) < 65536 and (part := await reader.read(65536)):  # the head may come by itself
                answer += part
            writer.close()
            return answer
    except (OSError, TimeoutError):
        return b""


def _existing(path: Path) -> Path:
    return next(place for place in (path.absolute(), *path.absolute().parents) if place.exists())
