"""The PostgreSQL of the peer: the one the product brings along with the settings it has there, and what lies in it."""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from bench.crowding import settle
from bench.environment import durable_settings
from bench.peer.configuration import HOST, Archive
from bench.peer.installed import SCHEMA
from dianmai.engines import EmbeddedPostgres, Engine

DATABASE = "ejabberd"


@dataclass(frozen=True)
class Stored:
    """A running database of the peer's own."""

    archive: Archive
    engine: Engine  # with ejabberd's database in the place of ours
    pid: int
    settings: dict[str, str]

    @property
    def dsn(self) -> str:
        return self.engine.dsn


@asynccontextmanager
async def archive_database(data_dir: Path) -> AsyncGenerator[Stored]:
    """Starts it, makes ejabberd's tables, and ends it afterwards."""
    # ejabberd's driver speaks TCP only. Each run has a loopback address of its own, so that the port is free.
    address = f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}"
    postgres = EmbeddedPostgres(data_dir, settings={"listen_addresses": address})
    engine = await postgres.start(lambda _: None)
    try:
        admin: asyncpg.Connection[Any] = await asyncpg.connect(engine.admin_dsn)
        await admin.execute(f"CREATE DATABASE {DATABASE} OWNER dianmai")
        await admin.close()
        dsn, admin_dsn = _with_database(engine.dsn), _with_database(engine.admin_dsn)
        connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
        await connection.execute(SCHEMA.read_text())
        await connection.close()
        assert postgres.pid is not None
        role, password = _role(engine.dsn)
        archive = Archive(address, 5432, DATABASE, role, password)
        yield Stored(archive, replace(engine, dsn=dsn, admin_dsn=admin_dsn), postgres.pid, await durable_settings(dsn))
    finally:
        await postgres.stop()


def _with_database(dsn: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{DATABASE}"))


def _role(dsn: str) -> tuple[str, str]:
    role, _, password = urlsplit(dsn).netloc.rpartition("@")[0].partition(":")
    return unquote(role), unquote(password)


async def last_row(dsn: str) -> int:
    """The id of the newest archived message."""
    return (await _row(dsn, "SELECT coalesce(max(id), 0) FROM archive"))[0]


async def rows_after(dsn: str, row: int) -> tuple[int, int]:
    """How many rows came after one, and how many different messages they hold."""
    rows, messages = await _row(dsn, "SELECT count(*), count(DISTINCT txt) FROM archive WHERE id > $1", row)
    return rows, messages


async def fill(stored: Stored, accounts: range, missed: int, cursor: int) -> None:
    """Archives for each account a message that it has, of `cursor` (µs since 1970), and `missed` that came after it."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(stored.dsn)
    try:
        await connection.execute(_FILL, accounts.start, accounts.stop - 1, missed, cursor, HOST)
    finally:
        await connection.close()
    await settle(stored.engine)


async def _row(dsn: str, sql: str, *values: object) -> asyncpg.Record:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        row = await connection.fetchrow(sql, *values)
    finally:
        await connection.close()
    assert row is not None
    return row


# As ejabberd stores a message that came in; the body is one of the generator's marks with filler to 200 characters.
_FILL = """
INSERT INTO archive (username, timestamp, peer, bare_peer, xml, txt, kind, nick)
SELECT reader, $4::bigint + number, writer || '/bench', writer, format($xml$<message xml:lang='en' to='%s@%s/bench'
    from='%s/bench' type='chat' id='%s-%s' xmlns='jabber:client'><body>%s</body></message>$xml$,
    reader, $5::text, writer, person, number, body), body, 'chat', ''
FROM generate_series($1::int, $2::int) AS person, generate_series(0, $3::int) AS number,
    LATERAL (SELECT 'u' || lpad(person::text, 5, '0'), 'u' || lpad((person - 1)::text, 5, '0') || '@' || $5)
        AS people (reader, writer),
    LATERAL (SELECT rpad('~m' || repeat('0', 20) || lpad(to_hex(number), 8, '0'), 200, ' the shelf is full again'))
        AS said (body)
ORDER BY number, person"""
