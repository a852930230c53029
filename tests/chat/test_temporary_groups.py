"""Temporary groups: made for a while across stores, with an end; who leads them says who is in (R28, R32, R33)."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from dianmai import chat
from dianmai.app import App
from dianmai.core.access import end_access
from dianmai.core.clock import millis
from dianmai.core.engine import Asked
from dianmai.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from dianmai.core.jobs import Jobs
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.wire.base import Nothing
from dianmai.wire.chat import (
    AddPeople,
    Changed,
    Conversation,
    Conversations,
    Edit,
    EndGroup,
    GetConversations,
    GetHistory,
    GetMembers,
    History,
    LeaveGroup,
    Members,
    React,
    Recall,
    RemovePerson,
)
from dianmai.wire.org import OrgChanged, PoliciesTold, SetPolicies
from tests.chat.groups_of import ask, card, change, follow, group_named, lines, make, say
from tests.world import Member, World

pytestmark = pytest.mark.anyio


async def row(product: App, who: Member, stream: str) -> Conversation | None:
    listed = await ask(product, who, "chat.conversations", GetConversations(), Conversations)
    return next((one for one in listed.conversations if one.stream == stream), None)


async def in_it(product: App, who: Member, stream: str) -> dict[int, str]:
    """Who is in the group, and why."""
    told = await ask(product, who, "chat.members", GetMembers(stream=stream), Members)
    assert told.total == len(told.members)
    return {member.id: member.why for member in told.members}


async def waits(product: App, many: int) -> None:
    """Until so many transactions wait for somebody's lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    for _ in range(500):
        if await product.engine.database.pool.fetchval(waiting) >= many:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")


async def pass_time(product: App, by: timedelta) -> None:
    """Lets what is due by then happen."""
    jobs = Jobs(product.engine, chat.jobs, ahead=by)
    while await jobs.step():
        pass


async def test_a_manager_makes_one_across_stores_and_all_are_in_from_its_start(product: App, world: World) -> None:
    fang, ming, li = world.wu_fang, world.nanjing_lu.manager, world.xujiahui.clerks[0]
    stream = await make(product, fang, [ming, li])
    assert await in_it(product, li, stream) == {fang.id: "负责这个群", ming.id: "吴芳拉进来的", li.id: "吴芳拉进来的"}
    listed = await row(product, li, stream)
    assert listed is not None
    assert (listed.title, listed.folder, listed.kind, listed.members) == ("开业筹备", "project", "group", 3)
    seen = await card(product, li, stream)
    assert (seen.purpose, seen.may_leave, seen.may_set, seen.closed) == ("新店开业前的准备", True, False, False)
    assert seen.led_by is not None
    assert seen.led_by.name == "吴芳"
    [line] = await lines(product, stream, "group.members")
    assert (line["reason"], line["joined_count"]) == ("made", 3)
    await say(product, li, stream, "货架周四到")


async def test_who_may_make_one_is_the_companys_to_decide(product: App, world: World) -> None:
    clerk, manager = world.nanjing_lu.clerks[0], world.nanjing_lu.manager
    with pytest.raises(NotAllowed):
        await make(product, clerk, [manager])
    await ask(product, world.wang_min, "org.set_policies", SetPolicies(temporary_groups_by="everyone"), PoliciesTold)
    await make(product, clerk, [manager])
    await ask(
        product, world.wang_min, "org.set_policies", SetPolicies(temporary_groups_by="administrators"), PoliciesTold
    )
    with pytest.raises(NotAllowed):
        await make(product, manager, [clerk])
    await make(product, world.wang_min, [clerk])


