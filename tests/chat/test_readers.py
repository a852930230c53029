"""Who has read a message: counted from the read cursors, listed page by page, and by unit."""

import asyncio
import random
from typing import Any

import pytest

from dianmai.chat import readers_store
from dianmai.core import db
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import NotAllowed, NotFound, Unavailable
from dianmai.wire.readers import Deliver, Delivered, GetReaders, Readers, Watch, Watched
from tests.chat.company import Company
from tests.chat.talk import add, ask, make_group, mark_read, open_direct, remove, say
from tests.core.trial import make_people


async def readers(engine: Engine, actor: Actor, stream: str, seq: int, **more: Any) -> Readers:
    return await ask(engine, actor, "chat.readers", GetReaders(stream=stream, seq=seq, **more), Readers)


async def watch(engine: Engine, actor: Actor, stream: str) -> Watched:
    return await ask(engine, actor, "chat.watch", Watch(stream=stream), Watched)


async def everybody(engine: Engine, actor: Actor, stream: str, seq: int, state: str) -> list[int]:
    """All pages of a list, three people at a time."""
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        page = await readers(engine, actor, stream, seq, state=state, after=after, limit=3)
        found += [person.id for person in page.people]
        after = page.next
    return found


async def test_readers_and_non_readers_are_those_whose_cursor_says_so(engine: Engine) -> None:
    company = Company(engine)
    hq = await company.open_unit("hq", "总部")
    store = await company.open_unit("store", "南京路店", hq)
    people = [await company.hire(f"同事{n}", ("clerk", store)) for n in range(9)]
    dice = random.Random(42)
    stream = await make_group(engine, people)
    author = people[0]
    messages = [await say(engine, author, stream, f"第{n}句") for n in range(5)]
    read_to = {person.id: dice.randint(0, 5) for person in people[1:]}
    for person in people[1:]:
        if read_to[person.id]:
            await mark_read(engine, person, stream, read_to[person.id])
    for message in messages:
        have = sorted(person for person, no in read_to.items() if no >= message.no)
        have_not = sorted(read_to.keys() - have)
        got = await readers(engine, author, stream, message.seq)
        assert (got.read, got.unread) == (len(have), len(have_not))
        assert await everybody(engine, author, stream, message.seq, "read") == have
        assert await everybody(engine, author, stream, message.seq, "unread") == have_not


async def test_newcomers_and_leavers_do_not_count(engine: Engine) -> None:
    [li, xu, zhao, chen] = await make_people(engine, 4)
    stream = await make_group(engine, [li, xu, zhao])
    before = await say(engine, li, stream, "明天盘点")
    await add(engine, stream, chen)
    after = await say(engine, li, stream, "带上盘点机")
    await remove(engine, stream, zhao)
    await mark_read(engine, xu, stream, before.no)
    got = await readers(engine, li, stream, before.seq)
    assert (got.read, got.unread) == (1, 0)
    got = await readers(engine, li, stream, after.seq)
    assert (got.read, got.unread) == (0, 2)
    with pytest.raises(NotFound):
        await readers(engine, chen, stream, before.seq)
    with pytest.raises(NotFound):
        await readers(engine, zhao, stream, after.seq)
    assert (await readers(engine, chen, stream, after.seq)).unread == 2


async def test_the_units_of_all_with_their_numbers_open_to_their_people(engine: Engine) -> None:
    company = Company(engine)
    hq = await company.open_unit("hq", "总部")
    nanjing_lu = await company.open_unit("store", "南京路店", hq)
    xihu = await company.open_unit("store", "西湖店", hq)
    author = await company.hire("王敏", ("hq_operations", hq))
    li = await company.hire("李明", ("store_manager", nanjing_lu), ("clerk", xihu))
    xu = await company.hire("许诺", ("clerk", nanjing_lu))
    bai = await company.hire("白露", ("clerk", xihu))
    nobody = await company.hire("新来的")
    stream = await make_group(engine, [author, li, xu, bai, nobody])
    said = await say(engine, author, stream, "换海报")
    await mark_read(engine, li, stream, said.no)
    got = await readers(engine, author, stream, said.seq)
    units = [(row.name, row.read, row.unread) for row in got.units]
    assert sorted(units) == [("", 0, 1), ("南京路店", 1, 1), ("西湖店", 0, 1)]
    by_name = {row.name: row.unit for row in got.units}

    async def of(unit: str, state: str) -> list[str]:
        page = await readers(engine, author, stream, said.seq, unit=by_name[unit], state=state)
        assert page.units == []
        return [person.name for person in page.people]

    assert await of("南京路店", "read") == ["李明"]
    assert await of("南京路店", "unread") == ["许诺"]
    assert await of("西湖店", "unread") == ["白露"]
    assert await of("", "unread") == ["新来的"]


