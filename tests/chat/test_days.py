"""Going to a day: on which days something was said, found by halving along the index of `no`."""

from datetime import UTC, datetime, timedelta

import pytest

from dianmai.chat import days_store
from dianmai.core.access import Actor
from dianmai.core.clock import millis
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Invalid, NotFound
from dianmai.wire.days import Days, GetDays
from tests.chat.talk import add, ask, make_group, recall, remove, say
from tests.core.trial import make_people

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = [millis(MONDAY + timedelta(days=day)) for day in range(8)]


async def days(engine: Engine, who: Actor, stream: str, edges: list[int]) -> Days:
    return await ask(engine, who, "chat.days", GetDays(stream=stream, edges=edges), Days)


async def said_at(engine: Engine, who: Actor, stream: str, *moments: datetime) -> None:
    """Messages of these moments, in their order."""
    for moment in moments:
        seq = (await say(engine, who, stream, f"{moment:%H:%M}")).seq
        # The hash of an entry covers its time: nothing here reads the ledger.
        await engine.database.pool.execute(
            "UPDATE entry SET at = $3 WHERE stream = $1 AND seq = $2", stream, seq, moment
        )


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


async def test_each_day_with_its_first_message_and_how_many_there_are(engine: Engine) -> None:
    [ming, fang] = await make_people(engine, 2)
    stream = await make_group(engine, [ming, fang])
    assert await days(engine, ming, stream, WEEK) == Days(days=[])
    await said_at(engine, ming, stream, at(-3, 9), at(0, 0), at(0, 23, 59), at(2, 8), at(2, 8, 1), at(2, 9), at(6, 23))
    week = await days(engine, fang, stream, WEEK)
    assert [(day.at, day.no, day.messages) for day in week.days] == [
        (WEEK[0], 2, 2),
        (WEEK[2], 4, 3),
        (WEEK[6], 7, 1),
    ]
    assert week.first == millis(at(-3, 9))
    assert (await days(engine, fang, stream, [WEEK[3], WEEK[4]])).days == []


async def test_days_are_those_of_the_readers_clock(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await make_group(engine, [ming])
    await said_at(engine, ming, stream, at(0, 15), at(0, 17))
    shanghai = [millis(MONDAY + timedelta(days=day, hours=-8)) for day in range(3)]
    assert [day.no for day in (await days(engine, ming, stream, shanghai)).days] == [1, 2]
    assert [day.messages for day in (await days(engine, ming, stream, WEEK)).days] == [2]


async def test_what_was_taken_back_keeps_its_day_and_a_newcomers_days_begin_with_them(engine: Engine) -> None:
    [ming, fang] = await make_people(engine, 2)
    stream = await make_group(engine, [ming])
    await said_at(engine, ming, stream, at(0, 9), at(1, 9))
    await add(engine, stream, fang)
    assert await days(engine, fang, stream, WEEK) == Days(days=[])
    sent = await say(engine, ming, stream, "欢迎")
    await recall(engine, ming, stream, sent.seq)
    await engine.database.pool.execute(
        "UPDATE entry SET at = $2 WHERE stream = $1 AND seq = $3", stream, at(3, 9), sent.seq
    )
    seen = await days(engine, fang, stream, WEEK)
    assert ([day.no for day in seen.days], seen.first) == ([sent.no], millis(at(3, 9)))


async def test_whoever_is_not_in_is_told_of_nothing(engine: Engine) -> None:
    [ming, fang, stranger] = await make_people(engine, 3)
    stream = await make_group(engine, [ming, fang])
    await say(engine, ming, stream, "机密")
    await remove(engine, stream, fang)
    for who, where in ((stranger, stream), (fang, stream), (ming, "chat:999999"), (ming, f"person:{ming.id}")):
        with pytest.raises(NotFound):
            await days(engine, who, where, WEEK)


@pytest.mark.parametrize(
    ("edges", "code"),
    [
        ("[]", "too_few_items"),
        ("[5]", "too_few_items"),
        ("[5,5]", "edges_not_rising"),
        ("[9,5]", "edges_not_rising"),
        (str(list(range(64))), "too_many_items"),
        ("[-1,5]", "number_out_of_range"),
        ("[0,9007199254740993]", "number_out_of_range"),
        ('["a","b"]', "invalid_type"),
    ],
)
async def test_edges_that_make_no_days_are_refused(engine: Engine, edges: str, code: str) -> None:
    [ming] = await make_people(engine, 1)
    stream = await make_group(engine, [ming])
    with pytest.raises(Invalid) as refused:
        await engine.answer(ming, Asked("chat.days", f'{{"stream":"{stream}","edges":{edges}}}'.encode()))
    assert refused.value.code == code


async def test_it_looks_along_the_index_however_long_the_conversation_is(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await make_group(engine, [ming])
    pool = engine.database.pool
    first = await say(engine, ming, stream, "第一句")
    await pool.execute(
        "INSERT INTO entry (stream, seq, lane, pos, at, actor, nonce, part, kind, no, salt, body_hash, hash, body)"
        " SELECT stream, seq + n, lane, 1000000 + n, at + n * interval '1 minute', actor, 'long-' || n, 0, kind,"
        " no + n, salt, body_hash, hash, body FROM entry, generate_series(1, 20000) AS n WHERE stream = $1",
        stream,
    )
    await pool.execute("UPDATE stream SET seq = 20001, no = 20001 WHERE stream = $1", stream)
    await pool.execute("ANALYZE entry")
    begins = first.at // 86_400_000 * 86_400_000
    edges = [begins + day * 86_400_000 for day in range(32)]
    found = await days(engine, ming, stream, edges)
    assert sum(day.messages for day in found.days) == 20_001
    plan = await pool.fetch(
        "EXPLAIN (ANALYZE, FORMAT TEXT) " + days_store._FIRST_SINCE,  # pyright: ignore[reportPrivateUsage]
        stream,
        1,
        20_001,
        [datetime.fromtimestamp(edge / 1000, UTC) for edge in edges],
    )
    said = "\n".join(row[0] for row in plan)
    assert "entry_no" in said and "Seq Scan on entry" not in said, said
