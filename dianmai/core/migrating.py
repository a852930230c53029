"""Brings a database to this version's schema: numbered forward-only SQL files, one transaction each, under one lock.

A migration leaves a schema on which the version before still works, so that machines are upgraded one after the other.
One that cannot begins with `-- breaking`: from then on an older program refuses to start.
"""

import asyncio
import hashlib
import random
from collections.abc import Callable
from importlib import resources

import asyncpg

from dianmai.core.errors import Unavailable, describe

LOCK = 0x6469616E6D6169
BREAKING = "-- breaking"
ATTEMPTS = 20

describe(
    {
        "schema_changed": (
            "数据库迁移 {name} 与已执行的内容不同，拒绝启动",
            "Migration {name} differs from the one that was applied; refusing to start",
        ),
        "schema_newer": (
            "数据库来自更新的版本（{name}），请升级程序",
            "The database was made by a newer version ({name}); upgrade the program",
        ),
    }
)


def files() -> list[tuple[str, str]]:
    """All migrations in order: (name, SQL)."""
    folder = resources.files("dianmai.migrations")
    return sorted((f.name, f.read_text("utf-8")) for f in folder.iterdir() if f.name.endswith(".sql"))


async def migrate(dsn: str, progress: Callable[[str], None] = lambda _: None) -> list[str]:
    """Applies what is missing and returns its names.

    Refuses a database whose history differs, and one of a newer version that has broken with this one.
    """
    connection = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": "dianmai migrate"})
    try:
        await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
        await connection.execute(_TABLE)
        await connection.execute(_BREAKING)
        rows = await connection.fetch("SELECT name, checksum, breaking FROM migration ORDER BY name")
        done = {r[0]: r[1] for r in rows}
        known = dict(files())
        newer = [r for r in rows if r[0] not in known]
        if breaking := [r[0] for r in newer if r[2] or r[0] < max(known)]:
            raise Unavailable("schema_newer", name=breaking[-1])
        sums = {name: hashlib.sha256(sql.encode()).hexdigest() for name, sql in known.items()}
        if changed := [name for name in done.keys() & sums.keys() if done[name] != sums[name]]:
            raise Unavailable("schema_changed", name=changed[0])
        missing = [name for name in known if name not in done]
        if missing:
            progress(f"Bringing the database's schema to {missing[-1]}, steps: {len(missing)}")
        for name in missing:
            await _apply(connection, name, known[name], sums[name])
        return missing
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection, name: str, sql: str, checksum: str) -> None:
    """One migration. Where people are writing meanwhile, its locks may clash with theirs: then it comes again."""
    for attempt in range(ATTEMPTS):
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '2s'")
                await connection.execute(sql)
                await connection.execute(_DONE, name, checksum, sql.startswith(BREAKING))
                return
        except (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
            if attempt == ATTEMPTS - 1:
                raise Unavailable("storage_unavailable") from None
            await asyncio.sleep(random.uniform(0.05, 0.5))  # noqa: S311


_BREAKING = "ALTER TABLE migration ADD COLUMN IF NOT EXISTS breaking boolean NOT NULL DEFAULT false"
_DONE = "INSERT INTO migration (name, checksum, breaking) VALUES ($1, $2, $3)"
_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
  name text PRIMARY KEY, checksum text NOT NULL, at timestamptz NOT NULL DEFAULT now())"""
