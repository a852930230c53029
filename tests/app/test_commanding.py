"""What `dianmai serve` says when it cannot: before anything is made, and so that one knows what to do."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dianmai.app import commanding, database, serve
from dianmai.settings import Settings


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nobody answers, and nobody else can."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


async def test_a_database_that_does_not_answer_is_waited_for_and_named(
    closed_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commanding, "WAITED_S", -1.0)
    url = f"postgresql://me:secret@127.0.0.1:{closed_port}/x"
    with pytest.raises(OSError) as refused:
        async with database(Settings(data_dir=tmp_path, database_url=url), lambda _: None):
            pytest.fail("nobody answers there")
    said = str(refused.value)
    assert f"The database at 127.0.0.1:{closed_port} cannot be used" in said
    assert "Check DATABASE_URL" in said
    assert "secret" not in said


async def test_a_database_that_answers_is_used(dsn: str, tmp_path: Path) -> None:
    async with database(Settings(data_dir=tmp_path, database_url=dsn), lambda _: None) as used:
        assert used == dsn


async def test_a_taken_port_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(data_dir=tmp_path / "data", port=taken.getsockname()[1])
        with pytest.raises(OSError, match="Cannot listen on port"):
            await serve(settings, stopped=asyncio.Event(), ready=lambda _: None, progress=lambda _: None)
    assert not (tmp_path / "data").exists()
