"""Duties (R6, R21): the company's list, who answers for what in a unit, whom that reaches when people have moved."""

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from dianmai import org
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Invalid, NotAllowed, NotFound
from tests.org.asking import ask
from tests.world import Member, Store, World

pytestmark = pytest.mark.anyio

FIRST = [
    {"duty": 1, "name": "设备", "name_en": "Equipment"},
    {"duty": 2, "name": "商品", "name_en": "Products"},
    {"duty": 3, "name": "陈列", "name_en": "Display"},
    {"duty": 4, "name": "消防", "name_en": "Fire safety"},
]
EQUIPMENT, PRODUCTS = 1, 2


async def assign(engine: Engine, who: Member, store: Store, nonce: str, **more: object) -> dict[str, object]:
    told = await ask(engine, who, "org.set_duty_holder", nonce, unit=store.id, **{"duty": EQUIPMENT, **more})
    return next(line for line in told["duties"] if line["duty"] == more.get("duty", EQUIPMENT))


async def seen(engine: Engine, who: Member, store: Store) -> dict[str, str | None]:
    """Each duty's name, and the name of whom it reaches."""
    told = await ask(engine, who, "org.duty_holders", unit=store.id)
    people = {
        line["name"]: {one["id"]: one["name"] for one in (line.get("person"), line.get("deputy")) if one}
        for line in told["duties"]
    }
    return {line["name"]: people[line["name"]].get(line.get("acting")) for line in told["duties"]}


async def noted(engine: Engine, kind: str) -> list[tuple[int, dict[str, Any]]]:
    rows = await engine.database.pool.fetch("SELECT actor, body FROM entry WHERE kind = $1 ORDER BY seq", kind)
    return [(row["actor"], msgspec.json.decode(row["body"])) for row in rows]


async def moves_away(engine: Engine, person: Member) -> None:
    await engine.database.pool.execute("UPDATE holding SET held = false WHERE person = $1", person.id)


async def test_a_store_manager_says_who_answers_for_what_and_everybody_sees_it(engine: Engine, world: World) -> None:
    shop = world.nanjing_lu
    assert set((await seen(engine, world.wang_min, shop)).values()) == {None}
    line = await assign(engine, shop.manager, shop, "assign-1", person=shop.clerks[0].id, deputy=shop.cashier.id)
    assert line["acting"] == shop.clerks[0].id
    told = await ask(engine, world.tianhe.cashier, "org.duty_holders", unit=shop.id)
    first = told["duties"][0]
    assert (first["name"], first["person"]["name"], first["deputy"]["name"]) == ("设备", "许诺", "唐雪")
    assert "may_set" not in told
    assert (await ask(engine, shop.manager, "org.duty_holders", unit=shop.id))["may_set"]
    change = {"unit": shop.id, "duty": EQUIPMENT, "person": shop.clerks[0].id, "deputy": shop.cashier.id}
    assert await noted(engine, "org.duty_set") == [(shop.manager.id, change)]
    await assign(engine, shop.manager, shop, "assign-2", person=shop.clerks[0].id, deputy=shop.cashier.id)
    assert len(await noted(engine, "org.duty_set")) == 1, "what is as it was is no news"
    line = await assign(engine, shop.manager, shop, "assign-3")
    assert "person" not in line
    assert (await noted(engine, "org.duty_set"))[-1][1] == {
        "unit": shop.id,
        "duty": EQUIPMENT,
        "person_before": shop.clerks[0].id,
        "deputy_before": shop.cashier.id,
    }


async def test_a_duty_reaches_the_deputy_when_its_holder_has_gone_and_nobody_when_both_have(
    engine: Engine, world: World
) -> None:
    shop = world.nanjing_lu
    xu, tang = shop.clerks[0], shop.cashier
    await assign(engine, shop.manager, shop, "assign-1", person=xu.id, deputy=tang.id)
    await moves_away(engine, xu)
    assert (await seen(engine, shop.manager, shop))["设备"] == tang.name
    # Somebody new may be chosen while the one who has gone stays named beside them, and the other way round.
    await assign(engine, shop.manager, shop, "assign-2", person=xu.id, deputy=shop.clerks[1].id)
    assert (await seen(engine, shop.manager, shop))["设备"] == shop.clerks[1].name
    await moves_away(engine, shop.clerks[1])
    assert (await seen(engine, shop.manager, shop))["设备"] is None
    [line] = [one for one in await org.responsible(engine.database.pool, shop.id) if one.id == EQUIPMENT]
    assert (line.person, line.people) == (xu.id, [])
    await engine.database.pool.execute("UPDATE holding SET held = true WHERE person = $1", xu.id)
    assert (await seen(engine, shop.manager, shop))["设备"] == xu.name, "who comes back has it again"


