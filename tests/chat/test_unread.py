"""What is unread: the same in the list, in the state of the streams, and as a device counts it from entries."""

import asyncio
import random

from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from tests.chat.talk import catch_up, conversations, make_group, mark_read, open_direct, say
from tests.core.trial import make_people


async def test_unread_is_the_same_on_all_devices(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    phone, till = li, Actor(li.id, "person")
    stream = await open_direct(engine, wang, li.id)
    for n in range(3):
        await say(engine, wang, stream, f"第{n}句")

    async def unread(device: Actor) -> tuple[int, int]:
        [listed] = await conversations(engine, device)
        [state] = [s for s in (await catch_up(engine, device)).streams if s.stream == stream]
        return listed.head_no - listed.read_no, state.head_no - state.read_no

    assert await unread(phone) == await unread(till) == (3, 3)
    await mark_read(engine, phone, stream, 2)
    assert await unread(phone) == await unread(till) == (1, 1)
    assert (await mark_read(engine, till, stream, 1)).no == 2
    assert (await mark_read(engine, till, stream, 99)).no == 3
    assert await unread(phone) == await unread(till) == (0, 0)


async def test_what_one_has_said_oneself_is_not_unread(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    await say(engine, li, stream, "货到了")
    await say(engine, wang, stream, "收到")
    [listed] = await conversations(engine, wang)
    assert (listed.head_no, listed.read_no) == (2, 2)
    [listed] = await conversations(engine, li)
    assert (listed.head_no, listed.read_no) == (2, 1)


async def test_an_old_list_and_the_entries_since_say_what_a_fresh_list_says(engine: Engine) -> None:
    """As the client counts: what somebody writes moves the cursor of each of their devices."""
    dice = random.Random(5)
    people = await make_people(engine, 3)
    stream = await make_group(engine, people)
    standing = {person.id: (0, 0) for person in people}
    seen: dict[int, dict[str, int]] = {person.id: {} for person in people}
    for _ in range(12):
        turn = [dice.choice(people) for _ in range(dice.randint(1, 6))]
        await asyncio.gather(*(say(engine, person, stream, "到货") for person in turn))
        for person in people:
            caught_up = await catch_up(engine, person, seen[person.id])
            head, read = standing[person.id]
            for entry in caught_up.entries:
                if entry.stream == stream and entry.no is not None:
                    head = entry.no
                    read = entry.no if entry.actor == person.id else read
            [state] = [s for s in caught_up.streams if s.stream == stream]
            [listed] = await conversations(engine, person)
            assert (head, read) == (state.head_no, state.read_no) == (listed.head_no, listed.read_no)
            standing[person.id] = (head, read)
            seen[person.id] = {s.stream: s.head for s in caught_up.streams}


async def test_writing_and_reading_at_once_in_many_conversations_hold_each_other_up_nowhere(engine: Engine) -> None:
    people = await make_people(engine, 12)
    streams = [await make_group(engine, people) for _ in range(6)]
    for stream in streams:
        await say(engine, people[0], stream, "大家看一下")

    async def busy(person: Actor) -> None:
        mine = random.Random(person.id).sample(streams, len(streams))
        await asyncio.gather(
            *(say(engine, person, s, "看了") for s in mine), *(mark_read(engine, person, s, 1) for s in mine)
        )

    async with asyncio.timeout(10):
        await asyncio.gather(*(busy(person) for person in people))
    behind = "SELECT count(*) FROM member m WHERE m.stream = ANY($1) AND read_no < (SELECT max(no) FROM chat_message c"
    behind += " WHERE c.stream = m.stream AND c.author = m.actor)"
    assert await engine.database.pool.fetchval(behind, streams) == 0
