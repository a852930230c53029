"""Committing on what is known since the last commit: one statement where nothing moved, the long way where it did."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from dianmai.core import access
from dianmai.core.chaining import Head
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Conflict, NotAllowed, Unavailable
from dianmai.core.known import Known
from dianmai.core.placing import NotAsKnown, Placing
from dianmai.core.transactions import Transaction
from tests.core.test_journal import said
from tests.core.trial import Say, body, make_people, make_stream

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def statements_of(engine: Engine) -> list[str]:
    """What the engine's committer says to the database from now on: the first word or two of each statement."""
    heard: list[str] = []

    def note(query: Any) -> None:
        heard.append(" ".join(query.query.split()[:2]))

    for committer in engine._appends._committers:
        if committer._connection is not None:
            committer._connection.add_query_logger(note)  # pyright: ignore
    return heard


async def holes(engine: Engine) -> list[Any]:
    return await engine.database.pool.fetch(
        "SELECT stream::text FROM entry GROUP BY stream HAVING max(seq) <> count(*) OR min(seq) <> 1"
        " UNION ALL SELECT l.lane::text FROM lane l LEFT JOIN entry e USING (lane)"
        " GROUP BY l.lane, l.pos HAVING l.pos <> count(e.pos) OR coalesce(max(e.pos), 0) <> l.pos"
    )


async def test_a_later_append_asks_nothing(core: Engine) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    for n in range(2):  # the driver itself asks about types the first time it sees a statement
        await said(core, sender, "chat:1", "早", f"nonce-000{n}")
    heard = statements_of(core)
    assert (await said(core, sender, "chat:1", "再", "nonce-0002")).seq == 3
    assert heard == ["WITH held"]


async def test_what_others_moved_is_found_out_and_leaves_no_hole(core: Engine, other: Engine) -> None:
    people = await make_people(core, 2)
    names = [f"chat:{n}" for n in range(1, 7)]
    for name in names:
        await make_stream(core, name, people)

    async def talk(engine: Engine, who: access.Actor, mark: str) -> None:
        for n in range(60):
            await said(engine, who, names[n % len(names)], f"{mark}{n}", f"{mark}-{n:05}")
            if n % 15 == 14:
                written = body(Say(stream=names[n % 3], text="w"))
                await engine.answer(who, Asked("trial.write", written, f"w{mark}-{n:05}"))

    await asyncio.gather(*(talk(e, p, f"{i}") for i, (e, p) in enumerate([(core, people[0]), (other, people[1])])))
    assert await holes(core) == []
    assert await core.database.pool.fetchval("SELECT count(*) FROM entry WHERE stream LIKE 'chat:%'") == 128
    backwards = "SELECT count(*) FROM entry a JOIN entry b ON a.stream = b.stream AND b.seq = a.seq + 1 AND b.at < a.at"
    assert await core.database.pool.fetchval(backwards) == 0


async def test_a_nonce_that_comes_again_is_answered_and_refused_as_ever(core: Engine, other: Engine) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    for n in range(3):
        await said(core, sender, "chat:1", f"{n}", f"nonce-{n:04}")
    assert (await said(core, sender, "chat:1", "1", "nonce-0001")).seq == 2
    assert (await said(other, sender, "chat:1", "3", "nonce-0003")).seq == 4
    assert (await said(core, sender, "chat:1", "3", "nonce-0003")).seq == 4
    with pytest.raises(Conflict):
        await said(core, sender, "chat:1", "other", "nonce-0002")
    twice = await asyncio.gather(*(said(core, sender, "chat:1", f"{n % 4}", f"nonce-{n % 4:04}") for n in range(12)))
    assert [s.seq for s in twice] == [1, 2, 3, 4] * 3
    assert await holes(core) == []


async def test_access_that_another_process_ends_is_over_at_once(core: Engine, other: Engine) -> None:
    people = await make_people(core, 2)
    await make_stream(core, "chat:1", people)
    for person in people:
        await said(core, person, "chat:1", "早", f"morning-{person.id}")
    heard = statements_of(core)

    async def end(tx: Transaction) -> None:
        await access.end_access(tx, [people[1].id])

    await other.write(end)
    with pytest.raises(NotAllowed):
        await said(core, people[1], "chat:1", "还在", "after-end-1")
    assert (await said(core, people[0], "chat:1", "在", "still-here")).seq == 3
    assert heard.count("WITH held") == 1  # it learnt from its first try that access has ended since


async def test_one_ended_session_is_refused_and_the_others_of_the_person_go_on(core: Engine, other: Engine) -> None:
    [phone] = await make_people(core, 1)
    await make_stream(core, "chat:1", [phone])

    async def second(tx: Transaction) -> int:
        return (await access.issue_credential(tx, phone.id, "session", lifetime=timedelta(days=1)))[0]

    till = access.Actor(phone.id, "person", await core.write(second))
    for device in (phone, till):
        await said(core, device, "chat:1", "早", f"morning-{device.credential}")
    assert phone.credential is not None
    ending = phone.credential

    async def end(tx: Transaction) -> None:
        assert await access.end_credential(tx, phone.id, ending)

    await other.write(end)
    with pytest.raises(NotAllowed):
        await said(core, phone, "chat:1", "还在", "after-end-1")
    assert (await said(core, till, "chat:1", "在", "still-here")).seq == 3


def test_a_credential_is_alive_only_as_long_as_it_lasts_and_until_access_ends() -> None:
    known = Known()
    known.learn_alive(3, {7: NOON, 8: NOON + timedelta(hours=1)})
    assert known.all_alive([7, 8, None], NOON - timedelta(seconds=1))
    assert not known.all_alive([7], NOON)
    assert not known.all_alive([9], NOON - timedelta(days=1))
    known.learn_alive(4, {8: NOON + timedelta(hours=1)})
    assert not known.all_alive([7], NOON - timedelta(hours=1))
    assert known.ends == 4


def test_the_time_known_follows_the_database_and_never_goes_back() -> None:
    known = Known()
    assert known.now(5.0) is None
    assert known.not_before(NOON) == NOON
    known.learn({}, NOON, 100.0)
    assert known.now(102.5) == NOON + timedelta(seconds=2.5)
    assert known.not_before(NOON - timedelta(seconds=1)) == NOON


def test_a_head_is_given_out_as_a_copy() -> None:
    known = Known()
    known.learn({"chat:1": Head(3, "members", 7, 5, 2, b"h")}, NOON, 0.0)
    heads = known.heads(["chat:1"])
    assert heads is not None
    heads["chat:1"].seq = 99
    again = known.heads(["chat:1"])
    assert again is not None
    assert again["chat:1"].seq == 7
    assert known.heads(["chat:1", "chat:2"]) is None


async def test_a_connection_that_dies_before_it_is_asked_is_an_outage_and_the_next_append_has_another(
    core: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    await said(core, sender, "chat:1", "早", "nonce-0000")

    async def dies(_: Placing, connection: asyncpg.Connection, *more: object) -> None:
        connection.terminate()
        raise NotAsKnown

    with monkeypatch.context() as patched:
        patched.setattr(Placing, "write_known", dies)
        with pytest.raises(Unavailable) as refused:
            await said(core, sender, "chat:1", "再", "nonce-0001")
    assert refused.value.code == "storage_unavailable"
    assert (await said(core, sender, "chat:1", "再", "nonce-0001")).seq == 2
