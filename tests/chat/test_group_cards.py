"""A group's card and what it decides: purpose, announcement, who may post, how often (R28, R34, R39)."""

from pathlib import Path

import pytest

from dianmai.app import App, assemble
from dianmai.core.db import Database
from dianmai.core.engine import Asked
from dianmai.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, TooMany
from dianmai.settings import Settings
from dianmai.wire.chat import Changed, Edit, MentionWish, React, Recall, Send, Sent
from dianmai.wire.conversations import Conversations, GetConversations
from dianmai.wire.groups import GetMembers, GetUnitGroups, Members, UnitGroups
from dianmai.wire.mentions import FindMentionable, Mentionable
from tests.chat.groups_of import ask, card, change, follow, group_named, lines, say
from tests.world import Member, World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(product: App, world: World) -> str:
    """The group of 南京路店."""
    await follow(product)
    return await group_named(product, "南京路店")


async def refused(product: App, who: Member, stream: str, nonce: str | None = None) -> Refusal:
    with pytest.raises(Refusal) as told:
        await say(product, who, stream, "收到", nonce)
    return told.value


async def test_a_managed_groups_card_says_whom_it_is_for_and_what_i_may(product: App, world: World, store: str) -> None:
    seen = await card(product, world.nanjing_lu.cashier, store)
    assert (seen.title, seen.folder, seen.rule) == ("南京路店", "store", "在这家店任职的人")
    assert (seen.member, seen.may_set, seen.may_leave, seen.may_post) == (True, False, False, True)
    assert (await card(product, world.nanjing_lu.manager, store)).may_set
    above = await card(product, world.liu_jianhua, store)
    assert (above.member, above.may_set, above.may_post) == (False, True, False)
    for stranger in (world.xujiahui.manager, world.huang_zhiqiang, world.sun_qiang):
        with pytest.raises(NotFound):
            await card(product, stranger, store)


async def test_who_administers_a_unit_finds_its_groups_and_who_is_in_them(
    product: App, world: World, store: str
) -> None:
    hq = world.wang_min
    [found] = (await ask(product, hq, "chat.unit_groups", GetUnitGroups(unit=world.nanjing_lu.id), UnitGroups)).groups
    assert (found.stream, found.title, found.closed) == (store, "南京路店", False)
    assert not (await card(product, hq, store)).member
    told = await ask(product, hq, "chat.members", GetMembers(stream=store), Members)
    assert (told.total, len(told.members)) == (found.members, found.members)
    company = await ask(product, hq, "chat.unit_groups", GetUnitGroups(unit=world.hq.id), UnitGroups)
    assert [one.title for one in company.groups] == ["全体员工", "全国店长群"]
    for who, unit in (
        (world.nanjing_lu.manager, world.hq.id),
        (world.xujiahui.manager, world.nanjing_lu.id),
        (hq, 1_000_000),
    ):
        with pytest.raises(NotAllowed):
            await ask(product, who, "chat.unit_groups", GetUnitGroups(unit=unit), UnitGroups)


async def test_what_is_changed_is_told_in_the_group_and_stands_in_the_list(
    product: App, world: World, store: str
) -> None:
    manager = world.nanjing_lu.manager
    told = await change(product, manager, store, purpose="排班、交接班", announcement="周一七点半开早会")
    assert (told.purpose, told.announcement) == ("排班、交接班", "周一七点半开早会")
    assert told.announced_by is not None
    assert told.announced_by.name == manager.name
    [line] = await lines(product, store, "group.changed")
    by = line.pop("by")
    assert isinstance(by, dict)
    assert by["id"] == manager.id
    assert line == {"purpose": "排班、交接班", "announcement": "周一七点半开早会"}
    await change(product, manager, store, purpose="排班、交接班")
    assert len(await lines(product, store, "group.changed")) == 1, "what is as it was is no news"
    listed = await ask(product, world.nanjing_lu.cashier, "chat.conversations", GetConversations(), Conversations)
    row = next(one for one in listed.conversations if one.stream == store)
    assert (row.announcement, row.may_post, row.closed) == ("周一七点半开早会", True, False)
    assert row.head_no == 0, "a quiet line makes nothing unread"


