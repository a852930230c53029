"""A server with everything in it over the named world, behind its real doors."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dianmai.app import Running, running
from dianmai.settings import Settings
from tests.world import World, world_of


@pytest.fixture
async def server(world_dsn: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The product over the named world, as people reach it."""
    async with running(Settings(data_dir=tmp_path, port=0), world_dsn) as server:
        yield server


@pytest.fixture
async def world(server: Running) -> World:
    """The named world of `server`."""
    return await world_of(server.app.engine.database.pool)
