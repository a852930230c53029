"""Fixtures every test may ask for."""

from collections.abc import AsyncIterator, Iterator

import pytest

from dianmai.core.db import Database
from dianmai.core.engine import Engine
from tests.core.trial import trial_operations
from tests.postgres import Databases, migrated, running_databases


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
