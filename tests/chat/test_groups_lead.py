"""Who leaves a temporary group, and who leads it then (R28, R32)."""

import asyncio

import pytest

from dianmai.app import App
from dianmai.core.access import end_access
from dianmai.core.errors import Conflict, NotAllowed, NotFound
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.wire.base import Nothing
from dianmai.wire.groups import AddPeople, LeaveGroup
from dianmai.wire.org import OrgChanged
from tests.chat.groups_of import ask, card, change, follow, group_named, in_it, make, row, say
from tests.world import World

pytestmark = pytest.mark.anyio


async def waits(product: App, many: int) -> None:
    """Until so many transactions wait for somebody's lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    for _ in range(500):
        if await product.engine.database.pool.fetchval(waiting) >= many:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")


async def test_anybody_leaves_and_who_was_in_longest_leads_on(product: App, world: World) -> None:
    fang, ming, li = world.wu_fang, world.nanjing_lu.manager, world.xujiahui.manager
    stream = await make(product, fang, [ming])
    await ask(product, fang, "chat.add_people", AddPeople(stream=stream, people=[li.id]), Nothing)
    await change(product, fang, stream, post_by="managers")
    await ask(product, fang, "chat.leave_group", LeaveGroup(stream=stream), Nothing)
    assert set(await in_it(product, ming, stream)) == {ming.id, li.id}
    assert (await card(product, ming, stream)).may_set
    await say(product, ming, stream, "我来接着管")
    with pytest.raises(NotAllowed):
        await say(product, li, stream, "我呢")
    for who in (li, ming):
        await ask(product, who, "chat.leave_group", LeaveGroup(stream=stream), Nothing)
    assert await row(product, ming, stream) is None


async def test_managed_groups_cannot_be_left_and_say_why(product: App, world: World) -> None:
    await follow(product)
    stream = await group_named(product, "南京路店")
    with pytest.raises(Conflict) as told:
        await ask(product, world.nanjing_lu.cashier, "chat.leave_group", LeaveGroup(stream=stream), Nothing)
    assert told.value.code == "follows_organisation"
    assert "免打扰" in told.value.body("zh-CN", "r").message


async def test_who_leaves_the_company_is_out_and_the_group_goes_on(product: App, world: World) -> None:
    await follow(product)
    fang, ming, li = world.wu_fang, world.nanjing_lu.manager, world.xujiahui.manager
    stream = await make(product, fang, [ming, li])

    async def leave(tx: Transaction) -> None:
        await end_access(tx, [fang.id])
        tx.append(Draft("org", "org.changed", OrgChanged(people=[fang.id], units=[], cause="hr_import")))

    await product.engine.write(leave)
    await follow(product)
    assert set(await in_it(product, ming, stream)) == {ming.id, li.id}
    after = await card(product, ming, stream)
    assert after.led_by is not None
    assert after.led_by.id == min(ming.id, li.id)


async def test_who_leaves_together_leaves_the_lead_to_who_stays(product: App, world: World) -> None:
    await follow(product)
    fang, ming, li = world.wu_fang, world.nanjing_lu.manager, world.xujiahui.manager
    first, second = sorted((ming, li), key=lambda one: one.id)
    stream = await make(product, fang, [ming, li])

    async def leave(tx: Transaction) -> None:
        gone = [fang.id, first.id]
        await end_access(tx, gone)
        tx.append(Draft("org", "org.changed", OrgChanged(people=gone, units=[], cause="hr_import")))

    await product.engine.write(leave)
    await follow(product)
    after = await card(product, second, stream)
    assert (after.members, after.led_by and after.led_by.id) == (1, second.id)


async def test_who_leads_on_is_still_with_the_company(product: App, world: World) -> None:
    """Access has ended; the groups have not followed yet."""
    fang, ming, li = world.wu_fang, world.nanjing_lu.manager, world.xujiahui.manager
    first, second = sorted((ming, li), key=lambda one: one.id)
    stream = await make(product, fang, [ming, li])
    await product.engine.write(lambda tx: end_access(tx, [first.id]))
    await ask(product, fang, "chat.leave_group", LeaveGroup(stream=stream), Nothing)
    after = await card(product, second, stream)
    assert after.led_by is not None
    assert after.led_by.id == second.id


async def test_leaving_twice_at_once_is_leaving_once(product: App, world: World) -> None:
    fang, ming, li = world.wu_fang, world.nanjing_lu.manager, world.xujiahui.manager
    stream = await make(product, fang, [ming, li])

    async def leaves() -> str:
        try:
            await ask(product, ming, "chat.leave_group", LeaveGroup(stream=stream), Nothing)
        except NotFound:
            return "not_found"
        return "left"

    async with product.engine.database.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM conversation WHERE stream = $1 FOR UPDATE", stream)
        waiting = [asyncio.create_task(leaves()) for _ in range(2)]
        await waits(product, 2)
    assert sorted(await asyncio.gather(*waiting)) == ["left", "not_found"]
    assert (await card(product, fang, stream)).members == len(await in_it(product, fang, stream)) == 2
