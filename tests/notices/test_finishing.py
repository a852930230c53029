"""Finished notices leave the lists of those who are done, a week after publishing, and stay where they can be found."""

import asyncio
from datetime import timedelta

from dianmai import notices
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.jobs import Jobs
from dianmai.edge import store
from dianmai.wire.sync import CatchUp, CaughtUp, GetEntries, GotEntries
from tests.notices.asking import ask, below, chase, confirm, folder, opened, publish, read
from tests.notices.company import Company


async def listed(engine: Engine, actor: Actor) -> set[str]:
    level = await ask(engine, actor, "sync.catch_up", CatchUp(), CaughtUp)
    return {s.stream for s in level.streams if s.stream.startswith("notice:")}


async def days_pass(engine: Engine, days: int) -> None:
    """Carries out what is due by then; a timer that is set anew does not come twice on one day."""
    timers = Jobs(engine, notices.jobs, ahead=timedelta(days=days, minutes=1))
    while await timers.step():
        pass


async def test_a_week_later_it_is_off_the_lists_of_those_who_are_done(chain: Company) -> None:
    engine, done, late = chain.engine, chain["南京路店小陈"], chain["南京路店小李"]
    notice = await publish(engine, chain["林悦"], below(chain.units["南京路店"]))
    await confirm(engine, done, notice.notice)
    await read(engine, late, notice.notice)
    await days_pass(engine, 6)
    assert await listed(engine, done) == {notice.stream}
    before = await engine.database.pool.fetchval("SELECT member_epoch FROM stream WHERE stream = $1", notice.stream)
    await days_pass(engine, 7)
    assert await listed(engine, done) == set()
    assert await listed(engine, late) == {notice.stream}
    # Open sockets learn it by the members' epoch and look who still has it.
    after = await engine.database.pool.fetchval("SELECT member_epoch FROM stream WHERE stream = $1", notice.stream)
    assert after > before
    members = await store.members(engine.database.pool, notice.stream, [done.id, late.id], before)
    assert (set(members.states), members.left, members.epoch) == ({late.id}, set(), after)


async def test_who_was_late_is_looked_at_again_every_day(chain: Company) -> None:
    engine, late = chain.engine, chain["南京路店小李"]
    notice = await publish(engine, chain["林悦"], below(chain.units["南京路店"]))
    await days_pass(engine, 7)
    for who in ("店长", "小陈", "小李"):
        await confirm(engine, chain[f"南京路店{who}"], notice.notice)
    assert await listed(engine, late) == {notice.stream}
    await days_pass(engine, 8)
    assert await listed(engine, late) == set()
    assert await engine.database.pool.fetchval("SELECT count(*) FROM job WHERE kind = 'notices.unlist'") == 0


async def test_who_has_left_keeps_no_timer_going(chain: Company) -> None:
    engine = chain.engine
    notice = await publish(engine, chain["林悦"], below(chain.units["南京路店"]))
    for who in ("店长", "小陈"):
        await confirm(engine, chain[f"南京路店{who}"], notice.notice)
    await engine.database.pool.execute(
        "UPDATE notice_recipient SET left_at = now() WHERE person = $1", chain["南京路店小李"].id
    )
    await days_pass(engine, 7)
    assert await engine.database.pool.fetchval("SELECT count(*) FROM job WHERE kind = 'notices.unlist'") == 0


async def test_where_no_confirmation_is_asked_for_reading_is_enough(chain: Company) -> None:
    engine, reader = chain.engine, chain["南京路店小陈"]
    notice = await publish(engine, chain["林悦"], below(chain.units["南京路店"]), must_confirm=False)
    await read(engine, reader, notice.notice)
    await days_pass(engine, 7)
    assert await listed(engine, reader) == set()


async def test_off_the_list_it_opens_and_stands_among_what_was_received(chain: Company) -> None:
    engine, done = chain.engine, chain["南京路店小陈"]
    notice = await publish(engine, chain["林悦"], below(chain.units["南京路店"]))
    await confirm(engine, done, notice.notice)
    await days_pass(engine, 7)
    assert (await opened(engine, done, notice.notice)).brief.my_state == "confirmed"
    assert [n.notice for n in (await folder(engine, done, "received")).notices] == [notice.notice]
    got = await ask(engine, done, "sync.entries", GetEntries(stream=notice.stream, after=0), GotEntries)
    assert [e.kind for e in got.entries] == ["notice.published"]
    await chase(engine, chain["林悦"], notice.notice)
    assert await listed(engine, done) == set()


async def test_leaving_the_lists_waits_for_the_stream_before_it_holds_a_member_like_everybody(chain: Company) -> None:
    engine, done = chain.engine, chain["南京路店小陈"]
    notice = await publish(engine, chain["林悦"], below(chain.units["南京路店"]))
    await confirm(engine, done, notice.notice)
    appending = await engine.database.own_connection()
    await appending.execute("BEGIN")
    await appending.execute("SELECT FROM stream WHERE stream = $1 FOR UPDATE", notice.stream)
    unlisting = asyncio.create_task(days_pass(engine, 7))
    waits = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())"
    )
    while not await engine.database.pool.fetchval(waits):  # noqa: ASYNC110 - nobody announces it
        await asyncio.sleep(0.01)
    assert not unlisting.done()
    own = "SELECT FROM member WHERE stream = $1 AND actor = $2 FOR UPDATE NOWAIT"
    await appending.execute(own, notice.stream, done.id)
    await appending.execute("COMMIT")
    await unlisting
    assert await listed(engine, done) == set()
    await appending.close()
