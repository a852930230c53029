"""A device is not a person: a till holds several people, one is active, and its end ends them all."""

from dataclasses import dataclass
from typing import Any

import pytest

from dianmai import accounts
from dianmai.accounts import hashing
from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Conflict, NotAllowed, NotFound, Refusal, TooMany
from tests.accounts.entering import PASSWORD, activated, answered, ask, ask_on, by_token, code_for, sign_in
from tests.world import Member, World

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Till:
    """A shared device of 南京路店 that its manager has registered; he is active on it."""

    engine: Engine
    id: int
    token: str
    manager: Actor

    async def here(self) -> list[tuple[str, bool]]:
        """Who is held, and whether they are active."""
        return [(p["name"], p["active"]) for p in (await ask_on(self.engine, self.token, "accounts.here"))["people"]]

    async def sign_in(self, member: Member) -> str:
        asked: dict[str, Any] = {"employee_no": member.employee_no, "password": PASSWORD, "bearer": True}
        return (await ask_on(self.engine, self.token, "accounts.sign_in", **asked))["token"]

    async def switch(self, member: Member, password: str = PASSWORD) -> str:
        asked: dict[str, Any] = {"person": member.id, "password": password, "bearer": True}
        return (await ask_on(self.engine, self.token, "accounts.switch", **asked))["token"]

    async def refusal(self, op: str, **body: Any) -> Refusal:
        with pytest.raises(Refusal) as refused:
            await ask_on(self.engine, self.token, op, **body)
        return refused.value


@pytest.fixture
async def till(engine: Engine, world: World) -> Till:
    manager = await activated(engine, world.nanjing_lu.manager)
    asked: dict[str, Any] = {"name": "收银台 1", "unit": world.nanjing_lu.id, "bearer": True}
    registered = await ask(engine, manager, "accounts.register_device", **asked)
    return Till(engine, registered["device"]["id"], registered["token"], manager)


async def dead(engine: Engine, token: str) -> bool:
    try:
        await by_token(engine, token)
    except NotAllowed:
        return True
    return False


async def test_the_registering_manager_is_the_first_who_is_held(till: Till, engine: Engine, world: World) -> None:
    assert await till.here() == [("李明", True)]
    me = await ask(engine, till.manager, "accounts.me")
    assert me["device"] == {
        "id": till.id, "name": "收银台 1", "unit": world.nanjing_lu.id, "unit_name": world.nanjing_lu.name
    }  # fmt: skip
    held = (await ask_on(engine, till.token, "accounts.here"))["people"][0]
    assert held.keys() == {"person", "name", "active"}, "a name and nothing else"
    kinds = await engine.database.pool.fetch("SELECT kind, actor FROM entry WHERE kind LIKE 'device.%'")
    assert [tuple(row) for row in kinds] == [("device.registered", till.manager.id)]


async def test_a_device_is_somebody_at_no_door(till: Till, engine: Engine) -> None:
    assert (await by_token(engine, till.token)).kind == "device"
    got = await engine.answer(Actor(0, "guest"), Asked("accounts.here", b"{}", None, "203.0.113.7", till.token))
    assert got.device == till.token, "the cookie is renewed"


async def test_signing_in_keeps_the_others_and_leaves_one_session_alive(
    till: Till, engine: Engine, world: World
) -> None:
    cashier = world.nanjing_lu.cashier
    await activated(engine, cashier)
    token = await till.sign_in(cashier)
    assert set(await till.here()) == {("李明", False), (cashier.name, True)}
    with pytest.raises(NotAllowed):
        await ask(engine, till.manager, "accounts.me")
    back = await till.switch(world.nanjing_lu.manager)
    assert await dead(engine, token), "the earlier token is void"
    assert set(await till.here()) == {("李明", True), (cashier.name, False)}
    again = await till.switch(cashier)
    assert await dead(engine, back)
    assert await dead(engine, token), "and stays void when its owner is back"
    cashiers = await by_token(engine, again)
    row = await engine.database.pool.fetchrow("SELECT actor, device FROM credential WHERE id = $1", cashiers.credential)
    assert tuple(row or ()) == (cashier.id, till.id), "the credential of a receipt tells the person and the device"


async def test_a_phone_of_ones_own_is_not_touched(till: Till, engine: Engine, world: World) -> None:
    own = (await sign_in(engine, world.nanjing_lu.manager))["token"]
    await activated(engine, world.nanjing_lu.cashier)
    await till.sign_in(world.nanjing_lu.cashier)
    assert not await dead(engine, own)