async def test_a_card_names_what_somebody_answers_for_where_they_still_work(engine: Engine, world: World) -> None:
    shop = world.nanjing_lu
    xu = shop.clerks[0]
    await assign(engine, shop.manager, shop, "assign-1", person=xu.id)
    await assign(engine, shop.manager, shop, "assign-2", duty=PRODUCTS, person=shop.cashier.id, deputy=xu.id)
    card = await ask(engine, world.wang_min, "org.person", person=xu.id)
    assert card["duties"] == [
        {"name": "设备", "unit": shop.id, "unit_name": "南京路店"},
        {"name": "商品", "unit": shop.id, "unit_name": "南京路店", "deputy": True},
    ]
    await engine.database.pool.execute(
        "UPDATE holding SET unit = $2, seat = $2 WHERE person = $1", xu.id, world.xujiahui.id
    )
    assert "duties" not in await ask(engine, world.wang_min, "org.person", person=xu.id)


async def test_nobody_from_elsewhere_is_given_a_duty(engine: Engine, world: World) -> None:
    shop = world.nanjing_lu
    with pytest.raises(Invalid) as refused:
        await assign(engine, shop.manager, shop, "assign-1", person=world.xujiahui.cashier.id)
    assert (refused.value.code, refused.value.field) == ("not_in_unit", "person")
    assert "韩冰" in refused.value.body("zh-CN", "r").message
    with pytest.raises(Invalid) as refused:
        await assign(engine, shop.manager, shop, "assign-2", person=shop.cashier.id, deputy=world.wang_min.id)
    assert refused.value.field == "deputy"
    with pytest.raises(Invalid):
        await assign(engine, shop.manager, shop, "assign-3", person=999_999)
    # The area manager holds a position in each of the stores, and so works there.
    await assign(engine, shop.manager, shop, "assign-4", person=world.wu_fang.id)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"deputy": 5}, "deputy_alone"),
        ({"person": 5, "deputy": 5}, "same_person"),
        ({"duty": 99}, "not_found"),
        ({"unit": 999_999}, "not_found"),
        ({"duty": 0}, "number_out_of_range"),
        ({"person": -1}, "number_out_of_range"),
        ({"person": "5"}, "invalid_type"),
        ({"who": 5}, "unknown_field"),
    ],
)
async def test_what_makes_no_sense_is_refused(engine: Engine, world: World, more: dict[str, object], code: str) -> None:
    body = {"unit": world.nanjing_lu.id, "duty": EQUIPMENT, **more}
    with pytest.raises((Invalid, NotFound)) as refused:
        await engine.answer(
            world.wang_min.actor, Asked("org.set_duty_holder", msgspec.json.encode(body), "makes-no-sense")
        )
    assert refused.value.code == code


@pytest.mark.parametrize("who", ["cashier", "deputy", "next_door", "it"])
async def test_only_who_administers_the_unit_gives_its_duties(engine: Engine, world: World, who: str) -> None:
    shop = world.nanjing_lu
    assert shop.deputy is not None
    people = {
        "cashier": shop.cashier,
        "deputy": shop.deputy,
        "next_door": world.xujiahui.manager,
        "it": world.sun_qiang,
    }
    with pytest.raises(NotAllowed):
        await assign(engine, people[who], shop, "forbidden-1", person=shop.cashier.id)


