"""Short ways for tests to deal with the groups of the named world."""

import itertools
from datetime import timedelta
from typing import TypeVar

import msgspec

from dianmai import chat
from dianmai.app import App
from dianmai.core.clock import millis
from dianmai.core.engine import Asked
from dianmai.core.followers import Followers
from dianmai.wire.chat import Opened, Send, Sent
from dianmai.wire.conversations import Conversation, Conversations, GetConversations
from dianmai.wire.groups import GetGroup, GetMembers, GroupCard, MakeGroup, Members, SetGroup
from tests.world import Member

T = TypeVar("T", bound=msgspec.Struct)
_numbers = itertools.count(1)


async def follow(app: App) -> None:
    """Lets the groups follow the organisation until nothing is behind."""
    followers = Followers(app.engine, chat.followers)
    await followers.start()
    await followers.stop()
    for follower in chat.followers:
        while await followers.step(follower):
            pass


async def group_named(app: App, title: str) -> str:
    return await app.engine.database.pool.fetchval("SELECT stream FROM conversation WHERE title_zh = $1", title)


async def ask(app: App, who: Member, op: str, request: msgspec.Struct, answer: type[T], nonce: str | None = None) -> T:
    body = msgspec.json.encode(request)
    answered = await app.engine.answer(who.actor, Asked(op, body, nonce or f"group-{next(_numbers):08}"))
    return msgspec.json.decode(answered.body, type=answer)


async def card(app: App, who: Member, stream: str) -> GroupCard:
    return await ask(app, who, "chat.group", GetGroup(stream=stream), GroupCard)


async def change(app: App, who: Member, stream: str, **how: object) -> GroupCard:
    request = msgspec.convert({"stream": stream, **how}, SetGroup)
    return await ask(app, who, "chat.set_group", request, GroupCard)


async def say(app: App, who: Member, stream: str, text: str, nonce: str | None = None) -> Sent:
    return await ask(app, who, "chat.send", Send(stream=stream, text=text), Sent, nonce)


async def make(app: App, who: Member, people: list[Member], *, title: str = "开业筹备", days: float = 7) -> str:
    now = await app.engine.database.pool.fetchval("SELECT now()")
    ends_at = millis(now + timedelta(days=days))
    request = MakeGroup(
        title=title, people=[person.id for person in people], ends_at=ends_at, purpose="新店开业前的准备"
    )
    return (await ask(app, who, "chat.make_group", request, Opened)).stream


async def lines(app: App, stream: str, kind: str) -> list[dict[str, object]]:
    """The bodies of the stream's entries of a kind, in order."""
    rows = await app.engine.database.pool.fetch(
        "SELECT body FROM entry WHERE stream = $1 AND kind = $2 ORDER BY seq", stream, kind
    )
    return [msgspec.json.decode(row["body"]) for row in rows]


async def row(app: App, who: Member, stream: str) -> Conversation | None:
    listed = await ask(app, who, "chat.conversations", GetConversations(), Conversations)
    return next((one for one in listed.conversations if one.stream == stream), None)


async def in_it(app: App, who: Member, stream: str) -> dict[int, str]:
    """Who is in the group, and why."""
    told = await ask(app, who, "chat.members", GetMembers(stream=stream), Members)
    assert told.total == len(told.members)
    return {member.id: member.why for member in told.members}