async def test_switching_needs_a_held_person_their_password_and_a_living_device(
    till: Till, engine: Engine, world: World
) -> None:
    manager, cashier = world.nanjing_lu.manager, world.nanjing_lu.cashier
    await activated(engine, cashier)
    for person in (cashier.id, 999_999):
        refused = await till.refusal("accounts.switch", person=person, password=PASSWORD)
        assert (refused.code, refused.status) == ("not_held", 404)
    refused = await till.refusal("accounts.switch", person=manager.id, password="wrong password")
    assert (refused.code, refused.status, refused.field) == ("wrong_password", 401, "password")
    assert (await till.refusal("accounts.switch", person=manager.id, password="x" * 257)).code == "password_too_long"
    await ask(engine, till.manager, "accounts.me")  # none of this has ended the active session
    for token in (None, "nonsense", "dm_unknown"):
        with pytest.raises(NotAllowed) as none:
            await ask_on(engine, token, "accounts.switch", person=manager.id, password=PASSWORD)
        assert (none.value.code, none.value.status) == ("not_shared_device", 401)
        assert await ask_on(engine, token, "accounts.here") == {"people": []}


async def test_tries_of_switching_and_of_signing_in_are_counted_together(
    till: Till, engine: Engine, world: World
) -> None:
    manager = world.nanjing_lu.manager
    for _ in range(5):
        with pytest.raises(NotAllowed):
            await till.switch(manager, "wrong password")
        with pytest.raises(NotAllowed):
            await sign_in(engine, manager, "wrong password")
    with pytest.raises(TooMany):
        await till.switch(manager)


async def test_signing_out_lets_go_and_staying_does_not(till: Till, engine: Engine, world: World) -> None:
    await ask(engine, till.manager, "accounts.sign_out", stay=True)
    assert await till.here() == [("李明", False)]
    token = await till.switch(world.nanjing_lu.manager)
    await ask(engine, await by_token(engine, token), "accounts.sign_out")
    assert await till.here() == []


async def test_a_person_is_held_for_twelve_hours_from_their_last_use(till: Till, engine: Engine, world: World) -> None:
    cashier = world.nanjing_lu.cashier
    await activated(engine, cashier)
    pool = engine.database.pool
    long_ago = "UPDATE held_person SET last_used_at = now() - interval '13 hours'"
    await pool.execute(long_ago)  # a long day: signed in thirteen hours ago, used until now
    await ask(engine, till.manager, "accounts.sign_out", stay=True)
    assert await till.here() == [("李明", False)]
    await till.switch(world.nanjing_lu.manager)
    await pool.execute(long_ago)
    run_out = "UPDATE credential SET last_used_at = now() - interval '13 hours', expires_at = now() - interval '1 hour'"
    await pool.execute(run_out + " WHERE device IS NOT NULL AND ended_at IS NULL")
    await till.sign_in(cashier)  # who comes the next day does not bring back who has been gone since
    assert await till.here() == [(cashier.name, True)]


async def test_ending_the_tills_session_from_the_phone_lets_go(till: Till, engine: Engine, world: World) -> None:
    phone = await by_token(engine, (await sign_in(engine, world.nanjing_lu.manager))["token"])
    sessions = (await ask(engine, phone, "accounts.sessions"))["sessions"]
    (shared,) = (s for s in sessions if not s["this"] and s["device_name"])
    assert (shared["device_name"], shared["device_kind"]) == ("收银台 1", "till")
    await ask(engine, phone, "accounts.end_session", session=shared["id"])
    assert await till.here() == []


async def test_twelve_hours_without_use_end_it_and_use_moves_the_end(till: Till, engine: Engine, world: World) -> None:
    cashier = world.nanjing_lu.cashier
    await activated(engine, cashier)
    token = await till.sign_in(cashier)
    pool = engine.database.pool
    back = "UPDATE credential SET last_used_at = last_used_at - $1::text::interval,"
    back += " expires_at = expires_at - $1::text::interval WHERE device IS NOT NULL"
    await pool.execute(back, "11 hours")
    before = (await by_token(engine, token)).expires_at
    after = (await by_token(engine, token)).expires_at
    assert before is not None and after is not None and (after - before).total_seconds() > 10 * 3600
    await pool.execute(back, "12 hours")
    assert await dead(engine, token)
    await pool.execute("UPDATE held_person SET last_used_at = last_used_at - interval '12 hours'")
    assert await till.here() == []


async def test_a_new_password_elsewhere_lets_go(till: Till, engine: Engine, world: World) -> None:
    manager = world.nanjing_lu.manager
    body = {"employee_no": manager.employee_no, "code": await code_for(engine, manager), "password": "Neue-Worte-88x"}
    await ask(engine, Actor(0, "guest"), "accounts.activate", **body)
    assert await till.here() == []


