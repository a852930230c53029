"""Short ways for tests to do what people do with notices."""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.wire.notices import (
    Board,
    BoardRow,
    Chase,
    Chased,
    Confirm,
    GetBoard,
    GetMissing,
    GetNotice,
    GetNotices,
    Missing,
    MyState,
    Notice,
    Notices,
    Publish,
    Published,
    Read,
    Receive,
    Received,
)
from dianmai.wire.org import Audience, AudiencePart

T = TypeVar("T", bound=msgspec.Struct)
_numbers = itertools.count(1)

EVERYONE = Audience(parts=[AudiencePart()])
STORE_STAFF = Audience(parts=[AudiencePart(positions=["store_manager", "clerk"])])


def below(*units: int) -> Audience:
    return Audience(parts=[AudiencePart(units=list(units))])


def fresh_nonce() -> str:
    return f"test-{next(_numbers):08}"


async def ask(
    engine: Engine, actor: Actor, op: str, request: msgspec.Struct, answer: type[T], nonce: str | None = None
) -> T:
    answered = await engine.answer(actor, Asked(op, msgspec.json.encode(request), nonce or fresh_nonce()))
    return msgspec.json.decode(answered.body, type=answer)


async def publish(
    engine: Engine, actor: Actor, audience: Audience = STORE_STAFF, *, nonce: str | None = None, **fields: Any
) -> Published:
    said: dict[str, Any] = {"title": "冷链召回", "text": "请立即下架 **批次 A12**。", "audience": audience, **fields}
    return await ask(engine, actor, "notices.publish", Publish(**said), Published, nonce)


async def receive(engine: Engine, actor: Actor, *notices: int, device_at: int | None = None) -> Received:
    return await ask(engine, actor, "notices.receive", Receive(notices=list(notices), device_at=device_at), Received)


async def read(engine: Engine, actor: Actor, notice: int, device_at: int | None = None) -> MyState:
    return await ask(engine, actor, "notices.read", Read(notice=notice, device_at=device_at), MyState)


async def confirm(engine: Engine, actor: Actor, notice: int, device_at: int | None = None) -> MyState:
    return await ask(engine, actor, "notices.confirm", Confirm(notice=notice, device_at=device_at), MyState)


async def everyone_confirms(engine: Engine, actors: Sequence[Actor], notice: int) -> None:
    await asyncio.gather(*(confirm(engine, actor, notice) for actor in actors))


async def board(engine: Engine, actor: Actor, notice: int, unit: int | None = None) -> Board:
    return await ask(engine, actor, "notices.board", GetBoard(notice=notice, unit=unit), Board)


async def missing(engine: Engine, actor: Actor, notice: int, state: Any = "confirmed", **fields: Any) -> Missing:
    return await ask(engine, actor, "notices.missing", GetMissing(notice=notice, state=state, **fields), Missing)


async def chase(engine: Engine, actor: Actor, notice: int, unit: int | None = None) -> Chased:
    return await ask(engine, actor, "notices.chase", Chase(notice=notice, unit=unit), Chased)


async def folder(engine: Engine, actor: Actor, name: Any, **fields: Any) -> Notices:
    return await ask(engine, actor, "notices.list", GetNotices(folder=name, **fields), Notices)


async def opened(engine: Engine, actor: Actor, notice: int) -> Notice:
    return await ask(engine, actor, "notices.open", GetNotice(notice=notice), Notice)


def figures(row: BoardRow) -> tuple[int, int, int, int]:
    """Recipients, delivered, read, confirmed."""
    return row.recipients, row.delivered, row.read, row.confirmed
