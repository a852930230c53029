"""An engine over the named world with the operations of accounts."""

from collections.abc import AsyncIterator

import pytest

from dianmai import accounts, org
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from tests.world import World, world_of


@pytest.fixture
async def engine(world_dsn: str) -> AsyncIterator[Engine]:
    engine = Engine(Database(world_dsn, size=6), [*org.operations, *accounts.operations], {})
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def world(engine: Engine) -> World:
    return await world_of(engine.database.pool)
