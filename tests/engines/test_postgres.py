"""The embedded PostgreSQL in everyday life: first start, warm start, attaching, stopping."""

import asyncio
import os
import pwd
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import uvloop

from dianmai.engines import EmbeddedPostgres, Engine, attach


@asynccontextmanager
async def running(data_dir: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[Engine]:
    """A server for the length of a block."""
    postgres = EmbeddedPostgres(data_dir, settings=settings)
    engine = await postgres.start(lambda _: None)
    try:
        yield engine
    finally:
        await postgres.stop()


async def ask(dsn: str, question: str) -> object:
    """The one value that a query answers."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def test_first_use_makes_a_database_and_the_next_start_finds_it(place: Path) -> None:
    said: list[str] = []

    async def story() -> None:
        postgres = EmbeddedPostgres(place / "new" / "data")
        engine = await postgres.start(said.append)
        await ask(engine.dsn, "CREATE TABLE kept AS SELECT 7 AS number")
        await postgres.stop()
        again = EmbeddedPostgres(place / "new" / "data")
        assert await again.start(said.append) == engine
        assert await ask(engine.dsn, "SELECT number FROM kept") == 7
        await again.stop()

    asyncio.run(story())
    assert [line.split()[0] for line in said] == ["Creating", "Starting", "Starting"]


def test_a_strict_umask_closes_nothing_to_the_servers_account(place: Path) -> None:
    os.umask(0o077)  # the place sets it back

    async def story() -> None:
        async with running(place / "new" / "data") as engine:
            assert await ask(engine.dsn, "SELECT 1") == 1

    asyncio.run(story())


def test_what_was_committed_is_written_down_and_checked(data_dir: Path) -> None:
    async def story() -> None:
        async with running(data_dir) as engine:
            for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
                assert await ask(engine.dsn, f"SHOW {name}") == "on", name
            assert engine.version == await ask(engine.dsn, "SHOW server_version")

    asyncio.run(story())


def test_text_is_utf8_and_its_order_depends_on_no_system_library(data_dir: Path) -> None:
    async def story() -> None:
        async with running(data_dir) as engine:
            row = "SELECT (pg_encoding_to_char(encoding), datlocprovider, datlocale)::text FROM pg_database "
            assert await ask(engine.dsn, row + "WHERE datname = 'dianmai'") == "(UTF8,b,C.UTF-8)"
            assert await ask(engine.dsn, "SELECT lower('ÄΩ') || '店'") == "äω店"

    asyncio.run(story())


def test_only_the_password_opens_the_database_and_only_through_the_socket(data_dir: Path) -> None:
    async def story() -> None:
        async with running(data_dir) as engine:
            assert await ask(engine.dsn, "SHOW listen_addresses") == ""
            assert await ask(engine.dsn, "SELECT inet_server_addr()") is None
            hba = "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"
            assert await ask(engine.admin_dsn, hba) == "scram-sha-256"
            password = engine.dsn.split(":")[2].split("@")[0]
            with pytest.raises(asyncpg.InvalidPasswordError):
                await ask(engine.dsn.replace(password, "guessed"), "SELECT 1")
            assert password not in repr(engine)

    asyncio.run(story())
    assert stat.S_IMODE((data_dir / "postgres.pgpass").stat().st_mode) == 0o600
    assert stat.S_IMODE((data_dir / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((data_dir / "run").stat().st_mode) == 0o700


def test_requests_do_not_run_as_superuser_but_may_make_databases(data_dir: Path) -> None:
    async def story() -> None:
        async with running(data_dir) as engine:
            assert await ask(engine.dsn, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await ask(engine.dsn, "COPY (SELECT 1) TO PROGRAM 'true'")
            await ask(engine.dsn, "CREATE DATABASE another TEMPLATE dianmai")
            assert await ask(engine.admin_dsn, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is True

    asyncio.run(story())


def test_as_root_the_server_runs_as_another_account(data_dir: Path) -> None:
    async def story() -> tuple[int, int]:
        postgres = EmbeddedPostgres(data_dir)
        await postgres.start(lambda _: None)
        assert postgres.pid is not None
        owner = Path(f"/proc/{postgres.pid}").stat().st_uid
        await postgres.stop()
        return owner, (data_dir / "postgres" / "base").stat().st_uid

    server, files = asyncio.run(story())
    assert server == files
    assert (server == 0) is False
    assert (server == os.geteuid()) is (os.geteuid() != 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_as_root_on_a_machine_without_a_postgres_account_it_is_nobody(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def known(name: str) -> pwd.struct_passwd:
        if name == "postgres":
            raise KeyError(name)
        return entry(name)

    entry = pwd.getpwnam
    monkeypatch.setattr(pwd, "getpwnam", known)

    async def story() -> None:
        async with running(place / "data") as engine:
            assert await ask(engine.dsn, "SELECT 1") == 1

    asyncio.run(story())
    assert (place / "data" / "postgres").stat().st_uid == entry("nobody").pw_uid


def test_directories_that_others_made_keep_their_owner_and_mode(place: Path) -> None:
    (place / "theirs" / "data").mkdir(parents=True)
    (place / "theirs").chmod(0o751)
    (place / "theirs" / "data").chmod(0o751)

    async def story() -> None:
        async with running(place / "theirs" / "data"):
            pass

    asyncio.run(story())
    for directory in (place / "theirs", place / "theirs" / "data"):
        assert (stat.S_IMODE(directory.stat().st_mode), directory.stat().st_uid) == (0o751, os.geteuid())


def test_settings_win_over_ours(data_dir: Path) -> None:
    async def story() -> None:
        async with running(data_dir, {"work_mem": "7MB", "synchronous_commit": "off"}) as engine:
            assert await ask(engine.dsn, "SHOW work_mem") == "7MB"
            assert await ask(engine.dsn, "SHOW synchronous_commit") == "off"

    asyncio.run(story())


def test_another_process_attaches_to_the_running_server(data_dir: Path) -> None:
    script = "import sys, pathlib; from dianmai.engines import attach; print(attach(pathlib.Path(sys.argv[1])).dsn)"

    async def story() -> None:
        async with running(data_dir) as engine:
            assert attach(data_dir) == engine
            command = [sys.executable, "-c", script, str(data_dir)]
            told = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
            assert told.stdout.strip() == engine.dsn

    asyncio.run(story())


def test_a_stop_disconnects_clients_and_is_clean(data_dir: Path) -> None:
    async def story() -> str:
        postgres = EmbeddedPostgres(data_dir)
        engine = await postgres.start(lambda _: None)
        client = await asyncpg.connect(engine.dsn)
        await client.execute("BEGIN; CREATE TABLE unfinished ()")
        async with asyncio.timeout(10):
            await postgres.stop()
        await postgres.stop()  # once more does no harm
        client.terminate()
        command = [engine.programs / "pg_controldata", data_dir / "postgres"]
        return (await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)).stdout

    assert "shut down\n" in asyncio.run(story())


def test_it_works_under_uvloop(data_dir: Path) -> None:
    async def story() -> object:
        async with running(data_dir) as engine:
            return await ask(engine.dsn, "SELECT 1")

    assert uvloop.run(story()) == 1


def test_a_long_data_path_gets_its_socket_elsewhere(data_dir: Path, place: Path) -> None:
    long = data_dir.rename(place / ("very-long-name-" * 8))

    async def story() -> str:
        async with running(long) as engine:
            assert await ask(engine.dsn, "SELECT 1") == 1
            return str(await ask(engine.admin_dsn, "SHOW unix_socket_directories"))

    directory = Path(asyncio.run(story()).strip('"'))
    assert not directory.is_relative_to(place)
    assert not directory.exists() or not any(directory.iterdir())
    directory.rmdir()


def test_half_made_files_of_an_interrupted_first_start_are_made_anew(place: Path) -> None:
    (place / "data" / "postgres.new").mkdir(parents=True)
    (place / "data" / "postgres.new" / "PG_VERSION").write_text("18\n")

    async def story() -> object:
        async with running(place / "data") as engine:
            return await ask(engine.dsn, "SELECT 1")

    assert asyncio.run(story()) == 1
    assert not (place / "data" / "postgres.new").exists()
