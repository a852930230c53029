"""How often one may try to sign in: limits per account and per address, over all servers."""

import asyncio

import pytest

from dianmai.core.engine import Engine
from dianmai.core.errors import NotAllowed, Refusal, TooMany
from tests.accounts.entering import activated, refusal_of, sign_in
from tests.world import World

pytestmark = pytest.mark.anyio


async def test_the_eleventh_try_in_a_quarter_of_an_hour_is_refused_over_all_nodes(engine: Engine, world: World) -> None:
    member = world.nanjing_lu.manager
    await activated(engine, member)
    outcomes = await asyncio.gather(
        *(sign_in(engine, member, "wrong password", address=f"2001:db8:0:{n:x}::1") for n in range(60)),
        return_exceptions=True,
    )
    codes = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
    assert codes.count("wrong_credentials") == 10
    assert codes.count("too_many_attempts") == 50
    with pytest.raises(TooMany) as refused:
        await sign_in(engine, member)  # not even with the right password
    assert refused.value.status == 429
    assert 14 * 60 * 1000 < (refused.value.retry_after_ms or 0) <= 15 * 60 * 1000
    assert refused.value.body("zh-CN", "r").message == "试的次数太多，请 15 分钟后再试"
    assert refused.value.body("en", "r").message == "Too many attempts; please try again in 15 min"
    await engine.database.pool.execute(
        "UPDATE sign_in_tries SET tries = ARRAY(SELECT t - interval '15 min' FROM unnest(tries) t)"
    )
    await sign_in(engine, member)


async def test_tries_of_unknown_numbers_are_limited_alike(engine: Engine) -> None:
    for _ in range(10):
        await refusal_of(engine, "accounts.sign_in", employee_no="A99999", password="whatever it is")
    refused = await refusal_of(engine, "accounts.sign_in", employee_no=" a99999 ", password="whatever it is")
    assert refused.code == "too_many_attempts"


async def test_an_address_has_its_own_limit_and_an_ipv6_network_counts_as_one(engine: Engine) -> None:
    await engine.database.pool.execute(
        "INSERT INTO sign_in_tries"
        " SELECT 'address:2001:db8:7::/64', array_agg(now()), now() FROM generate_series(1, 100)"
    )
    refused = await refusal_of(
        engine, "accounts.sign_in", employee_no="A1", password="whatever", address="2001:db8:7::abcd"
    )
    assert refused.code == "too_many_attempts"


async def test_success_forgets_the_tries(engine: Engine, world: World) -> None:
    member = world.nanjing_lu.manager
    await activated(engine, member)
    for _ in range(3):
        for _ in range(9):
            with pytest.raises(NotAllowed):
                await sign_in(engine, member, "wrong password")
        await sign_in(engine, member)
