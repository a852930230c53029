"""Activating and signing in, with everything that must not work."""

import asyncio
import time

import pytest

from dianmai import accounts, org
from dianmai.accounts import hashing
from dianmai.core.access import NOBODY, SYSTEM
from dianmai.core.engine import Engine
from dianmai.core.errors import Invalid, NotAllowed, Refusal
from tests.accounts.entering import PASSWORD, activated, answered, ask, by_token, code_for, refusal_of, sign_in
from tests.world import Member, World

pytestmark = pytest.mark.anyio


async def test_a_code_becomes_a_password_and_a_session(engine: Engine, world: World) -> None:
    member = world.nanjing_lu.manager
    code = await code_for(engine, member)
    got = await answered(
        engine,
        NOBODY,
        "accounts.activate",
        employee_no=member.employee_no.lower(),
        code=code.lower().replace("-", " "),
        password=PASSWORD,
        device={"name": "李明的手机", "kind": "phone"},
    )
    assert b"token" not in got.body, "a browser's token is in its cookie only"
    assert got.session is not None
    actor = await by_token(engine, got.session)
    assert actor.id == member.id
    me = await ask(engine, actor, "accounts.me")
    assert me["person"]["name"] == "李明"
    assert me["person"]["state"] == "active"
    assert me["person"]["phone"] == member.phone
    rights = {right: [world.nanjing_lu.id] for right in ("administer", "issue_codes", "see_board")}
    assert me["rights"] == rights
    assert me["modules"] == ["chat", "notices", "people"]
    signed_in = await sign_in(engine, member)
    assert (await by_token(engine, signed_in["token"])).id == member.id


async def test_fifty_redeem_one_code_and_exactly_one_succeeds(engine: Engine, world: World) -> None:
    member = world.tianhe.cashier
    code = await code_for(engine, member)
    body = {"employee_no": member.employee_no, "code": code, "password": PASSWORD}
    outcomes = await asyncio.gather(
        *(ask(engine, NOBODY, "accounts.activate", address=f"198.51.100.{n}", **body) for n in range(50)),
        return_exceptions=True,
    )
    successes = [outcome for outcome in outcomes if isinstance(outcome, dict)]
    codes = {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)}
    assert len(successes) == 1
    assert all(isinstance(outcome, dict | Refusal) for outcome in outcomes)
    assert codes <= {"code_used", "wrong_code", "too_many_attempts", "sign_in_busy"}
    assert await engine.database.pool.fetchval("SELECT count(*) FROM credential WHERE actor = $1", member.id) == 1


async def test_a_code_works_once_expires_and_dies_with_its_successor(engine: Engine, world: World) -> None:
    first, second = world.xujiahui.manager, world.xujiahui.cashier
    await activated(engine, first)
    old = await code_for(engine, second)
    new = await code_for(engine, second)
    body = {"employee_no": second.employee_no, "password": PASSWORD}
    assert (await refusal_of(engine, "accounts.activate", code=old, **body)).code == "wrong_code"
    await engine.database.pool.execute("UPDATE activation SET expires_at = now() - interval '1 s'")
    assert (await refusal_of(engine, "accounts.activate", code=new, **body)).code == "wrong_code"
    code = await code_for(engine, second)
    await ask(engine, NOBODY, "accounts.activate", code=code, **body)
    assert (await refusal_of(engine, "accounts.activate", code=code, **body)).code == "wrong_code"


async def test_codes_are_stored_hashed_and_said_in_an_unmistakable_alphabet(engine: Engine, world: World) -> None:
    issued = await accounts.issue_code_for(engine, world.xihu.manager.employee_no, "https://im.example.com/activate")
    plain = issued.code.replace("-", "")
    assert len(plain) == 12
    assert not set(plain) & set("01ILOU")
    row = await engine.database.pool.fetchrow("SELECT * FROM activation")
    assert plain.encode() not in row["code_hash"]
    assert issued.qr_svg.startswith("<svg")
    assert 13.9 < (issued.expires / 1000 - time.time()) / 86400 <= 14.1


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("1234567", "text_too_short"),
        ("12345678", "password_too_common"),
        ("Password2026!", "password_too_common"),
        ("woaini1314", "password_too_common"),
        ("aaaaaaaa", "password_too_common"),
        ("abcdabcd", "password_too_common"),
        ("87654321", "password_too_common"),
        ("店员A00101你好呀", "password_too_personal"),
        ("李明李明李明的密码", "password_too_personal"),
        ("my13819900000012", "password_too_personal"),
        ("x" * 257, "password_too_long"),
    ],
)
async def test_passwords_that_others_would_try_are_refused(
    engine: Engine, world: World, password: str, code: str
) -> None:
    member = world.nanjing_lu.manager
    assert member.phone == "19900000012"
    activation = await code_for(engine, member)
    body = {"employee_no": member.employee_no, "code": activation, "password": password}
    refused = await refusal_of(engine, "accounts.activate", **body)
    assert (refused.code, refused.field) == (code, "password")
    await ask(engine, NOBODY, "accounts.activate", **{**body, "password": PASSWORD})  # the code is not used up


async def test_unknown_left_invited_and_wrong_get_the_same_answer(engine: Engine, world: World) -> None:
    active, leaver, invited = world.nanjing_lu.manager, world.nanjing_lu.cashier, world.xihu.manager
    await activated(engine, active)
    await activated(engine, leaver)
    await _leave(engine, leaver)
    answers = [
        await refusal_of(engine, "accounts.sign_in", employee_no=number, password=password)
        for number, password in (
            (active.employee_no, "not the password"),
            (leaver.employee_no, PASSWORD),
            (invited.employee_no, PASSWORD),
            ("A99999", PASSWORD),
        )
    ]
    assert {(a.code, a.status, a.field, a.body("en", "r").message) for a in answers} == {
        ("wrong_credentials", 401, None, "Wrong employee number or password")
    }


