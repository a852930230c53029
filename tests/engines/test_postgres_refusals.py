"""Everything that keeps the embedded PostgreSQL from starting has a code and words a person can act on."""

import asyncio
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest

from dianmai.engines import EmbeddedPostgres, EngineError, attach, socket_directory
from dianmai.engines.server_log import ServerLog


def refusal(data_dir: Path, settings: Mapping[str, str] | None = None) -> EngineError:
    """The error with which a start is refused."""

    async def story() -> None:
        postgres = EmbeddedPostgres(data_dir, settings=settings)
        await postgres.start(lambda _: None)
        await postgres.stop()

    with pytest.raises(EngineError) as caught:
        asyncio.run(story())
    assert caught.value.message == str(caught.value)
    return caught.value


@pytest.fixture
def small_disk(place: Path) -> Iterator[Path]:
    """A real file system with 64 MB; needs root."""
    directory = place / "small"
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=755", "tmpfs", str(directory)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield directory
    subprocess.run(["umount", str(directory)], check=True)


def test_a_directory_the_account_cannot_enter(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    if os.geteuid() != 0:
        closed.chmod(0o000)
    try:
        error = refusal(closed / "data")
    finally:
        closed.chmod(0o700)
    assert error.code == "not_reachable" if os.geteuid() == 0 else "data_directory_unusable"
    assert str(closed) in error.message
    assert "DIANMAI_DATA_DIR" in error.message
    assert not (closed / "data").exists()


def test_a_data_directory_that_is_a_file(place: Path) -> None:
    (place / "data").write_text("not a directory")
    error = refusal(place / "data")
    assert error.code == "data_directory_unusable"
    assert str(place / "data") in error.message


def test_a_full_disk(small_disk: Path) -> None:
    error = refusal(small_disk / "data")
    assert error.code == "disk_full"
    assert "Make at least 200 MB free" in error.message


def test_a_nearly_full_disk(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(place)._replace(free=199 * 1024 * 1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    error = refusal(place / "data")
    assert error.code == "disk_full"
    assert "only 199 MB are free" in error.message


def test_a_disk_that_fills_while_the_database_is_made(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dianmai.engines.cluster.LEAST_FREE_BYTES", 0)
    assert refusal(small_disk / "data").code == "disk_full"
    assert not (small_disk / "data" / "postgres").exists()


def test_a_foreign_directory_is_left_untouched(place: Path) -> None:
    (place / "data" / "postgres").mkdir(parents=True)
    (place / "data" / "postgres" / "photo.jpg").write_text("mine")
    error = refusal(place / "data")
    assert error.code == "foreign_directory"
    assert [path.name for path in (place / "data" / "postgres").iterdir()] == ["photo.jpg"]


@pytest.mark.parametrize(("version", "code"), [("99", "data_from_newer_version"), ("16", "data_from_older_version")])
def test_data_of_another_version(data_dir: Path, version: str, code: str) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text(f"{version}\n")
    error = refusal(data_dir)
    assert error.code == code
    assert f"PostgreSQL {version}" in error.message


def test_a_data_directory_in_use(data_dir: Path) -> None:
    async def story() -> EngineError:
        postgres = EmbeddedPostgres(data_dir)
        await postgres.start(lambda _: None)
        with pytest.raises(EngineError) as caught:
            await EmbeddedPostgres(data_dir).start(lambda _: None)
        await postgres.stop()
        return caught.value

    error = asyncio.run(story())
    assert error.code == "already_running"
    assert f"(process {os.getpid()})" in error.message


def test_nothing_to_attach_to(data_dir: Path, place: Path) -> None:
    for directory in (data_dir, place / "nowhere"):
        with pytest.raises(EngineError) as caught:
            attach(directory)
        assert caught.value.code == "not_running"


def test_no_programs_for_the_platform(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    error = refusal(place / "data")
    assert error.code == "no_binaries"
    assert "DATABASE_URL" in error.message


def test_a_socket_path_beyond_the_limit(data_dir: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = data_dir.rename(place / ("very-long-name-" * 8))
    monkeypatch.setattr(socket_directory, "_short_base", lambda: long)
    error = refusal(long)
    assert error.code == "socket_path_too_long"
    assert "107 bytes" in error.message


@pytest.mark.parametrize("obstacle", ["file", "link", "open to others"])
def test_a_socket_directory_that_cannot_be_used(data_dir: Path, place: Path, obstacle: str) -> None:
    (data_dir / "run").rmdir()
    if obstacle == "file":
        (data_dir / "run").write_text("")
    elif obstacle == "link":
        (data_dir / "run").symlink_to(place)
    else:
        (data_dir / "run").mkdir()
        (data_dir / "run").chmod(0o777)
    error = refusal(data_dir)
    assert error.code == "socket_directory_unwritable"
    assert str(data_dir / "run") in error.message


def test_a_server_that_ends_while_starting_shows_its_last_words(data_dir: Path) -> None:
    error = refusal(data_dir, {"shared_preload_libraries": "no_such_library"})
    assert error.code == "start_failed"
    assert 'could not access file "no_such_library"' in error.message


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "ALTER ROLE dianmai SET synchronous_commit = off",
    ],
)
def test_settings_that_could_lose_confirmed_writes(data_dir: Path, statement: str) -> None:
    async def story() -> None:
        postgres = EmbeddedPostgres(data_dir)
        engine = await postgres.start(lambda _: None)
        connection = await asyncpg.connect(engine.admin_dsn)
        await connection.execute(statement)
        await connection.close()
        await postgres.stop()

    asyncio.run(story())
    error = refusal(data_dir)
    assert error.code == "unsafe_settings"
    assert statement.split("SET ")[1] in error.message


def test_a_lost_password_file(data_dir: Path) -> None:
    (data_dir / "postgres.pgpass").unlink()
    assert refusal(data_dir).code == "secret_missing"


def test_a_password_file_of_another_backup(data_dir: Path) -> None:
    (data_dir / "postgres.pgpass").write_text("*:*:*:postgres:other\n*:*:*:dianmai:other\n")
    error = refusal(data_dir)
    assert error.code == "secret_missing"
    assert "different backups" in error.message


def test_the_log_is_bounded(place: Path) -> None:
    log = ServerLog(place / "log", largest_bytes=100)
    file = log.open()
    for line in range(100):
        os.write(file, b"a line of the server's log %d\n" % line)
        log.rotate()
    os.write(file, b"the last words\n")
    os.close(file)
    assert log.since_start().endswith("the last words")
    assert sum(path.stat().st_size for path in (place / "log").iterdir()) < 300
    assert len(list((place / "log").iterdir())) == 2
