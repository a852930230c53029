"""Short ways in: asking as nobody, getting a code, activating, signing in."""

from typing import Any

import msgspec
import pytest

from dianmai import accounts
from dianmai.core import access
from dianmai.core.access import NOBODY, Actor
from dianmai.core.engine import Answered, Asked, Engine
from dianmai.core.errors import Refusal
from tests.world import Member

PASSWORD = "三家店-Bread-4711"


async def ask(engine: Engine, who: Actor, op: str, *, address: str = "203.0.113.7", **body: Any) -> Any:
    """The answer to an operation, as plain JSON."""
    return msgspec.json.decode((await answered(engine, who, op, address=address, **body)).body)


async def refusal_of(engine: Engine, op: str, **body: Any) -> Refusal:
    """How somebody not signed in is refused."""
    with pytest.raises(Refusal) as refused:
        await ask(engine, NOBODY, op, **body)
    return refused.value


async def answered(engine: Engine, who: Actor, op: str, *, address: str = "203.0.113.7", **body: Any) -> Answered:
    """The answer with what the door must do besides."""
    return await engine.answer(who, Asked(op, msgspec.json.encode(body), None, address))


async def ask_on(engine: Engine, device: str | None, op: str, *, who: Actor = NOBODY, **body: Any) -> Any:
    """The answer to an operation that comes from a shared device with this token."""
    asked = Asked(op, msgspec.json.encode(body), None, "203.0.113.7", device)
    return msgspec.json.decode((await engine.answer(who, asked)).body)


async def code_for(engine: Engine, member: Member) -> str:
    return (await accounts.issue_code_for(engine, member.employee_no)).code


async def activated(engine: Engine, member: Member, password: str = PASSWORD) -> Actor:
    """Activates somebody's account and answers them as they act with the session this opens."""
    code = await code_for(engine, member)
    said = await ask(
        engine, NOBODY, "accounts.activate", employee_no=member.employee_no, code=code, password=password, bearer=True
    )
    return await by_token(engine, said["token"])


async def by_token(engine: Engine, token: str) -> Actor:
    """Whom a token belongs to now."""
    async with engine.database.reading() as connection:
        return await access.resolve(connection, token, "zh-CN")


async def sign_in(engine: Engine, member: Member, password: str = PASSWORD, **more: Any) -> Any:
    asked: dict[str, Any] = {"employee_no": member.employee_no, "password": password, "bearer": True} | more
    return await ask(engine, NOBODY, "accounts.sign_in", **asked)
