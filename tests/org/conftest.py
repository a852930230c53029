"""An engine over the named world."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dianmai import org
from dianmai.core import syncing
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from dianmai.files import Storage
from tests.world import World, world_of


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "files")


@pytest.fixture
async def engine(world_dsn: str, storage: Storage) -> AsyncIterator[Engine]:
    """An engine over the named world with the organisation's operations."""
    operations = [*org.operations, *org.import_operations(storage), *syncing.operations]
    engine = Engine(Database(world_dsn, size=6), operations, {})
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def world(engine: Engine) -> World:
    return await world_of(engine.database.pool)