async def test_the_list_is_the_companys_and_each_change_of_it_is_noted(engine: Engine, world: World) -> None:
    told = await ask(engine, world.nanjing_lu.cashier, "org.duties")
    assert told == {"duties": FIRST}
    wanted = [{"duty": 2, "name": "货品", "name_en": "Goods"}, {"duty": 1, "name": "设备"}, {"name": "收货"}]
    told = await ask(engine, world.wang_min, "org.set_duties", "list-1", duties=wanted)
    after = [
        {"duty": 2, "name": "货品", "name_en": "Goods"},
        {"duty": 1, "name": "设备", "name_en": "设备"},
        {"duty": 5, "name": "收货", "name_en": "收货"},
    ]
    assert told == {"duties": after, "may_set": True}
    assert await noted(engine, "org.duties_set") == [(world.wang_min.id, {"before": FIRST, "after": after})]
    assert list(await seen(engine, world.wang_min, world.nanjing_lu)) == ["货品", "设备", "收货"]
    await ask(engine, world.wang_min, "org.set_duties", "list-2", duties=after)
    assert len(await noted(engine, "org.duties_set")) == 1, "what is as it was is no news"
    for who in (world.nanjing_lu.manager, world.liu_jianhua, world.sun_qiang):
        with pytest.raises(NotAllowed):
            await ask(engine, who, "org.set_duties", "list-3", duties=wanted)


async def test_a_duty_that_comes_back_under_its_name_has_its_people_again(engine: Engine, world: World) -> None:
    shop = world.nanjing_lu
    await assign(engine, shop.manager, shop, "assign-1", person=shop.cashier.id)
    await ask(engine, world.wang_min, "org.set_duties", "list-1", duties=[{"duty": 2, "name": "商品"}])
    assert list(await seen(engine, shop.manager, shop)) == ["商品"]
    with pytest.raises(NotFound):
        await assign(engine, shop.manager, shop, "assign-2", person=shop.clerks[0].id)
    assert "duties" not in await ask(engine, shop.manager, "org.person", person=shop.cashier.id)
    await ask(engine, world.wang_min, "org.set_duties", "list-2", duties=[{"name": "设备"}, {"name": "商品"}])
    assert await seen(engine, shop.manager, shop) == {"设备": shop.cashier.name, "商品": None}
    assert [one["duty"] for one in (await ask(engine, shop.manager, "org.duties"))["duties"]] == [1, 2]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ([{"name": "设备"}, {"name": "设 备"}], "duplicate_duty"),
        ([{"duty": 1, "name": "设备"}, {"duty": 1, "name": "器材"}], "duplicate_duty"),
        ([{"duty": 9, "name": "设备"}], "not_found"),
        ([{"name": "   "}], "blank_text"),
        ([{"name": ""}], "text_too_short"),
        ([{"name": "设" * 21}], "text_too_long"),
        ([{"name": "设备", "name_en": "e" * 21}], "text_too_long"),
        ([{"name": "设\u202e备"}], "bidi_control"),
        ([{"name": "设备", "name_en": "Equip\u0007ment"}], "control_character"),
        ([{"name": f"第{n}项"} for n in range(31)], "too_many_items"),
        ([{"name": "设备", "people": "许诺"}], "unknown_field"),
        ({"name": "设备"}, "invalid_type"),
    ],
)
async def test_a_list_that_cannot_be_one_is_refused_and_nothing_changes(
    engine: Engine, world: World, wanted: object, code: str
) -> None:
    with pytest.raises((Invalid, NotFound)) as refused:
        await engine.answer(
            world.wang_min.actor, Asked("org.set_duties", msgspec.json.encode({"duties": wanted}), "bad-list-1")
        )
    assert refused.value.code == code
    assert (await ask(engine, world.wang_min, "org.duties"))["duties"] == FIRST


async def test_many_who_give_one_duty_at_once_leave_one_holder_and_a_chain_of_notes(
    engine: Engine, world: World
) -> None:
    shop = world.nanjing_lu
    people = [person.id for person in shop.people]
    await asyncio.gather(
        *(assign(engine, shop.manager, shop, f"at-once-{n}", person=person) for n, person in enumerate(people))
    )
    bodies = [body for _, body in await noted(engine, "org.duty_set")]
    assert sorted(body["person"] for body in bodies) == sorted(people)
    assert [body.get("person_before") for body in bodies] == [None, *(body["person"] for body in bodies[:-1])]
    told = await ask(engine, shop.manager, "org.duty_holders", unit=shop.id)
    assert told["duties"][0]["person"]["id"] == bodies[-1]["person"]


async def test_whoever_asks_in_english_reads_it_in_english(engine: Engine, world: World) -> None:
    reader = replace(world.wang_min.actor, language="en")
    told = await ask(engine, reader, "org.duty_holders", unit=world.nanjing_lu.id)
    assert [line["name"] for line in told["duties"]] == ["Equipment", "Products", "Display", "Fire safety"]
