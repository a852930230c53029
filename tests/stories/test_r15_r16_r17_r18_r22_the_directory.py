"""R15 anyone within a second, R16 the tree, R17 position and unit, R18 from HR, R22 an area manager's own stores."""

import time
from pathlib import Path

from dianmai.app import Running
from dianmai.wire.notices import Board, GetBoard
from dianmai.wire.org import Find, Found, GetPerson, GetUnit, PersonCard, UnitPage
from tests.stories.chain import PEOPLE, import_people, moved, without
from tests.stories.devices import Device, device
from tests.stories.notices import below, confirm, publish
from tests.world import World


async def found(own: Device, text: str) -> Found:
    return await own.ask("org.find", Find(text=text), Found)


async def test_r15_a_cashier_finds_anyone_in_a_second_in_whatever_way_they_know_them(
    server: Running, world: World
) -> None:
    manager = world.nanjing_lu.manager
    async with device(server, world.tianhe.cashier.id, connected=False) as own:
        for text in (manager.name, "liming", "lm", manager.employee_no, "南京路 店长", "njl dz"):
            started = time.perf_counter()
            people = (await found(own, text)).people
            assert time.perf_counter() - started < 1
            assert manager.id in {p.person.id for p in people}, text
            assert all(p.why for p in people)
        assert not (await found(own, manager.phone[-4:])).people, "a number is found by who may see it"
        assert world.xujiahui.id in {unit.id for unit in (await found(own, "徐家汇")).units}

    async with device(server, world.nanjing_lu.cashier.id, connected=False) as own:
        assert manager.id in {p.person.id for p in (await found(own, manager.phone[-4:])).people}


async def test_r16_r17_the_tree_leads_from_headquarters_to_the_person_and_says_who_they_are(
    server: Running, world: World
) -> None:
    async with device(server, world.xihu.clerks[0].id, connected=False) as own:
        top = await own.ask("org.unit", GetUnit(), UnitPage)
        assert {"运营部", "IT部", "华东大区", "华南大区"} <= {unit.name for unit in top.children}
        east = await own.ask("org.unit", GetUnit(unit=world.east.id), UnitPage)
        assert {unit.kind for unit in east.children} == {"city"}
        shanghai = await own.ask("org.unit", GetUnit(unit=world.shanghai.id), UnitPage)
        assert world.nanjing_lu.id in {unit.id for unit in shanghai.children}
        store = await own.ask("org.unit", GetUnit(unit=world.nanjing_lu.id), UnitPage)
        assert [unit.name for unit in store.line] == ["总部", "华东大区", "上海"]
        assert {p.id for p in world.nanjing_lu.people} <= {p.id for p in store.people}
        card = await own.ask("org.person", GetPerson(person=world.nanjing_lu.manager.id), PersonCard)
        assert (card.positions[0].title, card.positions[0].line) == ("店长", ["总部", "华东大区", "上海", "南京路店"])


async def test_r18_the_organisation_is_what_the_hr_file_says(server: Running, world: World, tmp_path: Path) -> None:
    people = "SELECT employee_no FROM person WHERE state <> 'left'"
    rows = await server.app.engine.database.pool.fetch(people)
    assert {row["employee_no"] for row in rows} == {row[0] for row in PEOPLE}
    clerk, leaver = world.nanjing_lu.clerks[0], world.xihu.cashier
    async with device(server, world.tianhe.manager.id, connected=False) as own:
        await import_people(server, tmp_path, moved(clerk, to=world.tianhe))
        card = await own.ask("org.person", GetPerson(person=clerk.id), PersonCard)
        assert [position.line[-1] for position in card.positions] == ["天河店"]
        await import_people(server, tmp_path, without(leaver))
        card = await own.ask("org.person", GetPerson(person=clerk.id), PersonCard)
        assert [position.line[-1] for position in card.positions] == ["南京路店"]
        assert leaver.id not in {one.person.id for one in (await found(own, leaver.employee_no)).people}


async def test_r22_an_area_manager_sees_her_own_stores_and_no_others(server: Running, world: World) -> None:
    async with (
        device(server, world.wang_min.id, connected=False) as office,
        device(server, world.wu_fang.id, connected=False) as area,
        device(server, world.nanjing_lu.manager.id, connected=False) as manager,
    ):
        notice = (await publish(office, below(world.hq.id, positions=("store_manager",)))).notice
        await confirm(manager, notice)
        everything = await office.ask("notices.board", GetBoard(notice=notice), Board)
        hers = await area.ask("notices.board", GetBoard(notice=notice), Board)
        assert (everything.total.recipients, hers.total.recipients) == (6, 3)
        assert {row.name for row in hers.rows} == {"南京路店", "徐家汇店", "静安寺店"}
        assert {row.name: row.confirmed for row in hers.rows}["南京路店"] == 1
        assert hers.rows[-1].name == "南京路店", "who has not comes first"
