"""What the doctor looks at in the installation: the web client, the data, the database, the bus."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import resources
from typing import TYPE_CHECKING

import asyncpg
from nats.aio.client import Client
from nats.errors import Error

from dianmai.core import jobs
from dianmai.doctor.finding import Finding
from dianmai.doctor.machine import existing
from dianmai.engines import EmbeddedPostgres, EngineError, attach, require_usable
from dianmai.settings import Settings

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

SKEW_WARN_SECONDS = 2.0
SKEW_BAD_SECONDS = 30.0
SPARE_CONNECTIONS = 10
_CONNECT_SECONDS = 5.0


def web_client() -> Finding:
    """Whether the web client is built."""
    if (resources.files("dianmai") / "edge" / "static" / "index.html").is_file():
        return Finding("web client", "ok", "it is built")
    return Finding(
        "web client",
        "warn",
        "it is not built: programs can use Dianmai, people with a browser cannot",
        "In a checkout run bin/setup (needs Node 20 or newer); otherwise install the wheel, which contains it.",
    )


def data_directory(settings: Settings) -> Finding:
    """Whether the data directory can be used."""
    try:
        if settings.database_url is None:
            require_usable(settings.data_dir)
        elif not os.access(existing(settings.data_dir), os.W_OK | os.X_OK):
            return Finding("data directory", "bad", f"{settings.data_dir} cannot be written to", "Change its owner.")
    except (EngineError, OSError) as error:
        return Finding("data directory", "bad", str(error), "See above.")
    return Finding("data directory", "ok", str(settings.data_dir))


async def database(settings: Settings) -> list[Finding]:
    """The database: that it answers, holds what it acknowledges, has room for us, and tells the same time."""
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


async def bus(settings: Settings) -> list[Finding]:
    """The bus, where there is one."""
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
