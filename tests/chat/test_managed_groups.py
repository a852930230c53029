"""Managed groups follow the organisation: who comes is in, who moves changes over, who leaves is out."""

import msgspec
import pytest

from dianmai.chat import groups
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import NotFound
from dianmai.wire.chat import GroupLineBody
from tests.chat.company import Company
from tests.chat.talk import conversations, history, say


class World:
    """HQ, two regions, three stores, and the people of the examples."""

    company: Company
    hq: int
    east: int
    south: int
    nanjing_lu: int
    huaihai_lu: int
    tianhe: int
    liu: Actor  # operations, HQ
    qian: Actor  # regional manager, East China
    sun: Actor  # area manager of two stores
    wang: Actor  # store manager, Nanjing Lu
    li: Actor  # clerk, Nanjing Lu
    chen: Actor  # store manager, Tianhe


@pytest.fixture
async def world(engine: Engine) -> World:
    world, company = World(), Company(engine)
    world.company = company
    world.hq = await company.open_unit("hq", "鲜享便利")
    world.east = await company.open_unit("region", "华东大区", world.hq)
    world.south = await company.open_unit("region", "华南大区", world.hq)
    world.nanjing_lu = await company.open_unit("store", "南京路店", world.east)
    world.huaihai_lu = await company.open_unit("store", "淮海路店", world.east)
    world.tianhe = await company.open_unit("store", "天河店", world.south)
    world.liu = await company.hire("刘芳", ("hq_operations", world.hq))
    world.qian = await company.hire("钱进", ("region_manager", world.east))
    world.sun = await company.hire("孙悦", ("area_manager", world.nanjing_lu), ("area_manager", world.huaihai_lu))
    world.wang = await company.hire("王敏", ("store_manager", world.nanjing_lu))
    world.li = await company.hire("李娜", ("clerk", world.nanjing_lu))
    world.chen = await company.hire("陈晨", ("store_manager", world.tianhe))
    await company.settle()
    return world


async def test_everybody_is_in_the_groups_of_their_positions(world: World) -> None:
    async def titles(person: Actor) -> set[str]:
        return set(await world.company.groups(person))

    assert await titles(world.liu) == {"全体员工"}
    assert await titles(world.qian) == {"全体员工", "华东大区店长群"}
    assert await titles(world.sun) == {"全体员工", "华东大区店长群", "南京路店", "淮海路店"}
    assert await titles(world.wang) == {"全体员工", "华东大区店长群", "南京路店"}
    assert await titles(world.li) == {"全体员工", "南京路店"}
    assert await titles(world.chen) == {"全体员工", "华南大区店长群", "天河店"}
    await members_are_counted(world)


async def test_a_mover_changes_over_and_a_leaver_is_out_of_every_group(world: World) -> None:
    company = world.company
    await company.move(world.wang, ("store_manager", world.tianhe))
    await company.settle()
    assert set(await company.groups(world.wang)) == {"全体员工", "华南大区店长群", "天河店"}
    await company.leave(world.wang)
    await company.settle()
    assert await company.groups(world.wang) == {}
    await members_are_counted(world)


async def test_a_promotion_brings_the_managers_group_and_keeps_the_store(world: World, engine: Engine) -> None:
    store = (await world.company.groups(world.li))["南京路店"]
    await say(engine, world.li, store, "早班到齐")
    await world.company.move(world.li, ("store_manager", world.nanjing_lu))
    await world.company.settle()
    assert set(await world.company.groups(world.li)) == {"全体员工", "华东大区店长群", "南京路店"}
    assert len((await history(engine, world.li, store)).messages) == 1


async def test_a_joiner_sees_what_comes_and_a_leaver_loses_what_was(world: World, engine: Engine) -> None:
    company = world.company
    store = (await company.groups(world.wang))["南京路店"]
    await say(engine, world.wang, store, "昨天的交接")
    zhou = await company.hire("周舟", ("cashier", world.nanjing_lu))
    await company.settle()
    await say(engine, world.wang, store, "欢迎周舟")
    assert [m.body.text for m in (await history(engine, zhou, store)).messages] == ["欢迎周舟"]
    [listed] = [c for c in await conversations(engine, zhou) if c.stream == store]
    assert (listed.head_no - listed.read_no, listed.members) == (1, 4)
    await company.leave(zhou)
    await company.settle()
    with pytest.raises(NotFound):
        await history(engine, zhou, store)
    with pytest.raises(NotFound):
        await say(engine, zhou, store, "还在")


