"""When a transaction was committed, read from the database's own log: no clock of ours can know it."""

import asyncio
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from dianmai.engines import Engine


async def wal_position(admin_dsn: str) -> str:
    """Where the log stands."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(admin_dsn)
    try:
        return str(await connection.fetchval("SELECT pg_current_wal_flush_lsn()::text"))
    finally:
        await connection.close()


async def commit_time_us(engine: Engine, data_dir: Path, after: str, notice: int) -> int:
    """When the transaction that made a notice was committed, in microseconds since 1970; after log position `after`."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(engine.admin_dsn)
    try:
        transaction = await connection.fetchval("SELECT xmin::text FROM notice WHERE id = $1", notice)
        now = await connection.fetchval("SELECT pg_current_wal_flush_lsn()::text")
    finally:
        await connection.close()
    command = [str(engine.programs / "pg_waldump"), f"--path={data_dir / 'postgres' / 'pg_wal'}"]
    command += [f"--start={after}", f"--end={now}", "--rmgr=Transaction", f"--xid={transaction}"]
    said = await asyncio.to_thread(_said, command)
    found = re.search(r"COMMIT (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC", said)
    if found is None:
        raise RuntimeError(f"the commit of transaction {transaction} is not in the log:\n{said[-500:]}")
    moment = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000_000)


def _said(command: list[str]) -> str:
    # The end of the log is cut off in the middle of what comes next: an exit status that says nothing here.
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout or done.stderr