async def test_its_leader_adds_and_removes_and_nobody_else_does(product: App, world: World) -> None:
    fang, ming, li, xue = world.wu_fang, world.nanjing_lu.manager, world.xujiahui.manager, world.nanjing_lu.cashier
    stream = await make(product, fang, [ming])
    await say(product, ming, stream, "先说的")
    await ask(product, fang, "chat.add_people", AddPeople(stream=stream, people=[li.id, ming.id]), Nothing)
    assert set(await in_it(product, li, stream)) == {fang.id, ming.id, li.id}
    page = await ask(product, li, "chat.history", GetHistory(stream=stream), History)
    assert page.messages == [], "who is added hears what comes from then on"
    for request in (AddPeople(stream=stream, people=[xue.id]), RemovePerson(stream=stream, person=li.id)):
        op = "chat.add_people" if isinstance(request, AddPeople) else "chat.remove_person"
        with pytest.raises(NotAllowed):
            await ask(product, ming, op, request, Nothing)
        with pytest.raises(NotFound):
            await ask(product, world.tianhe.manager, op, request, Nothing)
    await ask(product, fang, "chat.remove_person", RemovePerson(stream=stream, person=ming.id), Nothing)
    with pytest.raises(NotFound):
        await say(product, ming, stream, "我还在吗")
    assert await row(product, ming, stream) is None
    # Headquarters' administrators can, wherever they are.
    await ask(product, world.wang_min, "chat.add_people", AddPeople(stream=stream, people=[xue.id]), Nothing)
    assert (await in_it(product, xue, stream))[xue.id] == "王敏拉进来的"


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


async def test_a_title_is_stored_as_names_are(product: App, world: World) -> None:
    fang = world.wu_fang
    stream = await make(product, fang, [world.nanjing_lu.manager])
    assert (await change(product, fang, stream, title="  开业 cafe\u0301 ")).title == "开业 café"


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


async def test_the_same_request_makes_one_group(product: App, world: World) -> None:
    now = await product.engine.database.pool.fetchval("SELECT now()")
    body = msgspec.json.encode({"title": "陈列", "people": [world.lin_xiao.id], "ends_at": millis(now) + 86_400_000})
    asked = Asked("chat.make_group", body, "make-one-0001")
    answers = {(await product.engine.answer(world.wu_fang.actor, asked)).body for _ in range(3)}
    assert len(answers) == 1
    assert (
        await product.engine.database.pool.fetchval("SELECT count(*) FROM conversation WHERE kind = 'temporary'") == 1
    )


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"people": []}, "too_few_items"),
        ({"people": [1] * 501}, "too_many_items"),
        ({"people": [999_999]}, "not_found"),
        ({"people": [1]}, "not_found"),  # the system is nobody to talk to
        ({"title": ""}, "text_too_short"),
        ({"title": " \u200b"}, "blank_text"),
        ({"title": "长" * 81}, "text_too_long"),
        ({"title": "a\u202eb"}, "bidi_control"),
        ({"ends_at": 1}, "end_in_the_past"),
        ({"ends_at": 4_102_444_800_000}, "end_too_far"),
        ({"ends_at": 4_102_444_800_001}, "number_out_of_range"),
        ({"purpose": "长" * 501}, "text_too_long"),
    ],
)
async def test_what_makes_no_group_is_refused(product: App, world: World, bad: dict[str, object], code: str) -> None:
    now = await product.engine.database.pool.fetchval("SELECT now()")
    body = {"title": "陈列", "people": [world.lin_xiao.id], "ends_at": millis(now) + 86_400_000, **bad}
    with pytest.raises(Refusal) as told:
        await product.engine.answer(
            world.wu_fang.actor, Asked("chat.make_group", msgspec.json.encode(body), "bad-group-1")
        )
    assert told.value.code == code


async def test_somebody_who_is_not_in_it_cannot_be_taken_out(product: App, world: World) -> None:
    stream = await make(product, world.wu_fang, [world.lin_xiao])
    for person in (world.tianhe.manager.id, 999_999):
        with pytest.raises(NotFound):
            await ask(product, world.wu_fang, "chat.remove_person", RemovePerson(stream=stream, person=person), Nothing)
    with pytest.raises(Invalid):
        await product.engine.answer(
            world.wu_fang.actor, Asked("chat.remove_person", b'{"stream":"chat:1","person":0}', "bad-person")
        )
