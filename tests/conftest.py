"""Fixtures every test may ask for."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dianmai.app import App, assemble
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from dianmai.settings import Settings
from tests.core.trial import trial_operations
from tests.postgres import Databases, migrated, running_databases
from tests.world import World, settled, world_of


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Tests run on the loop the server runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The worker's PostgreSQL."""
    with running_databases(tmp_path_factory.mktemp("databases")) as databases:
        yield databases


@pytest.fixture(scope="session")
def empty_template(databases: Databases) -> str:
    """A database with the present schema and nothing in it."""
    return databases.template("empty", migrated)


@pytest.fixture
def dsn(databases: Databases, empty_template: str) -> Iterator[str]:
    """The address of a fresh database with the present schema."""
    with databases.copy(empty_template) as dsn:
        yield dsn


@pytest.fixture
async def core(dsn: str) -> AsyncIterator[Engine]:
    """An engine with nothing but the core and the trial operations of `tests/core/trial.py`."""
    engine = Engine(Database(dsn, size=6), trial_operations, {})
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture(scope="session")
def world_template(databases: Databases) -> str:
    """A database with the named world in it."""
    return databases.template("world", settled)


@pytest.fixture
def world_dsn(databases: Databases, world_template: str) -> Iterator[str]:
    """The address of a fresh database with the named world in it."""
    with databases.copy(world_template) as dsn:
        yield dsn


@pytest.fixture
async def product(world_dsn: str, tmp_path: Path) -> AsyncIterator[App]:
    """The whole product over the named world, with its engine running and its doors shut."""
    app = assemble(Settings(data_dir=tmp_path), Database(world_dsn, size=6))
    await app.engine.start()
    yield app
    await app.engine.stop()


@pytest.fixture
async def world(product: App) -> World:
    """The named world of `product`."""
    return await world_of(product.engine.database.pool)
