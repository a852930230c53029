"""The time of a temporary group: it ends by itself or before, stays readable, and goes on with a later end (R33)."""

from datetime import timedelta

import pytest

from dianmai import chat
from dianmai.app import App
from dianmai.core.clock import millis
from dianmai.core.errors import Conflict, NotAllowed
from dianmai.core.jobs import Jobs
from dianmai.wire.base import Nothing
from dianmai.wire.chat import Changed, Edit, GetHistory, History, React, Recall
from dianmai.wire.groups import AddPeople, EndGroup
from tests.chat.groups_of import ask, card, change, lines, make, row, say
from tests.world import World

pytestmark = pytest.mark.anyio


async def pass_time(product: App, by: timedelta) -> None:
    """Lets what is due by then happen."""
    jobs = Jobs(product.engine, chat.jobs, ahead=by)
    while await jobs.step():
        pass


async def test_in_one_that_is_over_nothing_is_changed_but_taken_back(product: App, world: World) -> None:
    fang, ming = world.wu_fang, world.nanjing_lu.manager
    stream = await make(product, fang, [ming])
    said = await say(product, ming, stream, "货架到了")
    await ask(product, fang, "chat.end_group", EndGroup(stream=stream), Nothing)
    for op, request in (
        ("chat.edit", Edit(stream=stream, seq=said.seq, text="没到")),
        ("chat.react", React(stream=stream, seq=said.seq, emoji="👍", on=True)),
    ):
        with pytest.raises(Conflict) as told:
            await ask(product, ming, op, request, Changed)
        assert told.value.code == "group_closed"
    await ask(product, ming, "chat.recall", Recall(stream=stream, seq=said.seq), Changed)


async def test_its_time_closes_it_and_it_stays_readable(product: App, world: World) -> None:
    fang, ming = world.wu_fang, world.nanjing_lu.manager
    stream = await make(product, fang, [ming], days=2)
    sent = await say(product, ming, stream, "货架到了", "before-end-1")
    await pass_time(product, timedelta(days=1))
    await say(product, ming, stream, "还有一天")
    await pass_time(product, timedelta(days=2, minutes=1))
    with pytest.raises(Conflict) as told:
        await say(product, fang, stream, "再说一句")
    assert told.value.code == "group_closed"
    assert await say(product, ming, stream, "货架到了", "before-end-1") == sent
    page = await ask(product, ming, "chat.history", GetHistory(stream=stream), History)
    assert [m.body.text for m in page.messages] == ["货架到了", "还有一天"]
    listed = await row(product, ming, stream)
    assert listed is not None
    assert (listed.closed, listed.may_post) == (True, False)
    assert await lines(product, stream, "group.changed") == [{"closed": True}]
    with pytest.raises(Conflict):
        await ask(product, fang, "chat.add_people", AddPeople(stream=stream, people=[world.lin_xiao.id]), Nothing)
    await pass_time(product, timedelta(days=3))
    assert len(await lines(product, stream, "group.changed")) == 1


async def test_a_later_end_opens_it_again_and_an_earlier_one_ends_it(product: App, world: World) -> None:
    fang, ming = world.wu_fang, world.nanjing_lu.manager
    stream = await make(product, fang, [ming], days=1)
    await ask(product, fang, "chat.end_group", EndGroup(stream=stream), Nothing)
    with pytest.raises(Conflict):
        await say(product, ming, stream, "结束了")
    now = await product.engine.database.pool.fetchval("SELECT now()")
    told = await change(product, fang, stream, ends_at=millis(now + timedelta(days=5)))
    assert not told.closed
    await say(product, ming, stream, "又开了")
    await pass_time(product, timedelta(days=4))
    await say(product, ming, stream, "还开着")
    await pass_time(product, timedelta(days=5, minutes=1))
    assert (await card(product, ming, stream)).closed
    with pytest.raises(NotAllowed):
        await ask(product, ming, "chat.end_group", EndGroup(stream=stream), Nothing)
