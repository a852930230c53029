"""Places for databases: where the account that serves them can reach them, removed afterwards."""

import asyncio
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from dianmai.engines import EmbeddedPostgres


def say_nothing(_: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """An empty directory for one test, on a path that any account may walk."""
    before = os.umask(0o022)
    yield from _place(tmp_path)
    os.umask(before)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory with a stopped database in it; tests take copies, which saves them making one."""

    async def make(data_dir: Path) -> None:
        postgres = EmbeddedPostgres(data_dir)
        await postgres.start(say_nothing)
        await postgres.stop()

    for directory in _place(tmp_path_factory.mktemp("made")):
        asyncio.run(make(directory / "data"))
        yield directory / "data"


@pytest.fixture
def data_dir(place: Path, made: Path) -> Path:
    """A data directory of the test's own with a stopped database, as brought back from a backup by its operator."""
    shutil.copytree(made, place / "data", ignore=shutil.ignore_patterns("engines"))
    shutil.copytree(made / "engines", place / "data" / "engines", copy_function=os.link)
    (place / "data").chmod(0o711)
    return place / "data"


def _place(ordinary: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        yield ordinary
        return
    directory = Path("/var/lib/dianmai-tests") / uuid.uuid4().hex[:12]
    directory.parent.mkdir(mode=0o755, exist_ok=True)
    directory.mkdir()
    directory.chmod(0o755)  # whatever the umask is
    try:
        yield directory
    finally:
        shutil.rmtree(directory)
