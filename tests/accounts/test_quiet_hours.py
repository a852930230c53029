"""Quiet hours: a person's own, on all their devices, by the clocks of where they belong."""

import msgspec
import pytest

from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Invalid, NotAllowed
from dianmai.core.ids import person_stream
from dianmai.wire.accounts import GetQuietHours, QuietHours, SetQuietHours
from tests.org.asking import ask
from tests.world import Member, World

pytestmark = pytest.mark.anyio
NIGHT = SetQuietHours(on=True, from_minute=22 * 60, until_minute=7 * 60, days=[5, 1, 5])


async def set_hours(engine: Engine, who: Member, hours: SetQuietHours, nonce: str) -> QuietHours:
    asked = Asked("accounts.set_quiet_hours", msgspec.json.encode(hours), nonce)
    return msgspec.json.decode((await engine.answer(who.actor, asked)).body, type=QuietHours)


async def hours(engine: Engine, who: Member) -> QuietHours:
    answered = await engine.answer(who.actor, Asked("accounts.quiet_hours", msgspec.json.encode(GetQuietHours())))
    return msgspec.json.decode(answered.body, type=QuietHours)


async def test_never_set_they_are_off(engine: Engine, world: World) -> None:
    assert await hours(engine, world.wang_min) == QuietHours()
    assert not QuietHours().on


async def test_what_was_set_stays_is_told_and_is_nobody_elses(engine: Engine, world: World) -> None:
    manager, other = world.nanjing_lu.manager, world.xujiahui.manager
    told = await set_hours(engine, manager, NIGHT, "quiet-0001")
    assert told == QuietHours(on=True, from_minute=1320, until_minute=420, days=[1, 5], time_zone="Asia/Shanghai")
    assert await hours(engine, manager) == told
    assert await hours(engine, other) == QuietHours()
    heard = await engine.database.pool.fetch(
        "SELECT kind, no, body FROM entry WHERE stream = $1 AND kind = 'quiet.set'", person_stream(manager.id)
    )
    assert [(row[0], row[1], msgspec.json.decode(row[2], type=QuietHours)) for row in heard] == [
        ("quiet.set", None, told)
    ]
    off = await set_hours(engine, manager, SetQuietHours(on=False, from_minute=1320, until_minute=420), "quiet-0002")
    assert not off.on
    assert await hours(engine, manager) == off


async def test_they_go_by_the_clocks_of_the_persons_unit(engine: Engine, world: World) -> None:
    manager = world.futian.manager
    await engine.database.pool.execute("UPDATE unit SET time_zone = 'Asia/Urumqi' WHERE id = $1", world.futian.id)
    assert (await set_hours(engine, manager, NIGHT, "quiet-0001")).time_zone == "Asia/Urumqi"
    assert (await hours(engine, manager)).time_zone == "Asia/Urumqi"
    assert (await hours(engine, world.wang_min)).time_zone == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"on": True, "from_minute": 480, "until_minute": 480}, "quiet_all_day"),
        ({"on": True, "from_minute": -1, "until_minute": 480}, "number_out_of_range"),
        ({"on": True, "from_minute": 0, "until_minute": 1440}, "number_out_of_range"),
        ({"on": True, "from_minute": 0, "until_minute": 480, "days": [0]}, "number_out_of_range"),
        ({"on": True, "from_minute": 0, "until_minute": 480, "days": [8]}, "number_out_of_range"),
        ({"on": True, "from_minute": 0, "until_minute": 480, "days": [1] * 8}, "too_many_items"),
        ({"on": 1, "from_minute": 0, "until_minute": 480}, "invalid_type"),
        ({"on": True, "from_minute": 0}, "missing_field"),
        ({"on": True, "from_minute": 0, "until_minute": 480, "time_zone": "Moon/Tycho"}, "unknown_field"),
    ],
)
async def test_what_are_no_hours_is_refused(engine: Engine, world: World, how: dict[str, object], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(engine, world.wang_min, "accounts.set_quiet_hours", "quiet-0001", **how)
    assert refused.value.code == code
    assert await hours(engine, world.wang_min) == QuietHours()


async def test_a_till_has_none(engine: Engine) -> None:
    with pytest.raises(NotAllowed):
        await engine.answer(Actor(1, "device"), Asked("accounts.quiet_hours", b"{}"))
