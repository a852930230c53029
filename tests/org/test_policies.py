"""Company policies: read by everybody, set by administrators, noted, and true in every process at once."""

import asyncio

import msgspec
import pytest

from dianmai import org
from dianmai.core.db import Database
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Invalid, NotAllowed
from dianmai.core.operations import Act
from dianmai.wire.org import Policies
from tests.org.asking import ask
from tests.world import Member, World

pytestmark = pytest.mark.anyio


async def known(engine: Engine, who: Member) -> Policies:
    """What an operation of this process would decide by."""
    pool = engine.database.pool
    return await org.policies(Act(who.actor, await pool.fetchval("SELECT now()"), pool, engine.streams))


async def test_what_was_never_set_has_its_default(engine: Engine, world: World) -> None:
    told = await ask(engine, world.nanjing_lu.cashier, "org.policies")
    assert told == {"policies": {}}
    assert (await ask(engine, world.wang_min, "org.policies"))["may_set"]
    assert await known(engine, world.nanjing_lu.cashier) == Policies()


async def test_a_policy_that_is_set_holds_from_the_next_decision_and_is_noted(engine: Engine, world: World) -> None:
    assert (await known(engine, world.nanjing_lu.manager)).chat_edit_minutes == 15
    told = await ask(engine, world.wang_min, "org.set_policies", "edit-30", chat_edit_minutes=30, chat_recall_minutes=2)
    assert told == {"policies": {"chat_edit_minutes": 30}, "may_set": True}
    assert await known(engine, world.nanjing_lu.manager) == Policies(chat_edit_minutes=30)
    noted = await engine.database.pool.fetch("SELECT actor, body FROM entry WHERE kind = 'org.policy_set'")
    change = {"name": "chat_edit_minutes", "before": "15", "after": "30"}
    assert [(row["actor"], msgspec.json.decode(row["body"])) for row in noted] == [(world.wang_min.id, change)]


async def test_another_process_decides_by_it_as_soon_as_it_hears(engine: Engine, world: World, world_dsn: str) -> None:
    other = Engine(Database(world_dsn, size=2), org.operations, {})
    await other.start()
    try:
        assert (await known(other, world.wang_min)).readers_shown_to == "everyone"
        engine.listeners.add(other.listeners.heard)
        await ask(engine, world.wang_min, "org.set_policies", "readers-1", readers_shown_to="author")
        assert (await known(other, world.wang_min)).readers_shown_to == "author"
    finally:
        await other.stop()


async def test_what_is_read_while_it_changes_is_not_kept(engine: Engine, world: World) -> None:
    for minutes in range(1, 21):
        setting = ask(engine, world.wang_min, "org.set_policies", f"minutes-{minutes}", chat_edit_minutes=minutes)
        await asyncio.gather(setting, *(known(engine, world.wang_min) for _ in range(5)))
        assert (await known(engine, world.wang_min)).chat_edit_minutes == minutes


@pytest.mark.parametrize("who", ["manager", "region", "it"])
async def test_nobody_below_the_whole_company_sets_them(engine: Engine, world: World, who: str) -> None:
    people = {"manager": world.nanjing_lu.manager, "region": world.liu_jianhua, "it": world.sun_qiang}
    with pytest.raises(NotAllowed):
        await ask(engine, people[who], "org.set_policies", "forbidden", chat_edit_minutes=30)


@pytest.mark.parametrize(
    "body",
    [
        b'{"chat_edit_minutes":-1}',
        b'{"chat_edit_minutes":10081}',
        b'{"chat_edit_minutes":"15"}',
        b'{"readers_shown_to":"nobody"}',
        b'{"temporary_groups_by":""}',
        b'{"no_such_policy":1}',
    ],
)
async def test_what_is_no_value_of_a_policy_is_refused(engine: Engine, world: World, body: bytes) -> None:
    with pytest.raises(Invalid):
        await engine.answer(world.wang_min.actor, Asked("org.set_policies", body, "bad-value"))


async def test_what_a_newer_version_has_set_is_passed_over(engine: Engine, world: World) -> None:
    await engine.database.pool.execute(
        "INSERT INTO policy (name, value, set_by) VALUES ('readers_shown_to', '\"robots\"', 1), ('unheard_of', '7', 1)"
    )
    assert await known(engine, world.wang_min) == Policies()
