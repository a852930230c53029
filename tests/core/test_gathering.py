"""What is gathered rests on everybody's access until it commits."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from dianmai.core import access, db
from dianmai.core.access import Actor, end_access
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import NotAllowed, Refusal, Unavailable
from dianmai.core.gathering import CROWD, Gatherer
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.wire.sync import MarkRead
from tests.core.test_journal import said
from tests.core.trial import Line, body, make_people, make_stream


async def test_whose_access_ends_while_it_is_being_written_has_written_nothing(core: Engine) -> None:
    ann, bob = await make_people(core, 2)
    writing, go_on = asyncio.Event(), asyncio.Event()

    async def flush(tx: Transaction, items: Sequence[tuple[Actor, str]]) -> list[str | Refusal]:
        for actor, text in items:
            tx.append(Draft(f"person:{ann.id}", "trial.line", Line(text=text), actor=actor.id))
        writing.set()
        await go_on.wait()
        return [text for _, text in items]

    gatherer = Gatherer("trial", flush, wait_s=0.01)
    both = asyncio.gather(
        core.gatherings.add(gatherer, ann, "ann's"), core.gatherings.add(gatherer, bob, "bob's"), return_exceptions=True
    )
    await writing.wait()

    async def end(tx: Transaction) -> None:
        await end_access(tx, [bob.id])

    await core.write(end)
    go_on.set()
    first, second = await both
    assert first == "ann's"
    assert isinstance(second, NotAllowed)
    assert second.code == "session_revoked"
    lines = "SELECT actor FROM entry WHERE kind = 'trial.line'"
    assert [row[0] for row in await core.database.pool.fetch(lines)] == [ann.id]


async def test_nothing_to_append_rests_on_access_all_the_same(core: Engine) -> None:
    ann, bob = await make_people(core, 2)
    written: list[list[int]] = []

    async def flush(tx: Transaction, items: Sequence[tuple[Actor, str]]) -> list[str | Refusal]:
        written.append([actor.id for actor, _ in items])
        if len(written) == 1:
            await core.write(lambda other: end_access(other, [ann.id]))
        return [text for _, text in items]

    gatherer = Gatherer("trial", flush, wait_s=0.01)
    asked = [core.gatherings.add(gatherer, ann, "a"), core.gatherings.add(gatherer, bob, "b")]
    first, second = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, NotAllowed)
    assert second == "b"
    assert written == [[ann.id, bob.id], [bob.id]]


async def test_who_stands_still_while_marks_are_written_keeps_nobody_from_writing(
    core: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [ann] = await make_people(core, 1)
    await make_stream(core, "chat:1", [ann])
    await said(core, ann, "chat:1", "早", "nonce-0001")
    marked, go_on, alive, asked = asyncio.Event(), asyncio.Event(), access.alive, [0]

    async def stand_still(*given: Any) -> set[int]:
        asked[0] += 1
        if asked[0] == 2:  # her cursor is held by now
            marked.set()
            await go_on.wait()
        return await alive(*given)

    monkeypatch.setattr(db, "STANDSTILL_MS", 100)
    monkeypatch.setattr(access, "alive", stand_still)
    mark = Asked("sync.read", body(MarkRead(stream="chat:1", no=1)))
    reading = asyncio.create_task(core.answer(ann, mark))
    await marked.wait()
    assert (await said(core, ann, "chat:1", "还在", "nonce-0002")).seq == 2
    go_on.set()
    with pytest.raises(Unavailable):
        await reading
    assert (await core.answer(ann, mark)).body == b'{"stream":"chat:1","no":2}'


async def test_heavy_items_are_written_in_several_transactions(core: Engine) -> None:
    [ann] = await make_people(core, 1)
    written: list[list[int]] = []

    async def flush(_: Transaction, items: Sequence[tuple[Actor, int]]) -> list[int | Refusal]:
        written.append([weight for _, weight in items])
        return [weight for _, weight in items]

    gatherer = Gatherer("trial", flush, wait_s=0.01, limit=10, weigh=lambda weight: weight)
    weights = [4, 4, 4, 25, 1, 9, 1]
    assert await asyncio.gather(*(core.gatherings.add(gatherer, ann, weight) for weight in weights)) == weights
    assert written == [[4, 4], [4], [25], [1, 9], [1]]


@pytest.mark.parametrize(("before", "flushes"), [(CROWD, [CROWD, 2]), (CROWD - 1, [CROWD - 1, 1, 1])])
async def test_one_among_many_waits_longer_than_one_alone(core: Engine, before: int, flushes: list[int]) -> None:
    [ann] = await make_people(core, 1)
    sizes: list[int] = []
    begun = [asyncio.Event() for _ in flushes]

    async def flush(_: Transaction, items: Sequence[tuple[Actor, int]]) -> list[int | Refusal]:
        begun[len(sizes)].set()
        sizes.append(len(items))
        return [item for _, item in items]

    def give(item: int) -> asyncio.Task[int]:
        return asyncio.create_task(core.gatherings.add(gatherer, ann, item))

    gatherer = Gatherer("trial", flush, wait_s=0, crowd_wait_s=3600)
    first = [give(item) for item in range(before)]
    await begun[0].wait()
    second = give(before)
    if len(flushes) == 3:
        await begun[1].wait()
    third = give(before + 1)
    await asyncio.gather(*first)
    for _ in range(20):
        await asyncio.sleep(0)  # whoever waits no time at all would be written by now
    await core.gatherings.finish()
    await asyncio.gather(second, third)
    assert sizes == flushes


async def test_whether_many_are_alive_is_found_by_their_credentials_however_old_the_plan(core: Engine) -> None:
    async with core.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE alive (bigint[]) AS {access._ALIVE}")
        await connection.fetch("EXECUTE alive('{1}')")
        await connection.execute("INSERT INTO actor (id, kind) SELECT g, 'person' FROM generate_series(1001, 3000) g")
        await connection.execute(
            "INSERT INTO credential (actor, kind, epoch, secret_hash, expires_at) SELECT g, 'session', 1,"
            " decode(md5(g::text), 'hex'), now() + interval '1 day' FROM generate_series(1001, 3000) g"
        )
        some = await connection.fetchval("SELECT array_agg(id) FROM credential WHERE actor <= 1050")
        asked = ",".join(map(str, some))
        found = await connection.fetch(f"EXECUTE alive('{{{asked}}}')")
        plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE alive('{{{asked}}}')")
    assert {row[0] for row in found} == set(some)
    assert "credential_actor" not in plan
    assert '"Node Type": "Seq Scan"' not in plan
