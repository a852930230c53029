"""An engine with chat, notices and search, whose follower the tests let follow."""

from collections.abc import AsyncIterator

import pytest

from dianmai import chat, notices, org, search
from dianmai.core import syncing
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from tests.search.searching import AROUND, FINDABLES


@pytest.fixture
async def engine(dsn: str) -> AsyncIterator[Engine]:
    """An engine over a fresh database, with everything that search is about."""
    features = (org, chat, notices)
    operations = [
        *syncing.operations,
        *search.operations(FINDABLES, AROUND),
        *(o for f in features for o in f.operations),
    ]
    engine = Engine(Database(dsn, size=6), operations, chat.folds)
    await engine.start()
    yield engine
    await engine.stop()
