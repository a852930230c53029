"""How a person keeps their own list: pinned, muted, hidden until the next message; on all devices, for nobody else."""

import asyncio

import msgspec
import pytest

from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Invalid, NotFound
from dianmai.core.ids import person_stream
from dianmai.wire.conversations import Arrange, ArrangedBody, Conversation
from tests.chat.talk import ask, catch_up, conversations, make_group, open_direct, remove, say
from tests.core.trial import make_people


async def arrange(engine: Engine, who: Actor, stream: str, **how: bool | int) -> ArrangedBody:
    return await ask(engine, who, "chat.arrange", msgspec.convert({"stream": stream, **how}, Arrange), ArrangedBody)


async def row(engine: Engine, who: Actor, stream: str) -> Conversation:
    return next(one for one in await conversations(engine, who) if one.stream == stream)


async def test_what_is_arranged_stays_and_is_the_persons_alone(engine: Engine) -> None:
    [ming, fang] = await make_people(engine, 2)
    stream = await make_group(engine, [ming, fang])
    assert await arrange(engine, ming, stream, pinned=True) == ArrangedBody(stream=stream, pinned=True)
    await arrange(engine, ming, stream, muted=True, hidden_no=3)
    mine, hers = await row(engine, ming, stream), await row(engine, fang, stream)
    assert (mine.pinned, mine.muted, mine.hidden_no) == (True, True, 3)
    assert (hers.pinned, hers.muted, hers.hidden_no) == (False, False, -1)
    states = {state.stream: state.muted for state in (await catch_up(engine, ming)).streams}
    assert states[stream]
    await arrange(engine, ming, stream, pinned=False, muted=False, hidden_no=0)
    mine = await row(engine, ming, stream)
    assert (mine.pinned, mine.muted, mine.hidden_no) == (False, False, 0)


async def test_an_old_list_and_what_was_heard_since_are_the_new_list(engine: Engine) -> None:
    [ming, fang] = await make_people(engine, 2)
    streams = [await make_group(engine, [ming, fang]) for _ in range(3)]
    await say(engine, fang, streams[0], "早")
    old = {one.stream: one for one in await conversations(engine, ming)}
    steps = [
        (streams[0], {"pinned": True}),
        (streams[1], {"muted": True}),
        (streams[0], {"hidden_no": 1, "muted": True}),
        (streams[2], {"pinned": True, "hidden_no": 0}),
        (streams[1], {"muted": False}),
        (streams[2], {"pinned": False}),
    ]
    for stream, how in steps:
        await arrange(engine, ming, stream, **how)
    caught_up = await catch_up(engine, ming)
    for entry in caught_up.entries:
        if entry.kind == "chat.arranged":
            assert (entry.stream, entry.no) == (person_stream(ming.id), None)
            body = dict(entry.body)
            stream = body.pop("stream")
            old[stream] = msgspec.structs.replace(old[stream], **body)
    assert old == {one.stream: one for one in await conversations(engine, ming)}


async def test_arranging_nothing_says_nothing(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    await arrange(engine, ming, stream)
    assert not [e for e in (await catch_up(engine, ming)).entries if e.kind == "chat.arranged"]


async def test_others_conversations_and_what_is_none_are_not_found(engine: Engine) -> None:
    [ming, fang, stranger] = await make_people(engine, 3)
    stream = await make_group(engine, [ming, fang])
    await remove(engine, stream, fang)
    for who, where in (
        (stranger, stream),
        (fang, stream),
        (ming, "chat:999999"),
        (ming, person_stream(ming.id)),
        (ming, "org"),
    ):
        with pytest.raises(NotFound):
            await arrange(engine, who, where, pinned=True)


@pytest.mark.parametrize(
    "how",
    ['"pinned":1', '"muted":"yes"', '"hidden_no":-1', '"hidden_no":1e99', '"hidden_no":9007199254740992', '"x":1'],
)
async def test_what_is_no_arrangement_is_refused(engine: Engine, how: str) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    with pytest.raises(Invalid):
        await engine.answer(ming, Asked("chat.arrange", f'{{"stream":"{stream}",{how}}}'.encode(), "bad-arranging"))


async def test_arranging_while_writing_makes_nobody_wait_for_the_other_in_a_ring(engine: Engine) -> None:
    people = await make_people(engine, 8)
    stream = await make_group(engine, people)

    async def busy(person: Actor) -> None:
        for turn in range(12):
            await asyncio.gather(
                say(engine, person, stream, f"{turn}"), arrange(engine, person, stream, pinned=turn % 2 == 0)
            )

    await asyncio.gather(*(busy(person) for person in people))
    pool = engine.database.pool
    assert await pool.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0
    assert await pool.fetchval("SELECT count(*) FROM entry WHERE kind = 'chat.arranged'") == 96
