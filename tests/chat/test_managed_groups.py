"""Managed groups follow the organisation: who comes is in, who moves changes over, who leaves is out."""

import msgspec
import pytest

from dianmai.chat import groups, rules
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import NotFound
from dianmai.wire.chat import GroupLineBody
from tests.chat.company import Company
from tests.chat.talk import conversations, history, say


class Chain:
    """A head office, two regions, three stores, and some of the people of the named world."""

    company: Company
    hq: int
    east: int
    south: int
    nanjing_lu: int
    xujiahui: int
    tianhe: int
    wang_min: Actor  # HQ operations
    liu_jianhua: Actor  # regional manager, East China
    wu_fang: Actor  # area manager of two stores
    li_ming: Actor  # store manager, Nanjing Lu
    xu_nuo: Actor  # clerk, Nanjing Lu
    chen_weiqiang: Actor  # store manager, Tianhe


@pytest.fixture
async def chain(engine: Engine) -> Chain:
    chain, company = Chain(), Company(engine)
    chain.company = company
    chain.hq = await company.open_unit("hq", "总部")
    chain.east = await company.open_unit("region", "华东大区", chain.hq)
    chain.south = await company.open_unit("region", "华南大区", chain.hq)
    chain.nanjing_lu = await company.open_unit("store", "南京路店", chain.east)
    chain.xujiahui = await company.open_unit("store", "徐家汇店", chain.east)
    chain.tianhe = await company.open_unit("store", "天河店", chain.south)
    chain.wang_min = await company.hire("王敏", ("hq_operations", chain.hq))
    chain.liu_jianhua = await company.hire("刘建华", ("region_manager", chain.east))
    chain.wu_fang = await company.hire("吴芳", ("area_manager", chain.nanjing_lu), ("area_manager", chain.xujiahui))
    chain.li_ming = await company.hire("李明", ("store_manager", chain.nanjing_lu))
    chain.xu_nuo = await company.hire("许诺", ("clerk", chain.nanjing_lu))
    chain.chen_weiqiang = await company.hire("陈伟强", ("store_manager", chain.tianhe))
    await company.settle()
    return chain


async def test_everybody_is_in_the_groups_of_their_positions(chain: Chain) -> None:
    async def titles(person: Actor) -> set[str]:
        return set(await chain.company.groups(person))

    assert await titles(chain.wang_min) == {"全体员工"}
    assert await titles(chain.liu_jianhua) == {"全体员工", "全国店长群", "华东大区店长群"}
    assert await titles(chain.wu_fang) == {"全体员工", "全国店长群", "华东大区店长群", "南京路店", "徐家汇店"}
    assert await titles(chain.li_ming) == {"全体员工", "全国店长群", "华东大区店长群", "南京路店"}
    assert await titles(chain.xu_nuo) == {"全体员工", "南京路店"}
    assert await titles(chain.chen_weiqiang) == {"全体员工", "全国店长群", "华南大区店长群", "天河店"}
    await members_are_counted(chain)


async def test_a_mover_changes_over_and_a_leaver_is_out_of_every_group(chain: Chain) -> None:
    company = chain.company
    await company.move(chain.li_ming, ("store_manager", chain.tianhe))
    await company.settle()
    assert set(await company.groups(chain.li_ming)) == {"全体员工", "全国店长群", "华南大区店长群", "天河店"}
    await company.leave(chain.li_ming)
    await company.settle()
    assert await company.groups(chain.li_ming) == {}
    await members_are_counted(chain)


async def test_a_promotion_brings_the_managers_group_and_keeps_the_store(chain: Chain, engine: Engine) -> None:
    store = (await chain.company.groups(chain.xu_nuo))["南京路店"]
    await say(engine, chain.xu_nuo, store, "早班到齐")
    await chain.company.move(chain.xu_nuo, ("store_manager", chain.nanjing_lu))
    await chain.company.settle()
    assert set(await chain.company.groups(chain.xu_nuo)) == {"全体员工", "全国店长群", "华东大区店长群", "南京路店"}
    assert len((await history(engine, chain.xu_nuo, store)).messages) == 1


async def test_a_joiner_sees_what_comes_and_a_leaver_loses_what_was(chain: Chain, engine: Engine) -> None:
    company = chain.company
    store = (await company.groups(chain.li_ming))["南京路店"]
    await say(engine, chain.li_ming, store, "昨天的交接")
    tang_xue = await company.hire("唐雪", ("cashier", chain.nanjing_lu))
    await company.settle()
    await say(engine, chain.li_ming, store, "欢迎唐雪")
    assert [m.body.text for m in (await history(engine, tang_xue, store)).messages] == ["欢迎唐雪"]
    [listed] = [c for c in await conversations(engine, tang_xue) if c.stream == store]
    assert (listed.head_no - listed.read_no, listed.members) == (1, 4)
    await company.leave(tang_xue)
    await company.settle()
    with pytest.raises(NotFound):
        await history(engine, tang_xue, store)
    with pytest.raises(NotFound):
        await say(engine, tang_xue, store, "还在")


