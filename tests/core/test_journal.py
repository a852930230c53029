"""The journal's promises, on a real database: order without holes, once per nonce, guards, the chain."""

import asyncio
import random

import asyncpg
import msgspec
import pytest

from dianmai.core import access, ledger, missed
from dianmai.core.db import Database, answering_when_down
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Conflict, NotAllowed, NotFound, Unavailable
from dianmai.core.journal import Committed, Draft
from dianmai.core.transactions import Transaction
from tests.core.trial import Line, Said, Say, body, make_people, make_stream, trial_operations


def say(stream: str, text: str, nonce: str) -> Asked:
    return Asked("trial.say", body(Say(stream=stream, text=text)), nonce)


async def said(engine: Engine, actor: access.Actor, stream: str, text: str, nonce: str) -> Said:
    return msgspec.json.decode((await engine.answer(actor, say(stream, text, nonce))).body, type=Said)


async def test_seq_no_and_pos_have_no_holes_under_concurrent_senders_and_writers(core: Engine) -> None:
    people = await make_people(core, 8)
    names = [f"chat:{n}" for n in range(1, 13)]
    for name in names:
        await make_stream(core, name, people)
    dice = random.Random(7)

    async def sender(index: int) -> None:
        for n in range(40):
            stream = dice.choice(names)
            if n % 10 == 9:
                await core.answer(
                    people[index], Asked("trial.write", body(Say(stream=stream, text="w")), f"w-{index}-{n:04}")
                )
            else:
                await said(core, people[index], stream, f"{index}/{n}", f"s-{index}-{n:04}")

    await asyncio.gather(*(sender(i) for i in range(8)))
    pool = core.database.pool
    assert await pool.fetchval("SELECT count(*) FROM entry WHERE stream LIKE 'chat:%'") == 320
    gaps = await pool.fetch(
        "SELECT stream FROM entry GROUP BY stream HAVING min(seq) <> 1 OR max(seq) <> count(*)"
        " OR max(no) IS DISTINCT FROM nullif(count(no), 0)"
    )
    assert gaps == []
    lanes = await pool.fetch(
        "SELECT l.lane FROM lane l LEFT JOIN entry e USING (lane) GROUP BY l.lane, l.pos"
        " HAVING l.pos <> count(e.pos) OR coalesce(max(e.pos), 0) <> l.pos"
    )
    assert lanes == []


async def test_listeners_get_every_entry_once_and_the_bytes_are_those_of_catch_up(core: Engine) -> None:
    heard: list[Committed] = []
    core.listeners.add(heard.extend)
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    await asyncio.gather(*(said(core, sender, "chat:1", f"第{n}句 “引号”", f"nonce-{n:04}") for n in range(30)))
    live = [e.raw for c in heard if c.stream == "chat:1" for e in c.entries]
    rows = await core.database.pool.fetch("SELECT * FROM entry WHERE stream = 'chat:1' ORDER BY seq")
    assert live == [missed.raw_of(r) for r in rows]
    assert len(live) == 30


async def test_a_nonce_appends_once_even_at_the_same_moment_and_after_a_restart(core: Engine, dsn: str) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    first = await asyncio.gather(*(said(core, sender, "chat:1", "调价", "same-nonce") for _ in range(20)))
    other = Engine(Database(dsn, size=2), trial_operations, {})
    await other.start()
    again = await said(other, sender, "chat:1", "调价", "same-nonce")
    await other.stop()
    assert {(s.seq, s.no) for s in [*first, again]} == {(1, 1)}
    assert await core.database.pool.fetchval("SELECT count(*) FROM entry WHERE stream = 'chat:1'") == 1


async def test_the_same_nonce_with_other_content_is_refused_and_stores_nothing(core: Engine) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    await said(core, sender, "chat:1", "九折", "nonce-0001")
    with pytest.raises(Conflict) as refusal:
        await said(core, sender, "chat:1", "八折", "nonce-0001")
    assert refusal.value.code == "idempotency_conflict"
    write = Asked("trial.write", body(Say(stream="chat:1", text="a")), "nonce-0002")
    await core.answer(sender, write)
    with pytest.raises(Conflict):
        await core.answer(sender, Asked("trial.write", body(Say(stream="chat:1", text="b")), "nonce-0002"))
    assert await core.database.pool.fetchval("SELECT count(*) FROM entry WHERE stream = 'chat:1'") == 2


async def test_writing_twice_with_one_nonce_writes_once_even_at_the_same_moment(core: Engine) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    write = Asked("trial.write", body(Say(stream="chat:1", text="a")), "nonce-0002")
    await asyncio.gather(*(core.answer(sender, write) for _ in range(5)))
    assert await core.database.pool.fetchval("SELECT count(*) FROM entry WHERE stream = 'chat:1'") == 1


async def test_one_bad_entry_never_fails_strangers(core: Engine) -> None:
    people = await make_people(core, 2)
    await make_stream(core, "chat:1", people)
    good = [said(core, people[0], "chat:1", "好", f"good-{n:04}") for n in range(20)]
    bad = said(core, people[1], "chat:1", "x\u0000y", "bad-nonce")
    results = await asyncio.gather(*good[:10], bad, *good[10:], return_exceptions=True)
    assert sum(isinstance(r, Said) for r in results) == 20