async def test_only_managers_post_where_the_group_says_so(product: App, world: World, store: str) -> None:
    shop = world.nanjing_lu
    await say(product, shop.cashier, store, "早")
    await change(product, shop.manager, store, post_by="managers")
    assert (await refused(product, shop.cashier, store)).code == "posting_restricted"
    assert isinstance(await refused(product, shop.clerks[0], store), NotAllowed)
    await say(product, shop.manager, store, "今天盘点")
    await say(product, world.wu_fang, store, "下午我过来")
    assert not (await card(product, shop.cashier, store)).may_post
    listed = await ask(product, shop.cashier, "chat.conversations", GetConversations(), Conversations)
    assert not next(one for one in listed.conversations if one.stream == store).may_post
    await change(product, shop.manager, store, post_by="administrators")
    assert (await refused(product, shop.manager, store)).code == "posting_restricted"
    await change(product, shop.manager, store, post_by="everyone")
    await say(product, shop.cashier, store, "好的")
    assert await product.engine.database.pool.fetchval("SELECT rules FROM stream WHERE stream = $1", store) == ""


async def test_what_was_sent_before_the_group_changed_is_answered_again_as_then(
    product: App, world: World, store: str
) -> None:
    shop = world.nanjing_lu
    first = await say(product, shop.cashier, store, "早班到齐", "cashier-0001")
    await change(product, shop.manager, store, post_by="managers")
    assert await say(product, shop.cashier, store, "早班到齐", "cashier-0001") == first
    with pytest.raises(Conflict):
        await say(product, shop.cashier, store, "改一个字", "cashier-0001")


async def test_another_process_refuses_from_the_moment_the_change_is_committed(
    product: App, world: World, store: str, world_dsn: str, tmp_path: Path
) -> None:
    shop = world.nanjing_lu
    other = assemble(Settings(data_dir=tmp_path / "other"), Database(world_dsn, size=4))
    await other.engine.start()
    try:
        await say(other, shop.cashier, store, "早")
        await change(product, shop.manager, store, post_by="managers")
        # It has heard nothing: what it knows is caught by the guard in the commit.
        assert (await refused(other, shop.cashier, store)).code == "posting_restricted"
    finally:
        await other.engine.stop()


async def test_a_slow_group_lets_each_say_one_thing_at_a_time(product: App, world: World, store: str) -> None:
    shop = world.nanjing_lu
    time = 1_000.0
    product.engine.streams.pace.clock = lambda: time
    await change(product, shop.manager, store, slow_s=30)
    first = await say(product, shop.cashier, store, "一", "slow-0001")
    told = await refused(product, shop.cashier, store)
    assert isinstance(told, TooMany)
    assert (told.code, told.retry_after_ms) == ("slow_mode", 30_000)
    assert await say(product, shop.cashier, store, "一", "slow-0001") == first, "the same thing once more"
    await say(product, shop.clerks[0], store, "轮到我")
    for text in ("我在管", "不用等"):
        await say(product, shop.manager, store, text)
    time += 29.5
    assert (await refused(product, shop.cashier, store)).retry_after_ms == 500
    time += 0.5
    await say(product, shop.cashier, store, "二")
    await change(product, shop.manager, store, slow_s=0)
    await say(product, shop.cashier, store, "三")


async def test_what_was_said_in_another_process_or_before_this_one_began_counts(
    product: App, world: World, store: str, world_dsn: str, tmp_path: Path
) -> None:
    shop = world.nanjing_lu
    await change(product, shop.manager, store, slow_s=600)
    await say(product, shop.cashier, store, "这边说的")
    other = assemble(Settings(data_dir=tmp_path / "other"), Database(world_dsn, size=4))
    await other.engine.start()
    product.engine.listeners.add(other.engine.listeners.heard)
    try:
        assert (await refused(other, shop.cashier, store)).code == "slow_mode"
        await say(product, shop.clerks[0], store, "又是这边")
        assert (await refused(other, shop.clerks[0], store)).code == "slow_mode"
    finally:
        await other.engine.stop()


