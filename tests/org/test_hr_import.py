"""Importing for real: what the database holds afterwards, who loses access, what followers are told."""

import asyncio
import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dianmai import org
from dianmai.core import access
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import Conflict, Invalid, NotAllowed, NotFound
from dianmai.core.transactions import Transaction
from dianmai.files import Storage
from dianmai.org import demo_chain
from dianmai.org.date_turned import schedule_turn
from dianmai.org.demo_chain import HEADINGS, Row
from dianmai.wire.org import Audience, AudiencePart, OrgChanged
from tests.org.asking import ask
from tests.world import Member, World

pytestmark = pytest.mark.anyio

PLACES = {heading: place for place, heading in enumerate(HEADINGS)}


def roster(*, without: tuple[Member, ...] = (), **changes: dict[str, str]) -> list[Row]:
    """The named world's rows, some people left out, others (by employee number) changed."""
    numbers = {member.employee_no for member in without}
    rows: list[Row] = []
    for row in demo_chain.world_rows():
        if row[0] not in numbers:
            cells = list(row)
            for heading, value in changes.get(row[0], {}).items():
                cells[PLACES[heading]] = value
            rows.append(tuple(cells))
    return rows


async def import_rows(engine: Engine, rows: list[Row], *, confirm: bool = False) -> dict[str, int] | None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        path.write_bytes(demo_chain.to_csv(rows))
        return await org.import_hr(engine, path, confirm=lambda shown: True, confirm_mass_change=confirm)


async def upload(engine: Engine, storage: Storage, who: Member, content: bytes) -> str:
    """A file as if it had been uploaded by somebody."""
    file = storage.new_id()
    await storage.put(file, content)
    await engine.database.pool.execute(
        "INSERT INTO file (id, uploader, name, kind, media_type, size, sha256)"
        " VALUES ($1, $2, 'hr.csv', 'file', 'text/csv', $3, $4)",
        file,
        who.id,
        len(content),
        hashlib.sha256(content).digest(),
    )
    return file


async def session_of(engine: Engine, member: Member) -> Actor:
    async def work(tx: Transaction) -> tuple[int, str]:
        return await access.issue_credential(tx, member.id, "session", lifetime=timedelta(days=1))

    credential, _ = await engine.write(work)
    return Actor(member.id, "person", credential)


async def last_change(engine: Engine) -> OrgChanged:
    body = await engine.database.pool.fetchval("SELECT body FROM entry WHERE stream = 'org' ORDER BY seq DESC LIMIT 1")
    return msgspec.json.decode(body, type=OrgChanged)


async def test_the_same_file_twice_changes_nothing(engine: Engine, world: World) -> None:
    before = await engine.database.pool.fetchval("SELECT seq FROM stream WHERE stream = 'org'")
    assert await import_rows(engine, roster()) == {}
    assert await engine.database.pool.fetchval("SELECT seq FROM stream WHERE stream = 'org'") == before


async def test_a_leaver_loses_access_with_the_commit_and_is_found_no_more(engine: Engine, world: World) -> None:
    leaver = world.nanjing_lu.cashier
    session = await session_of(engine, leaver)
    await ask(engine, session, "org.unit")
    assert await import_rows(engine, roster(without=(leaver,))) == {"leave": 1}
    with pytest.raises(NotAllowed) as refused:
        await ask(engine, session, "org.unit")
    assert refused.value.status == 401
    with pytest.raises(NotFound):
        await ask(engine, world.wang_min, "org.person", person=leaver.id)
    assert (await ask(engine, world.wang_min, "org.find", text=leaver.name))["people"] == []
    everyone = await org.audience_people(
        engine.database.pool, Audience(parts=[AudiencePart()], people=[leaver.id]), language="en"
    )
    assert leaver.id not in {row.person for row in everyone}
    change = await last_change(engine)
    assert (change.people, change.units, change.cause) == ([leaver.id], [], "hr_import")
    kinds = await engine.database.pool.fetch("SELECT kind FROM entry WHERE stream = $1", f"person:{leaver.id}")
    assert [row[0] for row in kinds] == ["access.ended"]
    # What they wrote keeps its author's name.
    assert [brief.name for brief in await org.briefs(engine.database.pool, [leaver.id], "en")] == [leaver.name]


async def test_who_returns_keeps_the_identity_and_no_old_credential(engine: Engine, world: World) -> None:
    member = world.nanjing_lu.cashier
    session = await session_of(engine, member)
    await import_rows(engine, roster(without=(member,)))
    assert await import_rows(engine, roster()) == {"return": 1}
    with pytest.raises(NotAllowed):
        await ask(engine, session, "org.unit")
    card = await ask(engine, await session_of(engine, member), "org.person", person=member.id)
    assert (card["state"], card["positions"][0]["title"]) == ("invited", "收银员")


