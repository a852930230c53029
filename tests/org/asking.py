"""Short ways to ask operations as somebody."""

from typing import Any

import msgspec

from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from tests.world import Member


async def ask(engine: Engine, who: Member | Actor, op: str, nonce: str | None = None, **body: Any) -> Any:
    """The answer to an operation asked by somebody, as plain JSON."""
    actor = who.actor if isinstance(who, Member) else who
    answered = await engine.answer(actor, Asked(op, msgspec.json.encode(body), nonce))
    return msgspec.json.decode(answered.body)