async def test_where_only_authors_may_know_nobody_else_is_told(engine: Engine) -> None:
    await engine.database.pool.execute(
        "INSERT INTO policy (name, value, set_by) VALUES ('readers_shown_to', '\"author\"', 1)"
    )
    [li, xu, zhao] = await make_people(engine, 3)
    stream = await make_group(engine, [li, xu, zhao])
    mine = await say(engine, li, stream, "谁有空")
    theirs = await say(engine, xu, stream, "我有空")
    await mark_read(engine, zhao, stream, theirs.no)
    assert (await readers(engine, li, stream, mine.seq)).read == 2
    with pytest.raises(NotAllowed):
        await readers(engine, li, stream, theirs.seq)
    # Of 许诺's message 李明 learns nothing, not even by how far the others have come.
    assert {mark.person: mark.read for mark in (await watch(engine, li, stream)).marks} == {xu.id: 1, zhao.id: 1}
    assert {mark.person: mark.read for mark in (await watch(engine, xu, stream)).marks} == {li.id: 0, zhao.id: 2}


async def test_a_direct_message_is_delivered_when_the_other_has_it_and_read_when_it_was_read(engine: Engine) -> None:
    [li, xu, stranger] = await make_people(engine, 3)
    stream = await open_direct(engine, li, xu.id)
    for n in range(3):
        await say(engine, li, stream, f"第{n}句")

    async def state() -> tuple[int, int]:
        [mark] = (await watch(engine, li, stream)).marks
        return mark.got, mark.read

    async def receive(actor: Actor, no: int) -> dict[str, int]:
        return (await ask(engine, actor, "chat.receive", Deliver(upto={stream: no}), Delivered)).upto

    assert await state() == (0, 0)
    assert await receive(stranger, 3) == {}
    assert await receive(xu, 2) == {stream: 2}
    assert await receive(xu, 1) == {}
    assert await state() == (2, 0)
    assert await receive(xu, 99) == {stream: 3}
    await mark_read(engine, xu, stream, 1)
    assert await state() == (3, 1)
    await mark_read(engine, xu, stream, 3)
    assert await state() == (3, 3)


async def test_who_stands_still_while_it_is_noted_keeps_nobody_from_writing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [li, xu] = await make_people(engine, 2)
    stream = await open_direct(engine, li, xu.id)
    await say(engine, li, stream, "早")
    noted, go_on, really = asyncio.Event(), asyncio.Event(), readers_store.note_stored

    async def stand_still(*given: Any) -> dict[tuple[str, int], int]:
        moved = await really(*given)
        noted.set()
        await go_on.wait()
        return moved

    monkeypatch.setattr(db, "STANDSTILL_MS", 100)
    monkeypatch.setattr(readers_store, "note_stored", stand_still)
    receiving = asyncio.create_task(ask(engine, xu, "chat.receive", Deliver(upto={stream: 1}), Delivered))
    await noted.wait()
    assert (await say(engine, xu, stream, "到了")).seq == 2
    go_on.set()
    with pytest.raises(Unavailable):
        await receiving


async def test_nothing_is_delivered_in_groups(engine: Engine) -> None:
    [li, xu] = await make_people(engine, 2)
    stream = await make_group(engine, [li, xu])
    await say(engine, li, stream, "早")
    answered = await ask(engine, xu, "chat.receive", Deliver(upto={stream: 1}), Delivered)
    assert answered.upto == {}


async def test_a_group_of_thousands_is_counted_along_the_key_of_its_members(engine: Engine) -> None:
    [author] = await make_people(engine, 1)
    stream = await make_group(engine, [author])
    pool = engine.database.pool
    await pool.execute("INSERT INTO actor (id, kind) SELECT g, 'person' FROM generate_series(100001, 105000) g")
    await pool.execute(
        "INSERT INTO member (stream, actor, read_no) SELECT $1, g, g % 2 FROM generate_series(100001, 105000) g", stream
    )
    for n in range(20):
        elsewhere = await make_group(engine, [author], f"另一群{n}")
        await pool.execute(
            "INSERT INTO member (stream, actor) SELECT $1, g FROM generate_series(100001, 105000) g", elsewhere
        )
    await pool.execute("UPDATE conversation SET members = 5001 WHERE stream = $1", stream)
    await pool.execute("ANALYZE member")
    said = await say(engine, author, stream, "全员必看")
    got = await readers(engine, author, stream, said.seq)
    assert (got.read, got.unread) == (2500, 2500)
    assert not (await watch(engine, author, stream)).live
    plan = "\n".join(
        row[0]
        for row in await pool.fetch(
            "EXPLAIN " + readers_store._PEOPLE,  # pyright: ignore[reportPrivateUsage]
            *(stream, said.seq, said.no, author.id, 102_000, 101, False, None),
        )
    )
    assert "member_pkey" in plan
    assert "Sort" not in plan
