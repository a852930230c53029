"""Short ways for tests to look at what becomes of messages."""

import msgspec
import pytest

from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Refusal
from tests.chat.talk import (
    catch_up,
    conversations,
    entries,
    history,
    some,
)

SECRET = "进货价 8.20"


async def pass_minutes(engine: Engine, stream: str, minutes: int) -> None:
    """As if what was said in this conversation had been said so long ago."""
    later = "UPDATE entry SET at = at - make_interval(mins => $2) WHERE stream = $1"
    await engine.database.pool.execute(later, stream, minutes)


async def everything_readable(engine: Engine, reader: Actor, stream: str) -> str:
    """All that a member can get to read of a conversation, on every way, in one text."""
    ways = [
        await history(engine, reader, stream),
        await history(engine, reader, stream, before=1_000),
        await history(engine, reader, stream, after=0),
        await catch_up(engine, reader),
        await catch_up(engine, reader, {stream: 0}),
        await conversations(engine, reader),
        await entries(engine, reader, stream),
        await some(engine, reader, stream, *range(1, 50)),
    ]
    return b"".join(msgspec.json.encode(way) for way in ways).decode()


async def refused(engine: Engine, actor: Actor, op: str, body: str, nonce: str = "refused-01") -> tuple[int, str]:
    with pytest.raises(Refusal) as refusal:
        await engine.answer(actor, Asked(op, body.encode(), nonce))
    return refusal.value.status, refusal.value.code