async def test_ending_a_device_ends_every_session_on_it(till: Till, engine: Engine, world: World) -> None:
    cashier = world.nanjing_lu.cashier
    await activated(engine, cashier)
    token = await till.sign_in(cashier)
    with pytest.raises(NotFound):  # a cashier may not, nor does anybody of another store
        await ask(engine, await by_token(engine, token), "accounts.end_device", device=till.id)
    with pytest.raises(NotFound):
        await ask(engine, world.xujiahui.manager.actor, "accounts.end_device", device=till.id)
    manager = await by_token(engine, (await sign_in(engine, world.nanjing_lu.manager))["token"])
    listed = (await ask(engine, manager, "accounts.devices", unit=world.nanjing_lu.id))["devices"]
    assert [(d["id"], d["name"], d["this"]) for d in listed] == [(till.id, "收银台 1", False)]
    await ask(engine, manager, "accounts.end_device", device=till.id)
    assert await dead(engine, token) and await dead(engine, till.token)
    assert await ask_on(engine, till.token, "accounts.here") == {"people": []}
    refused = await till.refusal("accounts.switch", person=cashier.id, password=PASSWORD)
    assert refused.code == "not_shared_device"
    assert (await ask(engine, manager, "accounts.devices", unit=world.nanjing_lu.id))["devices"] == []
    with pytest.raises(NotFound):
        await ask(engine, manager, "accounts.end_device", device=till.id)
    await till.sign_in(cashier)  # the browser is nobody's shared device any more, and lets people in like any other
    told = await engine.database.pool.fetchval("SELECT count(*) FROM entry WHERE kind = 'device.ended'")
    assert told == 1


async def test_a_device_that_ends_while_a_password_is_checked_lets_nobody_in(
    till: Till, engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = hashing.verify

    async def verify_and_be_overtaken(password_hash: str | None, password: str) -> bool:
        right = await verify(password_hash, password)
        await ask(engine, world.wu_fang.actor, "accounts.end_device", device=till.id)
        return right

    monkeypatch.setattr(hashing, "verify", verify_and_be_overtaken)
    refused = await till.refusal("accounts.switch", person=world.nanjing_lu.manager.id, password=PASSWORD)
    assert refused.code == "not_shared_device"
    live = "SELECT count(*) FROM credential WHERE device IS NOT NULL AND ended_at IS NULL"
    assert await engine.database.pool.fetchval(live) == 0


async def test_who_is_refused_at_the_last_moment_has_not_put_out_who_is_active(
    till: Till, engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cashier = world.nanjing_lu.cashier
    await activated(engine, cashier)
    verify = hashing.verify

    async def verify_and_be_overtaken(password_hash: str | None, password: str) -> bool:
        right = await verify(password_hash, password)
        await activated(engine, cashier, "Neue-Worte-88x")
        return right

    monkeypatch.setattr(hashing, "verify", verify_and_be_overtaken)
    refused = await till.refusal("accounts.sign_in", employee_no=cashier.employee_no, password=PASSWORD)
    assert refused.code == "wrong_credentials"
    assert await till.here() == [("李明", True)]
    await ask(engine, till.manager, "accounts.me")


async def test_who_ends_the_device_they_sit_at_is_out_with_it(till: Till, engine: Engine) -> None:
    got = await answered(engine, till.manager, "accounts.end_device", device=till.id)
    assert (got.session_ended, got.device) == (True, "")


async def test_only_the_stores_own_line_registers_a_device_and_only_once(
    till: Till, engine: Engine, world: World
) -> None:
    asked: dict[str, Any] = {"name": "收银台 2", "unit": world.nanjing_lu.id}
    for member in (world.nanjing_lu.cashier, world.xujiahui.manager):
        with pytest.raises(NotAllowed) as refused:
            await ask(engine, member.actor, "accounts.register_device", **asked)
        assert refused.value.code == "forbidden"
    with pytest.raises(Conflict) as twice:
        await ask_on(engine, till.token, "accounts.register_device", who=till.manager, **asked)
    assert twice.value.code == "already_shared"
    for name, code in ((" ", "blank_text"), ("till\u202e", "bidi_control")):
        with pytest.raises(Refusal) as bad:
            await ask(engine, till.manager, "accounts.register_device", name=name, unit=world.nanjing_lu.id)
        assert bad.value.code == code
    with pytest.raises(NotFound):
        await ask(engine, till.manager, "accounts.register_device", name="x", unit=999_999)


def test_whatever_hands_out_a_session_or_a_device_does_so_over_http() -> None:
    handing_out = {
        "accounts.sign_in",
        "accounts.activate",
        "accounts.switch",
        "accounts.here",
        "accounts.register_device",
    }
    assert {operation.name for operation in accounts.operations if operation.http_only} == handing_out