async def test_members_are_found_by_name_with_the_reason_they_are_in(product: App, world: World, store: str) -> None:
    cashier = world.nanjing_lu.cashier
    everybody = await ask(product, cashier, "chat.members", GetMembers(stream=store), Members)
    why = {member.id: member.why for member in everybody.members}
    assert why[world.nanjing_lu.manager.id] == "南京路店店长"
    assert why[world.wu_fang.id] == "南京路店区域经理"
    assert all(why.values())
    for text in ("李明", "liming", "LM", world.nanjing_lu.manager.employee_no):
        found = await ask(product, cashier, "chat.members", GetMembers(stream=store, text=text), Members)
        assert world.nanjing_lu.manager.id in [member.id for member in found.members], text
        assert found.total == everybody.total
    nobody = await ask(product, cashier, "chat.members", GetMembers(stream=store, text="%_"), Members)
    assert nobody.members == []
    managers = await group_named(product, "华东大区店长群")
    region = await ask(product, world.liu_jianhua, "chat.members", GetMembers(stream=managers), Members)
    assert {m.id: m.why for m in region.members}[world.liu_jianhua.id] == "华东大区大区经理"
    with pytest.raises(Invalid):
        await ask(product, cashier, "chat.members", GetMembers(stream=store, text="长" * 201), Members)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ('"title":"我们店"', "follows_organisation"),
        ('"ends_at":1', "follows_organisation"),
        ('"slow_s":-1', "number_out_of_range"),
        ('"slow_s":3601', "number_out_of_range"),
        ('"post_by":"nobody"', "invalid_value"),
        ('"mention_all_by":null,"x":1', "unknown_field"),
    ],
)
async def test_what_no_managed_group_can_be_is_refused(
    product: App, world: World, store: str, how: str, code: str
) -> None:
    body = f'{{"stream":"{store}",{how}}}'.encode()
    with pytest.raises(Refusal) as told:
        await product.engine.answer(world.nanjing_lu.manager.actor, Asked("chat.set_group", body, "bad-setting"))
    assert told.value.code == code


async def test_too_long_a_purpose_is_refused(product: App, world: World, store: str) -> None:
    body = f'{{"stream":"{store}","purpose":"{"长" * 501}"}}'.encode()
    with pytest.raises(Invalid) as told:
        await product.engine.answer(world.nanjing_lu.manager.actor, Asked("chat.set_group", body, "bad-setting"))
    assert told.value.code == "text_too_long"


async def test_who_may_not_write_changes_no_words_but_takes_them_back(product: App, world: World, store: str) -> None:
    shop = world.nanjing_lu
    cashier = shop.cashier
    said, other = await say(product, cashier, store, "早"), await say(product, cashier, store, "晚")
    await ask(product, cashier, "chat.edit", Edit(stream=store, seq=said.seq, text="早！"), Changed, "edited-in-time")
    await change(product, shop.manager, store, post_by="managers")
    with pytest.raises(NotAllowed) as told:
        await ask(product, cashier, "chat.edit", Edit(stream=store, seq=said.seq, text="好"), Changed)
    assert told.value.code == "posting_restricted"
    await ask(product, cashier, "chat.edit", Edit(stream=store, seq=said.seq, text="早！"), Changed, "edited-in-time")
    await ask(product, cashier, "chat.react", React(stream=store, seq=said.seq, emoji="👍", on=True), Changed)
    await ask(product, cashier, "chat.recall", Recall(stream=store, seq=said.seq), Changed)
    await change(product, shop.manager, store, post_by="everyone", slow_s=600)
    for text in ("晚安", "晚安！"):
        await ask(product, cashier, "chat.edit", Edit(stream=store, seq=other.seq, text=text), Changed)


async def test_who_answers_what_is_not_there_keeps_their_turn(product: App, world: World, store: str) -> None:
    shop = world.nanjing_lu
    await change(product, shop.manager, store, slow_s=600)
    with pytest.raises(NotFound):
        await ask(product, shop.cashier, "chat.send", Send(stream=store, text="哪条？", reply=999), Sent)
    await say(product, shop.cashier, store, "在吗")


async def test_everyone_is_mentioned_by_whom_the_group_lets(product: App, world: World, store: str) -> None:
    manager, cashier = world.nanjing_lu.manager, world.nanjing_lu.cashier
    call = Send(stream=store, text="@所有人 盘点", mentions=[MentionWish(at=0, length=4, everyone=True)])

    async def reaches(who: Member) -> int:
        found = await ask(product, who, "chat.mentionable", FindMentionable(stream=store), Mentionable)
        return found.everyone

    assert await reaches(cashier) > 0
    await change(product, manager, store, mention_all_by="managers")
    assert await reaches(cashier) == 0
    assert await reaches(manager) > 0
    with pytest.raises(NotAllowed) as told:
        await ask(product, cashier, "chat.send", call, Sent)
    assert told.value.code == "forbidden"
    assert (await ask(product, manager, "chat.send", call, Sent)).no > 0