async def test_a_store_that_moves_to_another_region_takes_its_managers_along(world: World) -> None:
    await world.company.move_unit(world.nanjing_lu, world.south)
    await world.company.settle()
    assert set(await world.company.groups(world.wang)) == {"全体员工", "华南大区店长群", "南京路店"}
    # She still looks after a store of the east.
    assert set(await world.company.groups(world.sun)) == {
        "全体员工", "华东大区店长群", "华南大区店长群", "南京路店", "淮海路店"
    }  # fmt: skip
    await members_are_counted(world)


async def test_titles_follow_names_and_closed_units_have_no_members(world: World, engine: Engine) -> None:
    company = world.company
    await company.rename_unit(world.nanjing_lu, "南京路步行街店")
    await company.settle()
    assert "南京路步行街店" in await company.groups(world.li)
    store = (await company.groups(world.li))["南京路步行街店"]
    await company.close_unit(world.nanjing_lu)
    await company.settle()
    assert "南京路步行街店" not in await company.groups(world.li)
    row = await engine.database.pool.fetchrow("SELECT closed_at, members FROM conversation WHERE stream = $1", store)
    assert row is not None
    assert row["closed_at"] is not None
    assert row["members"] == 0
    await engine.database.pool.execute("UPDATE unit SET closed_at = NULL")
    await company.tell(units=[world.nanjing_lu])
    await company.settle()
    assert (await company.groups(world.li))["南京路步行街店"] == store


async def test_following_the_same_change_again_changes_nothing(world: World, engine: Engine) -> None:
    pool = engine.database.pool
    state = "SELECT stream, seq, no, member_epoch FROM stream WHERE stream LIKE 'chat:%' ORDER BY stream"
    before = await pool.fetch(state)
    await pool.execute("UPDATE follower SET pos = 0")
    await world.company.settle()
    assert await pool.fetch(state) == before


async def test_a_line_says_who_came_and_why_and_makes_nothing_unread(world: World, engine: Engine) -> None:
    store = (await world.company.groups(world.li))["南京路店"]
    zhou = await world.company.hire("周舟", ("cashier", world.nanjing_lu))
    await world.company.settle()
    row = await engine.database.pool.fetchrow("SELECT * FROM entry WHERE stream = $1 ORDER BY seq DESC LIMIT 1", store)
    assert row is not None
    body = msgspec.json.decode(row["body"], type=GroupLineBody)
    assert ([p.name for p in body.joined], body.joined_count, body.left_count) == (["周舟"], 1, 0)
    assert (row["kind"], row["no"], row["actor"], body.reason) == ("group.members", None, 1, "hr_import")
    assert row["nonce"].startswith("managed_groups:org:")
    assert all(c.head_no == c.read_no == 0 for c in await conversations(engine, zhou))


async def members_are_counted(world: World) -> None:
    wrong = await world.company.engine.database.pool.fetch(
        "SELECT c.stream FROM conversation c LEFT JOIN member m ON m.stream = c.stream AND m.left_at IS NULL"
        " GROUP BY c.stream, c.members HAVING c.members <> count(m.actor)"
    )
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "key", "zh", "en"),
    [
        ("region", "unit_managers:7", "华东店长群", "华东 managers"),
        ("city", "unit_managers:7", "华东店长群", "华东 managers"),
        ("store", "store:7", "华东", "华东"),
    ],
)
def test_units_have_their_groups(kind: groups.UnitKind, key: str, zh: str, en: str) -> None:
    group = groups.group_of(7, kind, "华东")
    assert group is not None
    assert (group.key, group.title_zh, group.title_en) == (key, zh, en)


def test_other_units_have_none() -> None:
    assert groups.group_of(7, "hq", "总部") is None
    assert groups.group_of(7, "department", "信息部") is None
