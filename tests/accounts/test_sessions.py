"""Sessions: seeing and ending one's own; and codes: who may issue one for whom."""

import msgspec
import pytest

from dianmai import org
from dianmai.accounts.trying import is_loopback, network
from dianmai.core.access import SYSTEM_ID, Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import NotAllowed, NotFound
from dianmai.org import rules
from tests.accounts.entering import activated, answered, ask, by_token, code_for, sign_in
from tests.world import Member, World

pytestmark = pytest.mark.anyio


async def test_sessions_are_listed_and_ended_one_by_one(engine: Engine, world: World) -> None:
    here = await activated(engine, world.wang_min)
    other = await sign_in(engine, world.wang_min, device={"name": "收银台 3", "kind": "till"})
    listed = (await ask(engine, here, "accounts.sessions"))["sessions"]
    assert {(s["device_name"], s["device_kind"], s["this"]) for s in listed} == {
        ("", "other", True),
        ("收银台 3", "till", False),
    }
    till = next(s["id"] for s in listed if s["device_name"])
    await ask(engine, here, "accounts.end_session", session=till)
    with pytest.raises(NotAllowed) as refused:
        await by_token(engine, other["token"])
    assert (refused.value.code, refused.value.status) == ("session_revoked", 401)
    with pytest.raises(NotFound):
        await ask(engine, here, "accounts.end_session", session=till)
    assert len((await ask(engine, here, "accounts.sessions"))["sessions"]) == 1


async def test_who_shows_a_session_says_until_when_it_lives(engine: Engine, world: World) -> None:
    here = await activated(engine, world.wang_min)
    until = await engine.database.pool.fetchval("SELECT expires_at FROM credential WHERE id = $1", here.credential)
    assert here.expires_at == until


async def test_nobody_ends_somebody_elses_session(engine: Engine, world: World) -> None:
    wang_min = await activated(engine, world.wang_min)
    manager = await activated(engine, world.nanjing_lu.manager)
    with pytest.raises(NotFound):
        await ask(engine, wang_min, "accounts.end_session", session=manager.credential)
    await ask(engine, manager, "accounts.me")


async def test_signing_out_voids_the_token_and_tells_the_browser(engine: Engine, world: World) -> None:
    here = await activated(engine, world.wang_min)
    got = await answered(engine, here, "accounts.sign_out")
    assert got.session_ended
    with pytest.raises(NotAllowed):
        await ask(engine, here, "accounts.me")


async def test_codes_are_issued_downwards_only(engine: Engine, world: World) -> None:
    nanjing, xujiahui = world.nanjing_lu, world.xujiahui
    for issuer, member, may in (
        (nanjing.manager, nanjing.cashier, True),
        (nanjing.manager, nanjing.deputy, True),
        (nanjing.manager, nanjing.manager, True),
        (nanjing.manager, xujiahui.cashier, False),  # another store
        (nanjing.manager, world.wu_fang, False),  # holds a position in this store, and in two more
        (nanjing.deputy, nanjing.cashier, False),  # without the right
        (world.wu_fang, nanjing.manager, True),
        (world.wu_fang, world.liu_jianhua, False),
        (world.zheng_kai, world.xihu.manager, True),
        (world.xihu.manager, world.zheng_kai, False),  # works in this store only, but may publish
        (world.liu_jianhua, world.wu_fang, True),
        (world.liu_jianhua, world.tianhe.cashier, False),
        (world.sun_qiang, world.liu_jianhua, True),  # IT support helps everybody
        (world.sun_qiang, world.wang_min, False),  # but cannot become who may import
        (world.zhou_ting, world.wang_min, True),  # who may import could give themselves any position anyway
        (world.wang_min, world.zhou_ting, True),
        (world.wang_min, world.zhao_lei, True),
        (nanjing.cashier, nanjing.cashier, False),
    ):
        assert member is not None and issuer is not None
        assert await _may_issue(engine, issuer, member) is may, f"{issuer.name} → {member.name}"


async def test_the_ledger_says_who_issued_a_code_for_whom_and_never_the_code(engine: Engine, world: World) -> None:
    manager, cashier = world.nanjing_lu.manager, world.nanjing_lu.cashier
    issued = await ask(engine, manager.actor, "accounts.issue_code", person=cashier.id)
    by_system = await code_for(engine, cashier)
    rows = await engine.database.pool.fetch(
        "SELECT actor, stream, body FROM entry WHERE kind = 'code.issued' ORDER BY seq"
    )
    bodies = [msgspec.json.decode(row["body"]) for row in rows]
    assert [(row["actor"], row["stream"]) for row in rows] == [(manager.id, "org"), (SYSTEM_ID, "org")]
    assert bodies[0] == {"person": cashier.id, "expires": issued["expires"]}
    assert not any(code.encode() in row["body"] for row in rows for code in (issued["code"], by_system))


async def test_a_code_for_nobody_is_not_found(engine: Engine, world: World) -> None:
    with pytest.raises(NotFound):
        await ask(engine, world.wang_min.actor, "accounts.issue_code", person=999_999)


def test_authority_needs_a_line_and_covers_all_powers() -> None:
    line = [1, 2, 3]
    assert not rules.has_authority({"issue_codes": [1]}, "issue_codes", [], {})
    assert rules.has_authority({"issue_codes": [2]}, "issue_codes", [line], {})
    assert not rules.has_authority({"issue_codes": [2]}, "issue_codes", [line], {"publish": [line]})
    assert rules.has_authority({"issue_codes": [1]}, "issue_codes", [line], {"publish": [line]})
    assert not rules.has_authority({"issue_codes": [1]}, "issue_codes", [line], {"import": [[1]]})
    assert rules.has_authority({"issue_codes": [1], "import": [1]}, "issue_codes", [line], {"import": [[1]]})


def test_addresses_are_told_apart_by_network() -> None:
    assert network("203.0.113.9") == "203.0.113.9"
    assert network("::ffff:203.0.113.9") == "203.0.113.9"
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert network("2001:db8:1:3::1") != network("2001:db8:1:2::1")
    assert network("nonsense") == network("") == "unknown"
    assert is_loopback("127.0.0.1") and is_loopback("::1") and not is_loopback("0.0.0.0")


async def _may_issue(engine: Engine, issuer: Member, member: Member) -> bool:
    try:
        issued = await ask(engine, Actor(issuer.id, "person"), "accounts.issue_code", person=member.id)
    except NotAllowed:
        return False
    row = await org.person_row(engine.database.pool, issued["person"])
    return row is not None and row.employee_no == issued["employee_no"]
