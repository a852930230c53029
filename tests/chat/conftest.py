"""An engine with the chat, and short ways to speak to it."""

from collections.abc import AsyncIterator

import pytest

from dianmai import chat
from dianmai.core import syncing
from dianmai.core.db import Database
from dianmai.core.engine import Engine

chat_operations = [*chat.operations, *syncing.operations]


@pytest.fixture
async def engine(dsn: str) -> AsyncIterator[Engine]:
    """An engine over a fresh database, with nothing in it but the core and the chat."""
    engine = Engine(Database(dsn, size=6), chat_operations, chat.folds)
    await engine.start()
    yield engine
    await engine.stop()
