"""The directory: units, people, rights, audiences, finding, over the named world."""

import pytest

from dianmai import org
from dianmai.core.access import SYSTEM
from dianmai.core.engine import Engine
from dianmai.core.errors import Invalid, NotAllowed, NotFound
from dianmai.wire.org import Audience, AudiencePart
from tests.org.asking import ask
from tests.world import World

pytestmark = pytest.mark.anyio


async def test_the_top_shows_departments_and_regions_with_whole_subtrees_counted(engine: Engine, world: World) -> None:
    page = await ask(engine, world.wang_min, "org.unit")
    assert page["unit"] == {"id": world.hq.id, "kind": "hq", "name": "总部", "people": 47, "stores": 6}
    assert [(child["name"], child["kind"]) for child in page["children"]][-2:] == [
        ("华东大区", "region"),
        ("华南大区", "region"),
    ]
    assert [person["name"] for person in page["people"]] == ["陈国栋"]


async def test_a_store_page_leads_with_the_store_manager_and_names_the_area_manager(
    engine: Engine, world: World
) -> None:
    page = await ask(engine, world.lin_xiao, "org.unit", unit=world.nanjing_lu.id)
    assert [unit["name"] for unit in page["line"]] == ["总部", "华东大区", "上海"]
    assert [person["name"] for person in page["people"]][:3] == ["吴芳", "李明", "杨帆"]
    assert page["attributes"] == {"业态": "旗舰店", "烘焙": "有"}
    assert page["unit"]["code"] == "SH001"


async def test_an_unknown_unit_is_not_found(engine: Engine, world: World) -> None:
    with pytest.raises(NotFound):
        await ask(engine, world.wang_min, "org.unit", unit=999_999)


async def test_a_card_names_the_line_and_hides_the_phone_from_another_store(engine: Engine, world: World) -> None:
    seen_by_hq = await ask(engine, world.wang_min, "org.person", person=world.nanjing_lu.manager.id)
    assert seen_by_hq["phone"] == world.nanjing_lu.manager.phone
    assert seen_by_hq["positions"][0]["line"] == ["总部", "华东大区", "上海", "南京路店"]
    assert seen_by_hq["positions"][0]["title"] == "店长"
    for who, sees in (
        (world.nanjing_lu.cashier, True),  # the same store
        (world.wu_fang, True),  # above in the line
        (world.liu_jianhua, True),
        (world.xujiahui.manager, False),  # another store
        (world.liang_minyi, False),  # another region
        (world.lin_xiao, False),  # an HQ department without rights
        (world.sun_qiang, True),  # IT issues codes everywhere
    ):
        card = await ask(engine, who, "org.person", person=world.nanjing_lu.manager.id)
        assert (card["phone"] is not None) is sees, who.name


async def test_rights_follow_positions_and_reach_only_their_subtree(engine: Engine, world: World) -> None:
    db = engine.database.pool
    everywhere = {right: [world.hq.id] for right in ("administer", "import", "issue_codes", "publish", "see_board")}
    assert await org.rights_of(db, world.wang_min.id) == everywhere
    assert await org.rights_of(db, world.nanjing_lu.manager.id) == {
        "administer": [world.nanjing_lu.id],
        "issue_codes": [world.nanjing_lu.id],
        "see_board": [world.nanjing_lu.id],
    }
    assert (await org.rights_of(db, world.liu_jianhua.id))["publish"] == [world.east.id]
    three = sorted([world.nanjing_lu.id, world.xujiahui.id, world.jingansi.id])
    assert (await org.rights_of(db, world.wu_fang.id))["see_board"] == three
    assert await org.rights_of(db, world.nanjing_lu.cashier.id) == {}
    assert await org.may(db, world.liu_jianhua.actor, "see_board", world.xihu.id)
    assert not await org.may(db, world.liu_jianhua.actor, "see_board", world.tianhe.id)
    assert await org.may(db, SYSTEM, "import", world.hq.id)


async def test_an_audience_is_positions_below_units_whose_stores_have_attributes(engine: Engine, world: World) -> None:
    db = engine.database.pool
    bakeries = Audience(
        parts=[AudiencePart(units=[world.east.id], positions=["store_manager"], attributes={"烘焙": "有"})]
    )
    found = await org.audience_people(db, bakeries, language="zh-CN")
    assert {row.name for row in found} == {"李明", "张丽"}
    assert {row.store for row in found} == {world.nanjing_lu.id, world.xujiahui.id}
    assert all(row.title == "店长" and row.unit == row.store for row in found)


async def test_each_person_is_in_an_audience_once_with_the_best_position(engine: Engine, world: World) -> None:
    whole = await org.audience_people(engine.database.pool, Audience(parts=[AudiencePart()]), language="en")
    assert len(whole) == len({row.person for row in whole}) == 47
    wu_fang = next(row for row in whole if row.person == world.wu_fang.id)
    # Three stores, one area manager: she belongs to the city above them, not to the first of them.
    assert (wu_fang.unit, wu_fang.unit_name, wu_fang.store) == (world.shanghai.id, "上海", None)
    assert wu_fang.line == [world.hq.id, world.east.id, world.shanghai.id]


async def test_named_people_are_added_and_exceptions_taken_out(engine: Engine, world: World) -> None:
    audience = Audience(
        parts=[AudiencePart(units=[world.xihu.id])],
        people=[world.wang_min.id],
        without=[world.xihu.cashier.id],
    )
    found = {row.person for row in await org.audience_people(engine.database.pool, audience, language="en")}
    crew = {member.id for member in world.xihu.people} | {world.zheng_kai.id}
    assert found == crew - {world.xihu.cashier.id} | {world.wang_min.id}
    only = await org.audience_people(
        engine.database.pool, audience, only=[world.wang_min.id, world.lin_xiao.id], language="en"
    )
    assert [row.person for row in only] == [world.wang_min.id]


