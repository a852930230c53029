"""Laws of a notice: states go forward only, their sum is the recipients, ledger and counts tell the same story."""

import asyncio
import random
from collections import Counter, defaultdict

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dianmai.core.access import Actor
from dianmai.core.errors import Refusal
from dianmai.notices import receipts, rules
from dianmai.notices.receipts import Claim
from dianmai.notices.rules import STATES, Receipt
from dianmai.wire.notices import MyState, ReceiptsBody, Received
from tests.notices.asking import EVERYONE, STORE_STAFF, board, figures, missing, publish
from tests.notices.company import Company

steps = st.lists(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=12),
    min_size=1,
    max_size=6,
)
"""Flushes of claims: who (the last one is no recipient), which state, which of three notices."""


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 9)), min_size=1), st.integers(0, 3), st.integers(2, 3))
def test_a_state_never_goes_back_nor_beyond_what_is_owed(said: list[tuple[int, int]], state: int, owes: int) -> None:
    state = min(state, owes)
    by_state = rules.merged([Receipt(claimed, session, None) for claimed, session in said])
    after = rules.advanced(state, max(by_state), owes)
    assert state <= after <= owes
    assert set(by_state) == set(range(1, max(by_state) + 1))
    assert rules.advanced(after, max(by_state), owes) == after
    for claimed, receipt in by_state.items():
        assert receipt.state >= claimed


@given(steps)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_receipts_against_a_model(chain: Company, flushes: list[list[tuple[int, int, int]]]) -> None:
    engine = chain.engine
    staff = [actor for name, actor in chain.people.items() if "店" in name]
    actors = [*staff, chain["财务小钱"]]
    notices = [
        (await publish(engine, chain["林悦"], STORE_STAFF, must_confirm=must_confirm)).notice
        for must_confirm in (True, True, False)
    ]
    model: dict[tuple[int, int], int] = {(n, a.id): 0 for n in notices for a in staff}
    times: dict[tuple[int, int, str], int] = {}
    for flush in flushes:
        claims = [(actors[who], Claim([notices[which]], state, None)) for who, state, which in flush]
        answers = await engine.write(lambda tx, claims=claims: receipts.write_receipts(tx, claims))
        for actor, claim in claims:
            key = (claim.notices[0], actor.id)
            if key in model:
                model[key] = max(model[key], min(claim.state, 2 if key[0] == notices[2] else 3))
        for (actor, claim), answer in zip(claims, answers, strict=True):
            assert_answer(model, times, actor, claim, answer)
        await assert_one_story(chain, notices, model)


def assert_answer(
    model: dict[tuple[int, int], int],
    times: dict[tuple[int, int, str], int],
    actor: Actor,
    claim: Claim,
    answer: Received | MyState | Refusal,
) -> None:
    """Whoever is a recipient hears where they stand, and the same time for the same state for ever."""
    key = (claim.notices[0], actor.id)
    if key not in model:
        assert isinstance(answer, Refusal)
        return
    assert isinstance(answer, MyState)
    assert answer.state == STATES[model[key]]
    assert times.setdefault((*key, answer.state), answer.at) == answer.at


async def assert_one_story(chain: Company, notices: list[int], model: dict[tuple[int, int], int]) -> None:
    """Rows, counts of units, counts of notices and the ledger's replay all say what the model says."""
    db = chain.engine.database.pool
    rows = await db.fetch("SELECT * FROM notice_recipient WHERE notice = ANY($1::bigint[])", notices)
    assert {(r["notice"], r["person"]): r["state"] for r in rows} == model
    for row in rows:
        at = [row["delivered_at"], row["read_at"], row["confirmed_at"]]
        assert [t for t in at if t is not None] == sorted(t for t in at[: row["state"]])
    for notice in notices:
        states = [state for (n, _), state in model.items() if n == notice]
        cumulative = {STATES[s]: sum(state >= s for state in states) for s in (1, 2, 3)}
        counts = await db.fetchrow("SELECT delivered, read, confirmed FROM notice_counts WHERE notice = $1", notice)
        units = await db.fetchrow(
            "SELECT sum(recipients), sum(delivered), sum(read), sum(confirmed) FROM notice_unit WHERE notice = $1",
            notice,
        )
        assert counts is not None and dict(counts) == cumulative
        assert units is not None and tuple(units) == (len(states), *cumulative.values())
        replayed, told = await replay(chain, notice)
        assert replayed == {p: s for (n, p), s in model.items() if n == notice and s}
        if told is not None:
            assert told == {"recipients": len(states), **cumulative}


async def replay(chain: Company, notice: int) -> tuple[dict[int, int], dict[str, int] | None]:
    """The states as the ledger alone tells them, and the counts of its last entry."""
    entries = await chain.engine.database.pool.fetch(
        "SELECT body FROM entry WHERE stream = $1 AND kind = 'notice.receipts' ORDER BY seq",
        f"notice:{notice}/receipts",
    )
    states: dict[int, int] = defaultdict(int)
    told = None
    for entry in entries:
        body = msgspec.json.decode(entry["body"], type=ReceiptsBody)
        told = body.counts
        for line in body.receipts:
            assert STATES.index(line.state) > states[line.person]
            states[line.person] = STATES.index(line.state)
    return states, told


async def test_concurrent_flushes_of_two_processes_lose_and_double_nothing(chain: Company) -> None:
    engine = chain.engine
    notices = [(await publish(engine, chain["林悦"], EVERYONE)).notice for _ in range(3)]
    dice = random.Random(7)
    people = list(chain.people.values())

    async def flush() -> None:
        claims = [
            (dice.choice(people), Claim(dice.sample(notices, 2), dice.randint(1, 3), None, listed=True))
            for _ in range(10)
        ]
        await engine.write(lambda tx: receipts.write_receipts(tx, claims))

    for _ in range(5):
        await asyncio.gather(*(flush() for _ in range(5)))
    rows = await engine.database.pool.fetch("SELECT notice, person, state FROM notice_recipient")
    await assert_one_story(chain, notices, {(r["notice"], r["person"]): r["state"] for r in rows})


@pytest.mark.parametrize("seed", range(3))
async def test_every_level_of_the_board_adds_up(chain: Company, seed: int) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"], EVERYONE)).notice
    dice = random.Random(seed)
    claims = [(actor, Claim([notice], state, None)) for actor in chain.people.values() if (state := dice.randint(0, 3))]
    await engine.write(lambda tx: receipts.write_receipts(tx, claims))
    for viewer in ("林悦", "华东周总", "南京路店店长"):
        open_units = [(await board(engine, chain[viewer], notice)).total.unit]
        people = 0
        while open_units:
            shown = await board(engine, chain[viewer], notice, open_units.pop())
            own = Counter(STATES.index(p.state) for p in shown.people)
            reached = [sum(own[s] for s in range(low, 4)) for low in range(4)]
            parts = [reached, *(figures(row) for row in shown.rows)]
            assert figures(shown.total) == tuple(sum(part) for part in zip(*parts, strict=True))
            assert shown.total.stores == sum(r.stores for r in shown.rows) or shown.total.kind == "store"
            open_units += [row.unit for row in shown.rows]
            people += len(shown.people)
        top = (await board(engine, chain[viewer], notice)).total
        assert people == top.recipients
        for state, count in (("delivered", top.delivered), ("read", top.read), ("confirmed", top.confirmed)):
            assert (await missing(engine, chain[viewer], notice, state)).total == top.recipients - count