async def test_unknown_and_wrong_cost_the_same_work(engine: Engine, world: World) -> None:
    member = world.nanjing_lu.manager
    await activated(engine, member)
    taken: dict[str, list[float]] = {member.employee_no: [], "A99999": []}
    for _ in range(8):
        for number, times in taken.items():
            start = time.process_time()  # of all threads; what else the machine does is not in it
            await refusal_of(engine, "accounts.sign_in", employee_no=number, password="not the password")
            times.append(time.process_time() - start)
    known, unknown = (min(times) for times in taken.values())
    assert 0.6 < known / unknown < 1.6  # an answer without hashing would take a twentieth


async def test_a_very_long_password_is_refused_before_any_work(engine: Engine) -> None:
    refused = await refusal_of(engine, "accounts.sign_in", employee_no="A1", password="x" * 257)
    assert (refused.code, refused.limit, refused.status) == ("password_too_long", 256, 422)
    assert isinstance(await refusal_of(engine, "accounts.sign_in", employee_no="A1", password="x" * 2**20), Invalid)
    assert await engine.database.pool.fetchval("SELECT count(*) FROM sign_in_tries") == 0


async def test_a_new_code_resets_the_password_and_ends_earlier_sessions(engine: Engine, world: World) -> None:
    member = world.nanjing_lu.manager
    before = (await sign_in_after_activation(engine, member))["token"]
    code = await code_for(engine, member)
    await by_token(engine, before)  # issuing alone ends nothing
    body = {"employee_no": member.employee_no, "code": code, "password": "Neue-Worte-88x", "bearer": True}
    after = await ask(engine, NOBODY, "accounts.activate", **body)
    with pytest.raises(NotAllowed):
        await by_token(engine, before)
    await by_token(engine, after["token"])
    with pytest.raises(NotAllowed):
        await sign_in(engine, member)
    await sign_in(engine, member, "Neue-Worte-88x")


async def test_who_knew_only_the_old_password_gets_no_session_after_a_reset(
    engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = world.nanjing_lu.manager
    await activated(engine, member)
    code = await code_for(engine, member)
    verify, resets = hashing.verify, 0

    async def verify_and_be_overtaken(password_hash: str | None, password: str) -> bool:
        nonlocal resets
        right = await verify(password_hash, password)
        if resets == 0:
            resets += 1
            new = {"employee_no": member.employee_no, "code": code, "password": "Neue-Worte-88x"}
            await ask(engine, NOBODY, "accounts.activate", **new)
        return right

    monkeypatch.setattr(hashing, "verify", verify_and_be_overtaken)
    with pytest.raises(NotAllowed) as refused:
        await sign_in(engine, member)
    assert (refused.value.code, resets) == ("wrong_credentials", 1)
    live = "SELECT count(*) FROM credential c JOIN actor a ON a.id = c.actor WHERE a.id = $1 AND epoch = access_epoch"
    assert await engine.database.pool.fetchval(live, member.id) == 1, "the one that setting the password opened"
    await sign_in(engine, member, "Neue-Worte-88x")


async def test_who_returns_needs_a_new_code(engine: Engine, world: World) -> None:
    member = world.nanjing_lu.cashier
    token = (await sign_in_after_activation(engine, member))["token"]
    stale = await code_for(engine, member)
    await _leave(engine, member)
    with pytest.raises(NotAllowed):
        await by_token(engine, token)
    await _return(engine, member)
    with pytest.raises(NotAllowed):
        await by_token(engine, token)
    with pytest.raises(NotAllowed):
        await sign_in(engine, member)
    body = {"employee_no": member.employee_no, "password": PASSWORD}
    assert (await refusal_of(engine, "accounts.activate", code=stale, **body)).code == "wrong_code"
    await activated(engine, member)


async def test_demonstration_accounts_sign_in_from_this_machine_only(engine: Engine, world: World) -> None:
    member = world.wang_min
    await accounts.demo_sign_ins(engine, {member.employee_no: "demo-wang-min-1"})
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "127.8.9.1"):
        assert (await sign_in(engine, member, "demo-wang-min-1", address=address))["me"]["person"]["name"] == "王敏"
    for address in ("192.168.1.5", "::ffff:10.0.0.1", "", "unknown", "fe80::1%eth0"):
        with pytest.raises(NotAllowed):
            await sign_in(engine, member, "demo-wang-min-1", address=address)


async def sign_in_after_activation(engine: Engine, member: Member) -> dict[str, str]:
    await activated(engine, member)
    return await sign_in(engine, member)


async def _leave(engine: Engine, member: Member) -> None:
    from datetime import date

    from dianmai.core.transactions import Transaction
    from dianmai.org.leaving import leave

    async def work(tx: Transaction) -> None:
        await leave(tx, [member.id], date(2026, 1, 1))

    await engine.write(work, actor=SYSTEM)
    assert (await org.person_row(engine.database.pool, member.id)).state == "left"  # pyright: ignore


async def _return(engine: Engine, member: Member) -> None:
    from dianmai.core.access import allow_access
    from dianmai.core.transactions import Transaction

    async def work(tx: Transaction) -> None:
        await tx.db.execute("UPDATE person SET state = 'invited' WHERE id = $1", member.id)
        await allow_access(tx, [member.id])

    await engine.write(work, actor=SYSTEM)
