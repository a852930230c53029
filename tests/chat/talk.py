"""Short ways for tests to do what people do in a chat."""

import itertools
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.transactions import Transaction
from dianmai.wire.cards import NewButton, NewCard, Press, SendCard
from dianmai.wire.chat import (
    Changed,
    Edit,
    GetHistory,
    GetMessages,
    History,
    MentionWish,
    Message,
    Messages,
    OpenDirect,
    Opened,
    React,
    Recall,
    Send,
    Sent,
)
from dianmai.wire.conversations import Conversation, Conversations, GetConversations
from dianmai.wire.sync import CatchUp, CaughtUp, Entry, GetEntries, GotEntries, MarkRead, ReadMark

T = TypeVar("T", bound=msgspec.Struct)
_numbers = itertools.count(1)


def fresh_nonce() -> str:
    return f"test-{next(_numbers):08}"


async def ask(
    engine: Engine, actor: Actor, op: str, request: msgspec.Struct, answer: type[T], nonce: str | None = None
) -> T:
    answered = await engine.answer(actor, Asked(op, msgspec.json.encode(request), nonce or fresh_nonce()))
    return msgspec.json.decode(answered.body, type=answer)


async def say(engine: Engine, actor: Actor, stream: str, text: str, nonce: str | None = None) -> Sent:
    return await ask(engine, actor, "chat.send", Send(stream=stream, text=text), Sent, nonce)


async def open_direct(engine: Engine, actor: Actor, other: int) -> str:
    return (await ask(engine, actor, "chat.open_direct", OpenDirect(person=other), Opened)).stream


async def conversations(engine: Engine, actor: Actor) -> list[Conversation]:
    return (await ask(engine, actor, "chat.conversations", GetConversations(), Conversations)).conversations


async def history(
    engine: Engine, actor: Actor, stream: str, *, before: int | None = None, after: int | None = None, limit: int = 50
) -> History:
    request = GetHistory(stream=stream, before=before, after=after, limit=limit)
    return await ask(engine, actor, "chat.history", request, History)


async def catch_up(engine: Engine, actor: Actor, known: dict[str, int] | None = None, limit: int = 500) -> CaughtUp:
    return await ask(engine, actor, "sync.catch_up", CatchUp(known=known or {}, limit=limit), CaughtUp)


async def mark_read(engine: Engine, actor: Actor, stream: str, no: int) -> ReadMark:
    return await ask(engine, actor, "sync.read", MarkRead(stream=stream, no=no), ReadMark)


async def remove(engine: Engine, stream: str, actor: Actor) -> None:
    """Takes a member out, as the follower of managed groups does."""

    async def work(tx: Transaction) -> None:
        tx.leave(stream, [actor.id])

    await engine.write(work)


async def make_group(engine: Engine, members: list[Actor], title: str = "南京路店") -> str:
    """A group these actors hear from its start, as its follower would have made it."""

    async def work(tx: Transaction) -> str:
        stream: str = await tx.db.fetchval(
            "INSERT INTO conversation (kind, key, rule, title_zh, title_en, members)"
            " VALUES ('group', 'test:' || nextval('conversation_number'), '{}', $1, $1, $2) RETURNING stream",
            title,
            len(members),
        )
        tx.open(stream)
        tx.join(stream, [m.id for m in members], from_start=True)
        return stream

    return await engine.write(work)


async def add(engine: Engine, stream: str, actor: Actor) -> None:
    """Lets an actor join a group, hearing what comes from now on."""

    async def work(tx: Transaction) -> None:
        tx.join(stream, [actor.id])
        await tx.db.execute("UPDATE conversation SET members = members + 1 WHERE stream = $1", stream)

    await engine.write(work)


async def edit(
    engine: Engine,
    actor: Actor,
    stream: str,
    seq: int,
    text: str,
    nonce: str | None = None,
    *,
    mentions: Sequence[MentionWish] = (),
) -> Changed:
    new = Edit(stream=stream, seq=seq, text=text, mentions=list(mentions))
    return await ask(engine, actor, "chat.edit", new, Changed, nonce)


async def recall(engine: Engine, actor: Actor, stream: str, seq: int, nonce: str | None = None) -> Changed:
    return await ask(engine, actor, "chat.recall", Recall(stream=stream, seq=seq), Changed, nonce)


async def react(engine: Engine, actor: Actor, stream: str, seq: int, emoji: str, *, on: bool = True) -> Changed:
    return await ask(engine, actor, "chat.react", React(stream=stream, seq=seq, emoji=emoji, on=on), Changed)


async def answer(engine: Engine, actor: Actor, stream: str, seq: int, text: str) -> Sent:
    return await ask(engine, actor, "chat.send", Send(stream=stream, text=text, reply=seq), Sent)


async def some(engine: Engine, actor: Actor, stream: str, *seqs: int) -> list[Message]:
    return (await ask(engine, actor, "chat.messages", GetMessages(stream=stream, seqs=list(seqs)), Messages)).messages


async def entries(engine: Engine, actor: Actor, stream: str, after: int = 0) -> list[Entry]:
    return (await ask(engine, actor, "sync.entries", GetEntries(stream=stream, after=after), GotEntries)).entries


async def send_card(engine: Engine, actor: Actor, stream: str, title: str, *buttons: NewButton, **more: Any) -> Sent:
    card = NewCard(title=title, buttons=list(buttons), **more)
    return await ask(engine, actor, "chat.send_card", SendCard(stream=stream, card=card), Sent)


async def press(engine: Engine, actor: Actor, stream: str, seq: int, button: str, nonce: str | None = None) -> Changed:
    return await ask(engine, actor, "chat.act", Press(stream=stream, seq=seq, button=button), Changed, nonce)
