"""A server with everything in it, on a fresh database, behind its real doors."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dianmai.app import Running, running
from dianmai.settings import Settings


@pytest.fixture
async def server(dsn: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(Settings(data_dir=tmp_path, port=0), dsn) as server:
        yield server