async def test_a_move_changes_rights_audiences_and_finding_in_one_go(engine: Engine, world: World) -> None:
    manager = world.nanjing_lu.manager
    moved = {
        "部门路径": "总部/华南大区/广州/天河店",
        "门店编码": "GZ001",
        "属性:业态": "",
        "属性:烘焙": "",
        "岗位": "副店长",
    }
    assert await import_rows(engine, roster(**{manager.employee_no: moved})) == {"move": 1}
    rights = await org.rights_of(engine.database.pool, manager.id)
    assert rights == {"see_board": [world.tianhe.id]}
    deputies = Audience(parts=[AudiencePart(units=[world.south.id], positions=["deputy_manager"])])
    found = await org.audience_people(engine.database.pool, deputies, language="en")
    assert {row.name for row in found} == {"李明", "谢颖"}
    found = await ask(engine, world.wang_min, "org.find", text="天河 李明")
    assert [row["person"]["name"] for row in found["people"]] == ["李明"]
    history = await engine.database.pool.fetch(
        "SELECT position, until_date IS NULL FROM holding WHERE person = $1 ORDER BY id", manager.id
    )
    assert [tuple(row) for row in history] == [("store_manager", False), ("deputy_manager", True)]


async def test_a_renamed_and_moved_store_keeps_its_people_and_past(engine: Engine, world: World) -> None:
    rows = [tuple(cell.replace("上海/徐家汇店", "浦东/徐汇旗舰店") for cell in row) for row in demo_chain.world_rows()]
    assert await import_rows(engine, rows) == {"unit_new": 1, "unit_changed": 1}
    page = await ask(engine, world.wang_min, "org.unit", unit=world.xujiahui.id)
    assert page["unit"]["name"] == "徐汇旗舰店"
    assert [unit["name"] for unit in page["line"]] == ["总部", "华东大区", "浦东"]
    found = await ask(engine, world.wang_min, "org.find", text="浦东 店长")
    assert found["people"][0]["person"]["name"] == "张丽"
    assert (await ask(engine, world.wang_min, "org.find", text="徐家汇"))["units"] == []
    wu_fang = (await org.briefs(engine.database.pool, [world.wu_fang.id], "en"))[0]
    assert wu_fang.unit == "华东大区"  # her stores now lie in two cities


async def test_the_brake_needs_confirming_and_the_last_importer_stays(engine: Engine, world: World) -> None:
    east = tuple(member for store in world.stores[:3] for member in store.people)
    with pytest.raises(Conflict) as refused:
        await import_rows(engine, roster(without=east))
    assert refused.value.code == "mass_change_needs_confirmation"
    importers = (world.wang_min, world.zhao_lei, world.zhou_ting)
    for confirmed, code in ((False, "mass_change_needs_confirmation"), (True, "last_importer")):
        with pytest.raises(Conflict) as refused:
            await import_rows(engine, roster(without=importers), confirm=confirmed)
        assert refused.value.code == code
    assert await engine.database.pool.fetchval("SELECT count(*) FROM person WHERE state = 'left'") == 0
    await import_rows(engine, roster(without=east), confirm=True)
    assert await engine.database.pool.fetchval("SELECT count(*) FROM person WHERE state = 'left'") == len(east)


async def test_a_bad_row_imports_nothing(engine: Engine, world: World) -> None:
    before = await engine.database.pool.fetchval("SELECT version FROM organisation")
    spoiled = roster(without=(world.nanjing_lu.cashier,), **{world.wang_min.employee_no: {"入职日期": "昨天"}})
    with pytest.raises(Invalid) as refused:
        await import_rows(engine, spoiled)
    assert refused.value.code == "invalid_date"
    assert await engine.database.pool.fetchval("SELECT version FROM organisation") == before
    assert await engine.database.pool.fetchval("SELECT count(*) FROM person WHERE state = 'left'") == 0


async def test_planning_and_applying_an_upload(engine: Engine, world: World, storage: Storage) -> None:
    leaver = world.nanjing_lu.cashier
    file = await upload(engine, storage, world.wang_min, demo_chain.to_xlsx(roster(without=(leaver,))))
    plan = await ask(engine, world.wang_min, "org.plan_import", file=file)
    assert plan["counts"] == {"leave": 1}
    assert plan["changes"][0]["who"] == f"{leaver.name} {leaver.employee_no}"
    done = await ask(engine, world.wang_min, "org.apply_import", nonce="import-1", file=file, digest=plan["digest"])
    assert done == {"counts": {"leave": 1}}
    again = await ask(engine, world.wang_min, "org.apply_import", nonce="import-1", file=file, digest=plan["digest"])
    assert again == done
    report = await engine.database.pool.fetchrow("SELECT actor, digest FROM hr_import ORDER BY id DESC LIMIT 1")
    assert tuple(report) == (world.wang_min.id, plan["digest"])


