"""What a started server must have before anybody uses it: our role and database, and settings that keep promises."""

from collections.abc import Mapping
from pathlib import Path

import asyncpg

from dianmai.engines.cluster import DATABASE, ROLE, SUPERUSER
from dianmai.engines.errors import EngineError
from dianmai.engines.running import address

_SAFE = ("fsync", "full_page_writes", "synchronous_commit")
_WAIT_SECONDS = 20.0


async def prepare_database(
    socket_directory: Path, passwords: Mapping[str, str], *, new: bool, overridden: Mapping[str, str]
) -> str:
    """Make role and database if missing, require safe settings; returns the server's version, such as "18.6".

    Raises `unsafe_settings` when an acknowledged write could be lost, unless that very setting was `overridden`.
    """
    try:
        if new:
            await _make_role_and_database(socket_directory, passwords)
        try:
            connection = await _connect(socket_directory, passwords, ROLE, DATABASE)
        except (asyncpg.InvalidPasswordError, asyncpg.InvalidCatalogNameError):
            await _make_role_and_database(socket_directory, passwords)
            connection = await _connect(socket_directory, passwords, ROLE, DATABASE)
        try:
            rows = await connection.fetch(
                "SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name",
                [*_SAFE, "server_version"],
            )
        finally:
            await connection.close()
    except asyncpg.InvalidPasswordError as error:
        raise EngineError(
            "secret_missing",
            "The database does not accept the password in postgres.pgpass: the file and the database files come from "
            "different backups. Bring back the file that belongs to them.",
        ) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise EngineError("start_failed", f"PostgreSQL started, but its first use failed: {error!r}") from error
    values = {str(row["name"]): str(row["value"]) for row in rows}
    _require_safe(values, overridden)
    return values["server_version"].split()[0]


async def _make_role_and_database(socket_directory: Path, passwords: Mapping[str, str]) -> None:
    connection = await _connect(socket_directory, passwords, SUPERUSER, "postgres")
    try:
        await connection.execute("SET log_min_duration_statement = -1; SET log_min_error_statement = panic")
        known = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", ROLE)
        verb = "ALTER ROLE" if known else "CREATE ROLE"
        # No superuser: a mistake in a query must not become a program run on the server.
        make_role = await connection.fetchval(
            "SELECT format($1 || ' %I LOGIN CREATEDB PASSWORD %L', $2::text, $3::text)", verb, ROLE, passwords[ROLE]
        )
        await connection.execute(make_role)
        await connection.execute("GRANT pg_monitor TO dianmai")
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", DATABASE):
            await connection.execute("CREATE DATABASE dianmai OWNER dianmai")
    finally:
        await connection.close()


async def _connect(
    socket_directory: Path, passwords: Mapping[str, str], role: str, database: str
) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(address(socket_directory, role, passwords[role], database), timeout=_WAIT_SECONDS)


def _require_safe(values: Mapping[str, str], overridden: Mapping[str, str]) -> None:
    unsafe = [name for name in _SAFE if values[name] == "off" and name not in overridden]
    if unsafe:
        raise EngineError(
            "unsafe_settings",
            f"The database runs with {', '.join(f'{name} = off' for name in unsafe)}: messages people were told are "
            "safe could be lost. Remove the setting (from postgres/postgresql.auto.conf in the data directory, or with "
            "ALTER ROLE/ALTER DATABASE … RESET) and start again.",
        )
