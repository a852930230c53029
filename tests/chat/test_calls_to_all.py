"""Calling everybody: for all in small conversations; in larger ones for who is in charge of that very group."""

from datetime import timedelta

import pytest

from dianmai import chat
from dianmai.chat import mentions_store
from dianmai.core.access import Actor
from dianmai.core.clock import millis
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from dianmai.core.errors import NotAllowed, NotFound
from dianmai.core.transactions import Transaction
from dianmai.wire.base import Nothing
from dianmai.wire.chat import MentionWish, Opened, Send, Sent
from dianmai.wire.groups import LeaveGroup, MakeGroup
from dianmai.wire.mentions import FindMentionable, Mentionable
from tests.chat.company import Company
from tests.chat.conftest import chat_operations
from tests.chat.talk import ask, make_group, remove

CROWD = 51


async def call(engine: Engine, actor: Actor, stream: str) -> Sent:
    everyone = MentionWish(at=0, length=4, everyone=True)
    return await ask(engine, actor, "chat.send", Send(stream=stream, text="@所有人 盘点", mentions=[everyone]), Sent)


async def reaches(engine: Engine, actor: Actor, stream: str) -> int:
    found = await ask(engine, actor, "chat.mentionable", FindMentionable(stream=stream, text="没有人"), Mentionable)
    return found.everyone


async def may_call(engine: Engine, actor: Actor, stream: str, members: int) -> bool:
    """What the offer says is what holds."""
    offered = await reaches(engine, actor, stream)
    try:
        await call(engine, actor, stream)
    except NotAllowed as refused:
        assert (refused.code, offered) == ("forbidden", 0)
        return False
    assert offered == members - 1
    return True


async def test_in_a_large_group_only_who_is_in_charge_of_it_calls_everybody(engine: Engine) -> None:
    company = Company(engine)
    hq = await company.open_unit("hq", "总部")
    shop, other = await company.open_unit("store", "南京路店", hq), await company.open_unit("store", "徐家汇店", hq)
    head = await company.hire("陈国栋", ("general_manager", hq))
    manager = await company.hire("李明", ("store_manager", shop))
    stranger = await company.hire("黄志强", ("store_manager", other))
    clerks = [await company.hire(f"店员{n}", ("clerk", shop)) for n in range(CROWD - 3)]
    everybody = [head, manager, stranger, *clerks]
    whole, store = await make_group(engine, everybody, "全体员工"), await make_group(engine, everybody)
    await engine.database.pool.execute("UPDATE conversation SET unit = $2 WHERE stream = $1", store, shop)
    may = {
        (who.id, stream): await may_call(engine, who, stream, CROWD)
        for stream in (whole, store)
        for who in (head, manager, stranger, clerks[0])
    }
    assert [may[who.id, whole] for who in (head, manager, stranger, clerks[0])] == [True, False, False, False]
    assert [may[who.id, store] for who in (head, manager, stranger, clerks[0])] == [True, True, False, False]


async def test_who_leads_a_large_temporary_group_calls_everybody_there(engine: Engine) -> None:
    company = Company(engine)
    shop = await company.open_unit("store", "南京路店", await company.open_unit("hq", "总部"))
    leader = await company.hire("李明", ("store_manager", shop))
    clerks = [await company.hire(f"店员{n}", ("clerk", shop)) for n in range(CROWD)]
    ends_at = millis(await engine.database.pool.fetchval("SELECT now()") + timedelta(days=7))
    wanted = MakeGroup(title="开业筹备", people=[clerk.id for clerk in clerks], ends_at=ends_at)
    stream = (await ask(engine, leader, "chat.make_group", wanted, Opened)).stream
    assert not await may_call(engine, clerks[0], stream, CROWD + 1)
    await ask(engine, leader, "chat.leave_group", LeaveGroup(stream=stream), Nothing)
    assert await may_call(engine, clerks[0], stream, CROWD), "it was handed on"
    assert not await may_call(engine, clerks[1], stream, CROWD)


async def test_whoever_has_left_is_offered_nobody_also_by_a_process_that_has_not_heard_of_it(
    engine: Engine, dsn: str
) -> None:
    company = Company(engine)
    shop = await company.open_unit("store", "南京路店", await company.open_unit("hq", "总部"))
    manager, clerk = [await company.hire(name, ("clerk", shop)) for name in ("李明", "许诺")]
    stream = await make_group(engine, [manager, clerk])
    elsewhere = Engine(Database(dsn, size=2), chat_operations, chat.folds)
    await elsewhere.start()
    try:
        await call(elsewhere, clerk, stream)
        assert await reaches(elsewhere, clerk, stream) == 1
        await remove(engine, stream, clerk)
        with pytest.raises(NotFound) as refused:
            await reaches(elsewhere, clerk, stream)
        assert refused.value.field == "stream"
        with pytest.raises(NotFound):
            await call(elsewhere, clerk, stream)
    finally:
        await elsewhere.stop()


async def test_calls_to_all_are_found_by_their_index(engine: Engine) -> None:
    async def plan(tx: Transaction) -> str:
        await tx.db.execute(
            "INSERT INTO mention (actor, stream, no, seq, author)"
            " SELECT n % 40, 'chat:1', n, n, 2 FROM generate_series(1, 20000) n"
        )
        await tx.db.execute("INSERT INTO stream (stream, lane, heard_by) VALUES ('chat:1', 1, 'members')")
        await tx.db.execute("INSERT INTO member (stream, actor, first_seq, read_no) VALUES ('chat:1', 1, 1, 0)")
        await tx.db.execute("ANALYZE mention; ANALYZE member")
        rows = await tx.db.fetch("EXPLAIN " + mentions_store._MENTIONS, 1, None, 51)  # pyright: ignore[reportPrivateUsage]
        return "\n".join(row[0] for row in rows)

    assert "mention_to_all" in await engine.write(plan)
