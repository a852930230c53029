"""An engine over the named world with the operations of accounts."""

from collections.abc import AsyncIterator, Iterator

import pytest

from dianmai import accounts, org
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from tests.postgres import Databases
from tests.world import World, settled, world_of


@pytest.fixture(scope="session")
def world_template(databases: Databases) -> str:
    """A database with the named world in it."""
    return databases.template("named_world_accounts", settled)


@pytest.fixture
def world_dsn(databases: Databases, world_template: str) -> Iterator[str]:
    with databases.copy(world_template) as dsn:
        yield dsn


@pytest.fixture
async def engine(world_dsn: str) -> AsyncIterator[Engine]:
    engine = Engine(Database(world_dsn, size=6), [*org.operations, *accounts.operations], {})
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def world(engine: Engine) -> World:
    return await world_of(engine.database.pool)
