"""A database that has been in use is brought to the present schema with everything that is in it."""

import asyncio
import re

import asyncpg
import pytest

from dianmai.core import migrating
from tests.postgres import Databases

IN_USE = """
INSERT INTO actor (id, kind) VALUES (7, 'person'), (8, 'person');
INSERT INTO stream (stream, lane, heard_by, seq, no)
VALUES ('chat:1', 1, 'members', 4, 3), ('notice:1', 2, 'members', 1, 1);
INSERT INTO member (stream, actor, first_seq, read_no)
VALUES ('chat:1', 7, 1, 0), ('chat:1', 8, 3, 2), ('notice:1', 8, 1, 0);
INSERT INTO chat_message (stream, no, seq, author, at, nonce, body)
SELECT 'chat:1', no, seq, 7, now(), 'n' || no, convert_to(body, 'UTF8') FROM (VALUES
  (1, 1, '{"text":"no \\"pictures\\":[ here"}'),
  (2, 2, '{"pictures":[{"id":"picture-1","name":"x"},{"id":"picture-2","name":"y"}]}'),
  (3, 4, '{"pictures":[{"id":"picture-2","name":"y"}]}')) AS said(no, seq, body);
INSERT INTO file (id, uploader, name, kind, media_type, size, sha256)
SELECT id, 7, id, 'picture', 'image/png', 1, '' FROM unnest('{picture-1,picture-2,paper,unsent}'::text[]) AS id;
INSERT INTO file_holding (file, stream)
VALUES ('picture-1', 'chat:1'), ('picture-2', 'chat:1'), ('paper', 'notice:1');
INSERT INTO notice (publisher, title, text, preview, must_confirm, urgency, files, recipients, published_at)
VALUES (7, 't', 't', 't', true, 'normal', '[]', 1, now());
"""


ADDED_BEFORE = """
WITH said AS (SELECT $1::text AS stream, $2::bigint AS no, $3::bigint AS seq, $4::bigint AS author, now() AS at,
  $5::text AS nonce, $6::bytea AS body),
added AS (INSERT INTO chat_message (stream, no, seq, author, at, nonce, body) SELECT * FROM said)
SELECT count(*) FROM said"""


async def test_what_is_in_use_comes_along(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    every = list(migrating.files())
    with databases.copy("template0") as dsn:
        with monkeypatch.context() as before:
            before.setattr(migrating, "files", lambda: [(name, sql) for name, sql in every if name < "0050"])
            await migrating.migrate(dsn)
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(IN_USE)
            await migrating.migrate(dsn)
            holdings = await connection.fetch("SELECT file, seq FROM file_holding ORDER BY file")
            assert [tuple(r) for r in holdings] == [("paper", 1), ("picture-1", 2), ("picture-2", 4)]
            assert await connection.fetchval("SELECT array_agg(id) FROM file WHERE NOT held") == ["unsent"]
            assert await connection.fetchval("SELECT array_agg(stream) FROM stream WHERE NOT lasting") == ["notice:1"]
            timers = await connection.fetch("SELECT kind FROM job ORDER BY kind")
            assert [r["kind"] for r in timers] == ["files.tidy", "notices.unlist"]
            read = await connection.fetch("SELECT actor, read_no FROM member WHERE stream = 'chat:1' ORDER BY actor")
            assert [tuple(r) for r in read] == [(7, 3), (8, 2)]
        finally:
            await connection.close()


async def test_people_go_on_writing_while_the_schema_is_brought_up_to_date(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = list(migrating.files())
    done = asyncio.Event()

    async def write(dsn: str) -> int:
        """As the journal does: streams, then lanes; once more after a clash."""
        connection = await asyncpg.connect(dsn)
        written = 0
        try:
            while not done.is_set():
                try:
                    async with connection.transaction():
                        await connection.execute("UPDATE stream SET seq = seq + 1 WHERE stream = 'chat:1'")
                        await connection.execute("UPDATE lane SET pos = pos + 1 WHERE lane = 1")
                    written += 1
                except (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
                    continue
        finally:
            await connection.close()
        return written

    with databases.copy("template0") as dsn:
        with monkeypatch.context() as before:
            before.setattr(migrating, "files", lambda: [(name, sql) for name, sql in every if name < "0090"])
            await migrating.migrate(dsn)
        connection = await asyncpg.connect(dsn)
        await connection.execute("INSERT INTO stream (stream, lane, heard_by) VALUES ('chat:1', 1, 'members')")
        seq = "SELECT seq FROM stream WHERE stream = 'chat:1'"
        earlier = await connection.fetchval(seq)
        writers = [asyncio.create_task(write(dsn)) for _ in range(4)]
        while await connection.fetchval(seq) < earlier + 20:
            assert not any(writer.done() for writer in writers)
        assert await migrating.migrate(dsn) == [name for name, _ in every if name >= "0090"]
        done.set()
        written = sum(await asyncio.gather(*writers))
        assert await connection.fetchval(seq) == earlier + written
        await connection.close()


async def test_what_the_version_before_writes_of_a_message_stands_in_the_journal_already(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        assert await connection.fetchval(ADDED_BEFORE, "chat:1", 1, 1, 7, "n1", b"{}") == 1
        assert await connection.fetchval("SELECT count(*) FROM chat_message") == 0
    finally:
        await connection.close()


def test_nothing_long_is_done_where_a_table_in_use_is_closed() -> None:
    """Changing a table closes it to everybody until the commit: its rows are checked, moved and indexed elsewhere."""
    for name, sql in migrating.files():
        if name < "0110":  # released before this was a rule
            continue
        said = re.sub(r"--.*", "", sql)
        changed = set(re.findall(r"ALTER TABLE (\w+)", said))
        indexed = set(re.findall(r"CREATE (?:UNIQUE )?INDEX \w+ ON (\w+)", said))
        moved = set(re.findall(r"^UPDATE (\w+)", said, re.MULTILINE))
        assert not changed & indexed, name
        assert not changed & (moved - {"position"}), name
        for statement in said.split(";"):
            if statement.strip().startswith("ALTER TABLE"):
                assert statement.count("CHECK") == statement.count("NOT VALID"), name
