"""Followers and timers on a real database: everything once, in order, on any number of nodes."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from dianmai.core import jobs
from dianmai.core.db import Database
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import NotFound
from dianmai.core.followers import Followed, Follower, Followers, Rests
from dianmai.core.ids import lane_of
from dianmai.core.jobs import Job, Jobs
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from tests.core.trial import Line, Say, body, make_people, make_stream, trial_operations

ECHO = "INSERT INTO echoed (stream, seq) VALUES ($1, $2)"


async def echo(tx: Transaction, entries: Sequence[Followed]) -> None:
    for entry in entries:
        await tx.db.execute(ECHO, entry.stream, entry.seq)


async def test_two_nodes_follow_every_entry_exactly_once_and_in_order(core: Engine, dsn: str) -> None:
    await core.database.pool.execute(
        "CREATE TABLE echoed (stream text, seq bigint, place bigint GENERATED ALWAYS AS IDENTITY,"
        " PRIMARY KEY (stream, seq))"
    )
    people = await make_people(core, 1)
    for n in range(1, 6):
        await make_stream(core, f"chat:{n}", people)
    follower = Follower("echo", frozenset({"trial.line"}), echo)
    other = Engine(Database(dsn, size=4), trial_operations, {})
    await other.start()
    nodes = [Followers(core, [follower]), Followers(other, [follower])]
    for node in nodes:
        await node.start()
    for n in range(100):
        stream = f"chat:{n % 5 + 1}"
        await core.answer(people[0], Asked("trial.say", body(Say(stream=stream, text="x")), f"nonce-{n:04}"))
    while await nodes[0].step(follower) or await nodes[1].step(follower):
        pass
    for node in nodes:
        await node.stop()
    while await nodes[0].step(follower):
        pass
    await other.stop()
    rows = await core.database.pool.fetch("SELECT stream, array_agg(seq ORDER BY place) AS seqs FROM echoed GROUP BY 1")
    assert {r["stream"]: r["seqs"] for r in rows} == {f"chat:{n}": list(range(1, 21)) for n in range(1, 6)}


async def test_a_job_is_carried_out_once_on_two_nodes_and_not_before_it_is_due(core: Engine, dsn: str) -> None:
    people = await make_people(core, 1)
    await make_stream(core, "chat:1", people)

    async def carry_out(tx: Transaction, key: str, due: datetime, sent: bytes) -> None:
        tx.append(Draft("chat:1", "trial.line", Line(text=key), nonce=f"job:{key}:{due.isoformat()}".replace("+", "-")))

    async def plan(tx: Transaction) -> None:
        for n in range(20):
            await jobs.schedule(tx, "trial", f"due-{n}", tx.now - timedelta(seconds=1))
        await jobs.schedule(tx, "trial", "later", tx.now + timedelta(hours=1))
        await jobs.schedule(tx, "trial", "taken-back", tx.now - timedelta(seconds=1))
        await jobs.cancel(tx, "trial", "taken-back")

    await core.write(plan)
    other = Engine(Database(dsn, size=4), trial_operations, {})
    await other.start()
    job = Job("trial", carry_out)

    async def drain(node: Jobs) -> None:
        while await node.step():
            pass

    await asyncio.gather(drain(Jobs(core, [job])), drain(Jobs(other, [job])))
    count = "SELECT count(*) FROM entry WHERE kind = 'trial.line'"
    assert await core.database.pool.fetchval(count) == 20
    await drain(Jobs(core, [job], ahead=timedelta(hours=2)))
    assert await core.database.pool.fetchval(count) == 21
    await other.stop()


async def test_an_entry_that_cannot_be_followed_holds_up_its_own_lane_only(core: Engine) -> None:
    people = await make_people(core, 1)
    followed: list[str] = []

    async def follow(tx: Transaction, entries: Sequence[Followed]) -> None:
        if any(e.stream == "chat:1" for e in entries):
            raise ValueError("cannot be read")
        followed.extend(e.stream for e in entries)

    names = [f"chat:{n}" for n in range(1, 12)]
    for name in names:
        await make_stream(core, name, people)
        await core.answer(people[0], Asked("trial.say", body(Say(stream=name, text="x")), "nonce-0001"))
    follower = Follower("picky", frozenset({"trial.line"}), follow)
    node = Followers(core, [follower])
    await node.start()
    await node.stop()
    while await node.step(follower):
        pass
    blocked = lane_of("chat:1")
    assert sorted(followed) == sorted(n for n in names if lane_of(n) != blocked)


async def test_a_job_that_is_refused_does_not_stop_the_others(core: Engine) -> None:
    done: list[str] = []

    async def carry_out(tx: Transaction, key: str, due: datetime, sent: bytes) -> None:
        if key == "refused":
            raise NotFound("not_found")
        done.append(key)

    async def plan(tx: Transaction) -> None:
        await jobs.schedule(tx, "trial", "refused", tx.now - timedelta(minutes=5))
        await jobs.schedule(tx, "trial", "good", tx.now - timedelta(minutes=1))

    await core.write(plan)
    node = Jobs(core, [Job("trial", carry_out)])
    while await node.step():
        pass
    assert done == ["good"]
    assert await core.database.pool.fetchval("SELECT attempts FROM job WHERE kind = 'trial'") == 1


async def test_a_job_that_fails_is_kept_and_tried_again(core: Engine) -> None:
    tries: list[str] = []

    async def carry_out(tx: Transaction, key: str, due: datetime, sent: bytes) -> None:
        tries.append(key)
        if len(tries) == 1:
            raise ValueError("the printer is on fire")

    async def plan(tx: Transaction) -> None:
        await jobs.schedule(tx, "trial", "k", tx.now)

    await core.write(plan)
    node = Jobs(core, [Job("trial", carry_out)])
    assert await node.step()
    assert not await node.step()
    assert await core.database.pool.fetchval("SELECT trouble FROM job WHERE kind = 'trial'") == "the printer is on fire"
    late = Jobs(core, [Job("trial", carry_out)], ahead=timedelta(minutes=1))
    assert await late.step()
    assert tries == ["k", "k"]
    assert await core.database.pool.fetchval("SELECT count(*) FROM job WHERE kind = 'trial'") == 0


def test_the_patient_rest_longer_while_the_process_has_its_hands_full() -> None:
    now, worked = 0.0, 0.0
    rests = Rests(lambda: now, lambda: worked)
    now, worked = 0.1, 0.05
    assert rests.next_s() == pytest.approx(0.1)  # half of the time somebody else could have worked
    now, worked = 0.2, 0.06
    rests.over()
    now, worked = 0.3, 0.24
    assert rests.next_s() == pytest.approx(0.9)  # nobody could: 0.19 s of work in 0.2 s
    now, worked = 1.2, 0.30
    rests.over()
    now, worked = 1.3, 0.40
    assert rests.next_s() == pytest.approx(0.1)
