"""An engine over the named world."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dianmai import org
from dianmai.core import syncing
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from dianmai.files import Storage
from tests.postgres import Databases
from tests.world import World, settled, world_of


@pytest.fixture(scope="session")
def world_template(databases: Databases) -> str:
    """A database with the named world in it."""
    return databases.template("named_world_org", settled)


@pytest.fixture
def world_dsn(databases: Databases, world_template: str) -> Iterator[str]:
    with databases.copy(world_template) as dsn:
        yield dsn


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
