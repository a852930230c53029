"""An engine with the notices over a little chain."""

from collections.abc import AsyncIterator

import pytest

from dianmai import notices
from dianmai.core import syncing
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from tests.notices.company import Company, little_chain

notice_operations = [*notices.operations, *syncing.operations]


@pytest.fixture
async def engine(dsn: str) -> AsyncIterator[Engine]:
    """An engine over a fresh database, with nothing in it but the core and the notices."""
    engine = Engine(Database(dsn, size=6), notice_operations, {})
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def chain(engine: Engine) -> Company:
    """The little chain."""
    return await little_chain(engine)