async def test_who_leaves_between_deciding_and_commit_is_refused(core: Engine) -> None:
    people = await make_people(core, 2)
    await make_stream(core, "chat:1", people)
    await said(core, people[1], "chat:1", "在", "before-leave")

    async def remove(tx: Transaction) -> None:
        tx.leave("chat:1", [people[1].id])

    other = Engine(core.database, trial_operations, {})
    other._placing, other._listeners = core._placing, []  # pyright: ignore[reportPrivateUsage]
    await other.write(remove)  # unknown to `core`'s memory of members: only the guard can catch it
    with pytest.raises(NotFound):
        await said(core, people[1], "chat:1", "还在", "after-leave")
    assert (await said(core, people[0], "chat:1", "我在", "still-here")).seq == 2


async def test_after_access_ends_no_append_or_read_is_accepted(core: Engine) -> None:
    people = await make_people(core, 2)
    await make_stream(core, "chat:1", people)

    async def end(tx: Transaction) -> None:
        await access.end_access(tx, [people[1].id])

    sending = [said(core, people[1], "chat:1", "x", f"racing-{n:04}") for n in range(30)]
    results, _ = await asyncio.gather(asyncio.gather(*sending, return_exceptions=True), core.write(end))
    assert all(isinstance(r, Said | NotAllowed) for r in results)
    ended = await core.database.pool.fetchval("SELECT at FROM entry WHERE kind = 'access.ended'")
    late = "SELECT count(*) FROM entry WHERE actor = $1 AND at > $2"
    assert await core.database.pool.fetchval(late, people[1].id, ended) == 0
    for asked in (say("chat:1", "y", "later-0001"), Asked("trial.whoami", b"{}")):
        with pytest.raises(NotAllowed) as refusal:
            await core.answer(people[1], asked)
        assert (refusal.value.code, refusal.value.status) == ("session_revoked", 401)


async def test_the_chain_finds_any_change(core: Engine) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    for n in range(5):
        await said(core, sender, "chat:1", f"第{n}", f"nonce-{n:04}")
    installation = (await core.database.pool.fetchval("SELECT id FROM installation")).bytes
    rows = await core.database.pool.fetch("SELECT * FROM entry WHERE stream = 'chat:1' ORDER BY seq")
    previous = b""
    for row in rows:
        assert row["body_hash"] == ledger.body_hash(row["salt"], row["body"])
        previous = ledger.chain(
            previous, installation, stream=row["stream"], seq=row["seq"], at=row["at"], actor=row["actor"],
            nonce=row["nonce"], part=row["part"], kind=row["kind"], target=row["target"], body_hash=row["body_hash"],
        )  # fmt: skip
        assert row["hash"] == previous
    assert previous == await core.database.pool.fetchval("SELECT hash FROM stream WHERE stream = 'chat:1'")


async def test_a_slow_stranger_holding_one_stream_does_not_hold_up_the_others(core: Engine) -> None:
    people = await make_people(core, 1)
    for name in ("chat:1", "chat:2"):
        await make_stream(core, name, people)
    async with core.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM stream WHERE stream = 'chat:1' FOR UPDATE")
        held_up = asyncio.ensure_future(said(core, people[0], "chat:1", "等", "held-up-1"))
        passing = [said(core, people[0], "chat:2", "过", f"passing-{n}") for n in range(3)]
        assert {s.seq for s in await asyncio.wait_for(asyncio.gather(*passing), 2)} == {1, 2, 3}
        assert not held_up.done()
    assert (await held_up).seq == 1


async def test_an_unknown_stream_is_not_found_and_strangers_commit(core: Engine) -> None:
    people = await make_people(core, 1)
    await make_stream(core, "chat:1", people)

    async def work(tx: Transaction) -> None:
        tx.append(Draft("chat:404", "trial.line", Line(text="x")))

    with pytest.raises(NotFound):
        await core.write(work)
    assert (await said(core, people[0], "chat:1", "好", "nonce-0001")).seq == 1


async def test_members_moved_without_an_entry_are_told_to_listeners(core: Engine) -> None:
    heard: list[Committed] = []
    core.listeners.add(heard.extend)
    people = await make_people(core, 2)
    await make_stream(core, "chat:7", people)
    [commit] = [c for c in heard if c.stream == "chat:7"]
    assert (commit.entries, commit.head, commit.member_epoch) == ([], 0, 2)


async def test_a_listener_that_fails_stops_nobody(core: Engine) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])

    def fail(_: object) -> None:
        raise ValueError("the screen is broken")

    core.listeners.add(fail)
    assert (await said(core, sender, "chat:1", "一", "nonce-0001")).seq == 1
    assert (await said(core, sender, "chat:1", "二", "nonce-0002")).seq == 2


async def test_a_lane_held_by_someone_else_is_answered_within_seconds(core: Engine) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    await said(core, sender, "chat:1", "一", "nonce-0001")
    async with core.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM lane FOR UPDATE")
        with pytest.raises(Unavailable) as refusal:
            await asyncio.wait_for(said(core, sender, "chat:1", "二", "nonce-0002"), 6)
        assert refusal.value.code == "storage_unavailable"
    assert (await said(core, sender, "chat:1", "二", "nonce-0002")).seq == 2


async def test_a_database_that_is_away_is_said_to_be_away(core: Engine) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    await core.database.pool.close()
    with pytest.raises(Unavailable):
        await said(core, sender, "chat:1", "一", "nonce-0001")


def test_a_connection_that_died_between_two_statements_is_a_database_away() -> None:
    with pytest.raises(Unavailable), answering_when_down():
        raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")