async def test_a_plan_of_another_moment_is_refused(engine: Engine, world: World, storage: Storage) -> None:
    file = await upload(engine, storage, world.wang_min, demo_chain.to_csv(roster(without=(world.nanjing_lu.cashier,))))
    plan = await ask(engine, world.wang_min, "org.plan_import", file=file)
    await import_rows(engine, roster(without=(world.xihu.cashier,)))
    with pytest.raises(Conflict) as refused:
        await ask(engine, world.wang_min, "org.apply_import", nonce="import-2", file=file, digest=plan["digest"])
    assert refused.value.code == "plan_changed"


async def test_importing_needs_the_right_and_one_s_own_file(engine: Engine, world: World, storage: Storage) -> None:
    file = await upload(engine, storage, world.wang_min, demo_chain.to_csv(roster()))
    with pytest.raises(NotAllowed):
        await ask(engine, world.nanjing_lu.manager, "org.plan_import", file=file)
    with pytest.raises(NotFound):
        await ask(engine, world.zhou_ting, "org.plan_import", file=file)


async def test_two_imports_at_once_end_as_one_after_the_other(engine: Engine, world: World) -> None:
    outcomes = await asyncio.gather(
        import_rows(engine, roster(without=(world.nanjing_lu.cashier,))),
        import_rows(engine, roster(without=(world.xihu.cashier,))),
        return_exceptions=True,
    )
    states = await engine.database.pool.fetch("SELECT id FROM person WHERE state = 'left'")
    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert [refusal.code for refusal in refused] == ["plan_changed"]
    assert len(states) == 1


async def test_joining_and_leaving_on_a_date_to_come(engine: Engine, world: World) -> None:
    leaver, clerk = world.nanjing_lu.cashier, world.nanjing_lu.clerks[0]
    now = await engine.database.pool.fetchval("SELECT now()")
    today: date = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    tomorrow = today + timedelta(days=1)
    joiner: Row = (
        "A09999", "新来的", "", "总部/华东大区/上海/南京路店", "店员", "SH001", str(tomorrow), "", "在职", "", "", "",
    )  # fmt: skip
    rows = [*roster(**{leaver.employee_no: {"离职日期": str(today)}}), joiner]
    await import_rows(engine, rows)
    store = Audience(parts=[AudiencePart(units=[world.nanjing_lu.id])])
    midnight = datetime.combine(tomorrow, datetime.min.time(), ZoneInfo("Asia/Shanghai"))

    async def crew() -> set[str]:
        return {row.name for row in await org.audience_people(engine.database.pool, store, language="en")}

    assert leaver.name in await crew()
    assert "新来的" not in await crew()
    await turn(engine, midnight - timedelta(seconds=1))
    assert leaver.name in await crew()
    await turn(engine, midnight)
    assert leaver.name not in await crew()
    assert {"新来的", clerk.name} <= await crew()
    change = await last_change(engine)
    assert change.cause == "date_turned"
    assert leaver.id in change.people
    assert len(change.people) == 2
    assert await engine.database.pool.fetchval("SELECT state FROM person WHERE id = $1", leaver.id) == "left"


async def turn(engine: Engine, at: datetime) -> None:
    """The timer going off at this moment."""

    async def work(tx: Transaction) -> None:
        await org.jobs[0].carry_out(tx, "company", at.astimezone(UTC), b"{}")

    await engine.write(work)


async def test_the_timer_is_set_for_the_next_half_hour(engine: Engine) -> None:
    async def set_anew(tx: Transaction) -> datetime:
        await schedule_turn(tx, tx.now)
        return tx.now

    timer = "SELECT due FROM job WHERE kind = 'org.date_turned'"
    assert (await engine.database.pool.fetchval(timer)).minute in (0, 30)  # the import has set one, minutes ago
    now = await engine.write(set_anew)
    due = await engine.database.pool.fetchval(timer)
    assert due.minute in (0, 30) and due.second == 0
    assert timedelta() < due - now <= timedelta(minutes=30)


async def test_tree_lines_and_closure_agree(engine: Engine, world: World) -> None:
    wrong = await engine.database.pool.fetchval(
        "SELECT count(*) FROM unit u WHERE line <> ARRAY(SELECT above FROM unit_above a"
        " WHERE a.unit = u.id ORDER BY depth DESC) OR line[cardinality(line)] <> id"
    )
    assert wrong == 0
    lines = await engine.database.pool.fetchval("SELECT count(*) FROM unit WHERE cardinality(line) = 0")
    assert lines == 0
