"""Receipts: forward only, by the recipient's own session only, at the server's time."""

import asyncio
import time

import msgspec
import pytest

from dianmai.core.access import SYSTEM, Actor
from dianmai.core.errors import NotAllowed, NotFound
from dianmai.wire.notices import ReceiptsBody
from tests.notices.asking import (
    STORE_STAFF,
    below,
    board,
    confirm,
    everyone_confirms,
    figures,
    opened,
    publish,
    read,
    receive,
)
from tests.notices.company import Company

HOUR = 3_600_000


async def ledger(chain: Company, notice: int) -> list[ReceiptsBody]:
    rows = await chain.engine.database.pool.fetch(
        "SELECT body FROM entry WHERE stream = $1 AND kind = 'notice.receipts' ORDER BY seq",
        f"notice:{notice}/receipts",
    )
    return [msgspec.json.decode(row["body"], type=ReceiptsBody) for row in rows]


async def test_delivered_read_confirmed_at_the_servers_times(chain: Company) -> None:
    engine, me = chain.engine, chain["南京路店小陈"]
    notice = (await publish(engine, chain["林悦"])).notice
    before = int(time.time() * 1000) - HOUR
    states = [
        (await receive(engine, me, notice)).states[0],
        await read(engine, me, notice),
        await confirm(engine, me, notice),
    ]
    assert [s.state for s in states] == ["delivered", "read", "confirmed"]
    shown = await opened(engine, me, notice)
    assert [shown.delivered_at, shown.read_at, shown.confirmed_at] == [s.at for s in states]
    assert before < states[0].at <= states[1].at <= states[2].at < before + 2 * HOUR


async def test_confirming_implies_delivered_and_read(chain: Company) -> None:
    notice = (await publish(chain.engine, chain["林悦"])).notice
    await confirm(chain.engine, chain["南京路店小陈"], notice)
    shown = await opened(chain.engine, chain["南京路店小陈"], notice)
    assert shown.delivered_at == shown.read_at == shown.confirmed_at is not None
    assert figures((await board(chain.engine, chain["林悦"], notice)).total) == (9, 1, 1, 1)


async def test_doubled_and_late_receipts_change_nothing(chain: Company) -> None:
    engine, me = chain.engine, chain["南京路店小陈"]
    notice = (await publish(engine, chain["林悦"])).notice
    first = await confirm(engine, me, notice)
    assert await confirm(engine, me, notice) == first
    assert await read(engine, me, notice) == first
    assert (await receive(engine, me, notice)).states == [first]
    assert len(await ledger(chain, notice)) == 1
    assert figures((await board(engine, chain["林悦"], notice)).total) == (9, 1, 1, 1)


async def test_who_is_no_recipient_learns_nothing(chain: Company) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"], below(chain.units["南京路店"]))).notice
    for stranger in (chain["林悦"], chain["王府井店小陈"], chain["华东周总"]):
        for give in (read, confirm, receive):
            with pytest.raises(NotFound):
                await give(engine, stranger, notice)
    with pytest.raises(NotFound):
        await confirm(engine, chain["南京路店小陈"], 999_999)
    mixed = await receive(engine, chain["南京路店小陈"], 999_999, notice, notice)
    assert [s.notice for s in mixed.states] == [notice]
    assert figures((await board(engine, chain["林悦"], notice)).total) == (3, 1, 0, 0)


async def test_only_a_persons_own_session_gives_receipts(chain: Company) -> None:
    notice = (await publish(chain.engine, chain["林悦"])).notice
    me = chain["南京路店小陈"]
    for somebody in (
        SYSTEM,
        Actor(me.id, "bot", me.credential),
        Actor(me.id, "device", me.credential),
        Actor(me.id, "person"),
    ):
        with pytest.raises(NotAllowed) as refused:
            await confirm(chain.engine, somebody, notice)
        assert refused.value.code == "forbidden"
    await chain.leave("南京路店小陈")
    with pytest.raises(NotAllowed) as refused:
        await confirm(chain.engine, me, notice)
    assert refused.value.code == "session_revoked"
    assert figures((await board(chain.engine, chain["林悦"], notice)).total) == (9, 0, 0, 0)


async def test_where_no_confirmation_is_asked_confirming_counts_as_read(chain: Company) -> None:
    notice = (await publish(chain.engine, chain["林悦"], must_confirm=False)).notice
    assert (await confirm(chain.engine, chain["南京路店小陈"], notice)).state == "read"
    assert figures((await board(chain.engine, chain["林悦"], notice)).total) == (9, 1, 1, 0)


@pytest.mark.parametrize(("shown", "kept"), [(1_234, 1_234), (-5, 0), (10**18, 4_102_444_800_000), (None, None)])
async def test_the_devices_clock_is_recorded_beside_and_never_counts(
    chain: Company, shown: int | None, kept: int | None
) -> None:
    notice = (await publish(chain.engine, chain["林悦"])).notice
    state = await read(chain.engine, chain["南京路店小陈"], notice, device_at=shown)
    assert abs(state.at - time.time() * 1000) < HOUR
    (line,) = (await ledger(chain, notice))[0].receipts
    assert (line.device_at, line.credential) == (kept, chain["南京路店小陈"].credential)


async def test_receipts_of_many_people_are_few_entries_with_running_counts(chain: Company) -> None:
    engine = chain.engine
    staff = await chain.hire("南京路店", "clerk", [f"店员{i:04}" for i in range(700)])
    notice = (await publish(engine, chain["林悦"], STORE_STAFF)).notice
    await asyncio.gather(*(receive(engine, one, notice) for one in staff))
    await everyone_confirms(engine, staff[:650], notice)
    entries = await ledger(chain, notice)
    assert len(entries) <= 6
    assert all(len(e.receipts) <= 500 for e in entries)
    assert [e.counts["delivered"] for e in entries] == sorted(e.counts["delivered"] for e in entries)
    assert entries[-1].counts == {"recipients": 709, "delivered": 700, "read": 650, "confirmed": 650}
    assert sum(len(e.receipts) for e in entries) == 1_350
    assert figures((await board(engine, chain["林悦"], notice)).total) == (709, 700, 650, 650)


async def test_fifty_confirmations_at_once_are_one(chain: Company) -> None:
    notice = (await publish(chain.engine, chain["林悦"])).notice
    states = await asyncio.gather(*(confirm(chain.engine, chain["南京路店小陈"], notice) for _ in range(50)))
    assert len({s.at for s in states}) == 1
    assert [len(e.receipts) for e in await ledger(chain, notice)] == [1]