async def test_a_store_that_moves_to_another_region_takes_its_managers_along(chain: Chain) -> None:
    await chain.company.move_unit(chain.nanjing_lu, chain.south)
    await chain.company.settle()
    assert set(await chain.company.groups(chain.li_ming)) == {"全体员工", "全国店长群", "华南大区店长群", "南京路店"}
    # She still looks after a store of the east.
    assert set(await chain.company.groups(chain.wu_fang)) == {
        "全体员工", "全国店长群", "华东大区店长群", "华南大区店长群", "南京路店", "徐家汇店"
    }  # fmt: skip
    await members_are_counted(chain)


async def test_titles_follow_names_and_closed_units_have_no_members(chain: Chain, engine: Engine) -> None:
    company = chain.company
    await company.rename_unit(chain.nanjing_lu, "南京东路店")
    await company.settle()
    assert "南京东路店" in await company.groups(chain.xu_nuo)
    store = (await company.groups(chain.xu_nuo))["南京东路店"]
    await company.close_unit(chain.nanjing_lu)
    await company.settle()
    assert "南京东路店" not in await company.groups(chain.xu_nuo)
    row = await engine.database.pool.fetchrow("SELECT closed_at, members FROM conversation WHERE stream = $1", store)
    assert row is not None
    assert row["closed_at"] is not None
    assert row["members"] == 0
    await engine.database.pool.execute("UPDATE unit SET closed_at = NULL")
    await company.tell(units=[chain.nanjing_lu])
    await company.settle()
    assert (await company.groups(chain.xu_nuo))["南京东路店"] == store


async def test_following_the_same_change_again_changes_nothing(chain: Chain, engine: Engine) -> None:
    pool = engine.database.pool
    state = "SELECT stream, seq, no, member_epoch FROM stream WHERE stream LIKE 'chat:%' ORDER BY stream"
    before = await pool.fetch(state)
    await pool.execute("UPDATE follower SET pos = 0")
    await chain.company.settle()
    assert await pool.fetch(state) == before


async def test_a_line_says_who_came_and_why_and_makes_nothing_unread(chain: Chain, engine: Engine) -> None:
    store = (await chain.company.groups(chain.xu_nuo))["南京路店"]
    tang_xue = await chain.company.hire("唐雪", ("cashier", chain.nanjing_lu))
    await chain.company.settle()
    row = await engine.database.pool.fetchrow("SELECT * FROM entry WHERE stream = $1 ORDER BY seq DESC LIMIT 1", store)
    assert row is not None
    body = msgspec.json.decode(row["body"], type=GroupLineBody)
    assert ([p.name for p in body.joined], body.joined_count, body.left_count) == (["唐雪"], 1, 0)
    assert (row["kind"], row["no"], row["actor"], body.reason) == ("group.members", None, 1, "hr_import")
    assert row["nonce"].startswith("managed_groups:org:")
    assert all(c.head_no == c.read_no == 0 for c in await conversations(engine, tang_xue))


async def members_are_counted(chain: Chain) -> None:
    wrong = await chain.company.engine.database.pool.fetch(
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


async def test_a_new_company_wide_group_is_whole_from_its_first_day(chain: Chain, engine: Engine) -> None:
    pool = engine.database.pool
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("DELETE FROM conversation WHERE key = 'all_managers'")
    await chain.company.rename_unit(chain.tianhe, "天河北店")
    await chain.company.settle()
    for manager in (chain.liu_jianhua, chain.wu_fang, chain.li_ming, chain.chen_weiqiang):
        assert "全国店长群" in await chain.company.groups(manager)
    await members_are_counted(chain)


async def test_a_group_too_large_for_it_takes_people_in_and_out_without_a_line(
    chain: Chain, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ANNOUNCED_UP_TO", 3)
    seqs = "SELECT c.key, s.seq FROM conversation c JOIN stream s USING (stream)"
    before = dict(await engine.database.pool.fetch(seqs))
    newcomer = await chain.company.hire("周舟", ("clerk", chain.xujiahui))
    await chain.company.settle()
    after = dict(await engine.database.pool.fetch(seqs))
    assert set(await chain.company.groups(newcomer)) == {"全体员工", "徐家汇店"}
    assert {key for key in after if after[key] > before[key]} == {f"store:{chain.xujiahui}"}
    await members_are_counted(chain)
