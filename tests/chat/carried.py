"""Short ways for tests to forward, pin and keep messages."""

from typing import Any

from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.wire.base import Nothing
from dianmai.wire.chat import Changed, MessageBody
from dianmai.wire.favourites import Favour, FavouredBody, Favourites, GetFavourites
from dianmai.wire.forwarding import Forward
from dianmai.wire.pins import Pin, Unpin
from tests.chat.talk import ask, history


async def forward(
    engine: Engine, actor: Actor, stream: str, seqs: list[int], to: list[str], nonce: str | None = None, **more: Any
) -> None:
    request = Forward(stream=stream, seqs=seqs, to=to, **more)
    await ask(engine, actor, "chat.forward", request, Nothing, nonce)


async def bodies(engine: Engine, actor: Actor, stream: str) -> list[MessageBody]:
    """What the messages of a conversation say, oldest first."""
    return [message.body for message in (await history(engine, actor, stream)).messages]


async def pin(engine: Engine, actor: Actor, stream: str, seq: int, nonce: str | None = None) -> Changed:
    return await ask(engine, actor, "chat.pin", Pin(stream=stream, seq=seq), Changed, nonce)


async def unpin(engine: Engine, actor: Actor, stream: str, seq: int, nonce: str | None = None) -> Changed:
    return await ask(engine, actor, "chat.unpin", Unpin(stream=stream, seq=seq), Changed, nonce)


async def pins(engine: Engine, actor: Actor, stream: str) -> list[int]:
    """The seqs of what somebody sees pinned, the last pinned first."""
    return [pin.message.seq for pin in (await history(engine, actor, stream)).pins]


async def favour(engine: Engine, actor: Actor, stream: str, *seqs: int, on: bool = True) -> list[int]:
    """Which of them are news."""
    request = Favour(stream=stream, seqs=list(seqs), on=on)
    return (await ask(engine, actor, "chat.favour", request, FavouredBody)).seqs


async def favourites(engine: Engine, actor: Actor, **how: Any) -> Favourites:
    return await ask(engine, actor, "chat.favourites", GetFavourites(**how), Favourites)
