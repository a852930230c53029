"""Fixtures of the core's tests."""

from collections.abc import AsyncIterator

import pytest

from dianmai.core.db import Database
from dianmai.core.engine import Engine
from tests.core.trial import trial_operations


@pytest.fixture
async def other(dsn: str, core: Engine) -> AsyncIterator[Engine]:
    """A second process's engine over the database of `core`."""
    engine = Engine(Database(dsn, size=4), trial_operations, {})
    await engine.start()
    yield engine
    await engine.stop()
