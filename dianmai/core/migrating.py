"""Brings a database to this version's schema: numbered forward-only SQL files, one transaction each, under one lock."""

import hashlib
from collections.abc import Callable
from importlib import resources

import asyncpg

from dianmai.core.errors import Unavailable, describe

LOCK = 0x6469616E6D6169

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
    """Applies what is missing and returns its names. Refuses a database that is newer or whose history differs."""
    connection = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": "dianmai migrate"})
    try:
        await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
        await connection.execute(_TABLE)
        done = {r[0]: r[1] for r in await connection.fetch("SELECT name, checksum FROM migration")}
        known = dict(files())
        if foreign := sorted(done.keys() - known.keys()):
            raise Unavailable("schema_newer", name=foreign[-1])
        sums = {name: hashlib.sha256(sql.encode()).hexdigest() for name, sql in known.items()}
        if changed := [name for name in done if done[name] != sums[name]]:
            raise Unavailable("schema_changed", name=changed[0])
        missing = [name for name in known if name not in done]
        if missing:
            progress(f"Bringing the database's schema to {missing[-1]}, steps: {len(missing)}")
        for name in missing:
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '2s'")
                await connection.execute(known[name])
                await connection.execute("INSERT INTO migration (name, checksum) VALUES ($1, $2)", name, sums[name])
        return missing
    finally:
        await connection.close()


_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
  name text PRIMARY KEY, checksum text NOT NULL, at timestamptz NOT NULL DEFAULT now())"""