async def test_an_audience_of_nothing_is_nobody(engine: Engine) -> None:
    assert await org.audience_people(engine.database.pool, Audience(), language="en") == []


async def test_a_preview_counts_people_stores_and_who_cannot_be_reached(engine: Engine, world: World) -> None:
    asked = {"parts": [{"units": [world.east.id]}]}
    preview = await ask(engine, world.wang_min, "org.preview_audience", audience=asked)
    assert preview["stores"] == 4
    assert preview["people"] == preview["not_activated"]
    assert [(row["name"], row["people"]) for row in preview["by_unit"]] == [("上海", 20), ("杭州", 6), ("华东大区", 1)]
    with pytest.raises(NotAllowed):
        await ask(engine, world.nanjing_lu.manager, "org.preview_audience", audience=asked)


async def test_positions_and_attributes_to_build_audiences_from(engine: Engine, world: World) -> None:
    choices = await ask(engine, world.wang_min, "org.positions")
    people = {row["code"]: row["people"] for row in choices["positions"]}
    assert (people["store_manager"], people["cashier"], people["area_manager"]) == (6, 6, 3)
    assert {row["key"]: row["values"] for row in choices["attributes"]}["烘焙"] == ["无", "有"]


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("李明", "李明", "name"),
        ("明", "李明", "name"),
        ("liming", "李明", "pinyin"),
        ("lm", "李明", "initials"),
        ("LiMing", "李明", "pinyin"),
        ("ming", "李明", "pinyin"),
        ("a00101", "李明", "number"),
        ("00101", "李明", "number"),
        ("徐家汇 店长", "张丽", "store"),
        ("徐家汇店长", "张丽", "store"),
        ("xjh dz", "张丽", "store"),
        ("xjhdz", "张丽", "store"),
        ("dz xujiahui", "张丽", "store"),
        ("SH002 收银", "韩冰", "store"),
        ("上海 区域经理", "吴芳", "store"),
        ("督导 上海", "吴芳", "store"),
        ("it", "孙强", "position"),
        ("shanyuqing", "单雨晴", "pinyin"),  # 单 is shan as a surname
        ("letian", "乐天", "pinyin"),
        ("ou", "区佩仪", "pinyin"),
    ],
)
async def test_people_are_found_by_what_one_remembers(
    engine: Engine, world: World, text: str, name: str, why: str
) -> None:
    found = await ask(engine, world.wang_min, "org.find", text=text)
    first = next(row for row in found["people"] if row["person"]["name"] == name)
    assert first["why"] == why
    assert found["people"].index(first) <= 1


async def test_units_are_found_by_name_and_code(engine: Engine, world: World) -> None:
    for text in ("徐家汇", "xjh", "SH002", "xujiahui"):
        found = await ask(engine, world.lin_xiao, "org.find", text=text)
        assert found["units"][0]["name"] == "徐家汇店", text


async def test_a_phone_tail_finds_only_whom_one_may_ring(engine: Engine, world: World) -> None:
    tail = world.nanjing_lu.manager.phone[-4:]
    by_cashier = await ask(engine, world.nanjing_lu.cashier, "org.find", text=tail)
    assert [(row["person"]["name"], row["why"]) for row in by_cashier["people"]] == [("李明", "phone")]
    by_stranger = await ask(engine, world.tianhe.cashier, "org.find", text=tail)
    assert "李明" not in [row["person"]["name"] for row in by_stranger["people"]]


@pytest.mark.parametrize("text", ["%%%%", "'; DROP TABLE person", '"unclosed', "(a+)+$", "\\", "&|!", "：*", "x" * 200])
async def test_strange_searches_find_nothing_and_break_nothing(engine: Engine, world: World, text: str) -> None:
    found = await ask(engine, world.wang_min, "org.find", text=text)
    assert found["people"] == []


async def test_a_search_that_is_too_long_is_refused_as_one(engine: Engine, world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(engine, world.wang_min, "org.find", text="x" * 201)
    assert (refused.value.code, refused.value.field, refused.value.limit) == ("query_too_long", "text", 200)


async def test_codes_in_what_people_write_lead_to_stores_and_people(engine: Engine, world: World) -> None:
    found = await ask(
        engine, world.nanjing_lu.cashier, "org.by_code", codes=["sh001", "SH001", "A00002", "ａ00012", "ZZ999", "H264"]
    )
    assert [(one["code"], one["unit"]["name"]) for one in found["units"]] == [
        ("sh001", "南京路店"),
        ("SH001", "南京路店"),
    ]
    people = [(one["code"], one["person"]["name"]) for one in found["people"]]
    assert people == [("A00002", "王敏"), ("ａ00012", "吴芳")]


async def test_closed_stores_and_leavers_have_no_code_any_more(engine: Engine, world: World) -> None:
    gone = world.futian.cashier
    await engine.database.pool.execute("UPDATE unit SET closed_at = now() WHERE id = $1", world.tianhe.id)
    await engine.database.pool.execute("UPDATE person SET state = 'left' WHERE id = $1", gone.id)
    found = await ask(engine, world.wang_min, "org.by_code", codes=[world.tianhe.code, gone.employee_no])
    assert found == {"units": [], "people": []}


@pytest.mark.parametrize("codes", [[], ["A"] * 51, [""], ["x" * 41], [7]])
async def test_codes_that_are_none_are_refused(engine: Engine, world: World, codes: list[object]) -> None:
    with pytest.raises(Invalid):
        await ask(engine, world.wang_min, "org.by_code", codes=codes)
