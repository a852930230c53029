"""Temporary groups: made for a while across stores; who leads them says who is in (R28, R32)."""

import msgspec
import pytest

from dianmai.app import App
from dianmai.core.clock import millis
from dianmai.core.engine import Asked
from dianmai.core.errors import Invalid, NotAllowed, NotFound, Refusal
from dianmai.wire.base import Nothing
from dianmai.wire.chat import GetHistory, History
from dianmai.wire.groups import AddPeople, RemovePerson
from dianmai.wire.org import PoliciesTold, SetPolicies
from tests.chat.groups_of import ask, card, change, in_it, lines, make, row, say
from tests.world import World

pytestmark = pytest.mark.anyio


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


async def test_a_title_is_stored_as_names_are(product: App, world: World) -> None:
    fang = world.wu_fang
    stream = await make(product, fang, [world.nanjing_lu.manager])
    assert (await change(product, fang, stream, title="  开业 cafe\u0301 ")).title == "开业 café"


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
