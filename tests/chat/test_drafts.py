"""Drafts: on all devices of one person, what was written last, and never in the journal."""

import asyncio
import itertools
import time

import pytest

from dianmai.chat import rules
from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Invalid, NotFound, TooMany
from dianmai.core.ids import person_stream
from dianmai.wire.drafts import Drafts, GetDrafts, KeepDraft, KeptDraft
from tests.chat.talk import add, ask, catch_up, entries, make_group, open_direct, remove
from tests.core.trial import make_people

# A while ago, each later than the one before.
_moments = itertools.count(round(time.time() * 1000) - 3_600_000)


async def keep(engine: Engine, who: Actor, stream: str, text: str, at: int | None = None) -> KeptDraft:
    request = KeepDraft(stream=stream, text=text, at=at if at is not None else next(_moments))
    return await ask(engine, who, "chat.draft", request, KeptDraft)


async def drafts(engine: Engine, who: Actor, *streams: str) -> dict[str, str]:
    answer = await ask(engine, who, "chat.drafts", GetDrafts(streams=list(streams)), Drafts)
    return {draft.stream: draft.text for draft in answer.drafts}


async def test_what_was_begun_is_the_persons_alone_on_all_their_devices(engine: Engine) -> None:
    [ming, fang] = await make_people(engine, 2)
    streams = [await make_group(engine, [ming, fang]) for _ in range(2)]
    await keep(engine, ming, streams[0], "明天谁")
    await keep(engine, ming, streams[1], "  两箱 ")
    assert await drafts(engine, ming) == {streams[0]: "明天谁", streams[1]: "  两箱 "}
    assert await drafts(engine, ming, streams[1]) == {streams[1]: "  两箱 "}
    assert await drafts(engine, fang) == {}
    heard = [e for e in (await catch_up(engine, ming)).entries if e.kind == "chat.drafted"]
    assert [(e.stream, e.body, e.no) for e in heard] == [
        (person_stream(ming.id), {"stream": stream}, None) for stream in streams
    ]
    assert not [e for e in (await catch_up(engine, fang)).entries if e.kind == "chat.drafted"]


async def test_an_old_list_and_what_was_heard_since_are_the_new_list(engine: Engine) -> None:
    [ming, fang] = await make_people(engine, 2)
    streams = [await make_group(engine, [ming, fang]) for _ in range(3)]
    await keep(engine, ming, streams[0], "早")
    old = await drafts(engine, ming)
    for stream, text in zip([streams[1], streams[0], streams[1], streams[2]], ["一", "", "一箱", "二"], strict=True):
        await keep(engine, ming, stream, text)
    for entry in (await catch_up(engine, ming)).entries:
        if entry.kind == "chat.drafted":
            old.update(await drafts(engine, ming, entry.body["stream"]))
    assert old == await drafts(engine, ming) == {streams[0]: "", streams[1]: "一箱", streams[2]: "二"}


async def test_its_words_stay_out_of_the_journal(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    await keep(engine, ming, stream, "还没想好要不要说")
    assert await entries(engine, ming, stream) == []
    kept = await engine.database.pool.fetch("SELECT body FROM entry")
    assert not [row for row in kept if "还没想好" in bytes(row[0]).decode()]


async def test_given_up_its_words_are_nowhere_any_more(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    early = next(_moments)
    await keep(engine, ming, stream, "unsaid words")
    await keep(engine, ming, stream, "older unsaid words", early)
    assert await tables_with(engine, "unsaid words") == {"draft"}
    await keep(engine, ming, stream, "")
    assert await tables_with(engine, "unsaid words") == set()


async def test_asked_again_it_is_kept_once_and_no_later_one_is_lost(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    again = Asked("chat.draft", f'{{"stream":"{stream}","text":"好","at":{next(_moments)}}}'.encode(), "draft-again-1")
    first = await engine.answer(ming, again)
    assert (await engine.answer(ming, again)).body == first.body
    assert len(await own(engine, ming)) == 1
    await keep(engine, ming, stream, "好的")
    await engine.answer(ming, again)
    assert await drafts(engine, ming) == {stream: "好的"}


async def test_what_was_written_last_stands_whoever_came_first(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    early, late = next(_moments), next(_moments)
    assert (await keep(engine, ming, stream, "后写的", late)).text == "后写的"
    stands = await keep(engine, ming, stream, "先写的", early)
    assert (stands.text, stands.at) == ("后写的", late)
    assert await drafts(engine, ming) == {stream: "后写的"}
    assert len(await own(engine, ming)) == 1


async def test_whatever_their_order_all_devices_end_with_the_last_one(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    at = [next(_moments) for _ in range(12)]
    told = await asyncio.gather(*(keep(engine, ming, stream, f"第{n}稿", at[n]) for n in (5, 11, 2, 8, 0, 9, 3)))
    assert await drafts(engine, ming) == {stream: "第11稿"}
    assert {draft.at for draft in told} <= set(at)


async def test_sent_or_given_up_it_is_gone_and_an_older_word_does_not_bring_it_back(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    offline = next(_moments)
    await keep(engine, ming, stream, "好的")
    await keep(engine, ming, stream, "  ")
    assert await drafts(engine, ming) == {stream: ""}
    assert (await keep(engine, ming, stream, "断网时写的", offline)).text == ""
    assert await drafts(engine, ming) == {stream: ""}


async def test_giving_up_what_nobody_knows_says_nothing(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    await keep(engine, ming, stream, "")
    assert (await drafts(engine, ming), await own(engine, ming)) == ({}, [])


async def test_a_clock_that_runs_ahead_wins_for_now_only(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    ahead = await keep(engine, ming, stream, "来自未来", 4_102_444_800_000)
    assert ahead.at < 4_102_444_800_000
    # As if a minute had gone by.
    await engine.database.pool.execute("UPDATE draft SET at = at - interval '1 minute'")
    assert (await keep(engine, ming, stream, "现在", ahead.at)).text == "现在"


async def test_whoever_is_not_in_keeps_no_draft_and_sees_none(engine: Engine) -> None:
    [ming, fang] = await make_people(engine, 2)
    stream = await make_group(engine, [ming, fang])
    await keep(engine, fang, stream, "写到一半")
    await remove(engine, stream, fang)
    assert await drafts(engine, fang) == {}
    for where in (stream, "chat:999999", person_stream(fang.id), "org"):
        with pytest.raises(NotFound):
            await keep(engine, fang, where, "还在写")
    await add(engine, stream, fang)
    assert await drafts(engine, fang) == {stream: "写到一半"}


async def test_a_draft_at_every_letter_is_too_much(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    for n in range(rules.MOST_DRAFTED + 1):
        await keep(engine, ming, stream, "字" * (n + 1))
    with pytest.raises(TooMany) as refused:
        await keep(engine, ming, stream, "又一个字")
    assert (refused.value.code, refused.value.status) == ("rate_limited", 429)
    assert 0 < (refused.value.retry_after_ms or 0) <= 10_001


async def test_only_so_many_are_kept_the_oldest_go(engine: Engine) -> None:
    [ming] = await make_people(engine, 1)
    await engine.database.pool.execute(
        "INSERT INTO draft SELECT $1, 'chat:' || (100000 + n), 'x', now() - n * interval '1 minute'"
        " FROM generate_series(1, 150) AS n",
        ming.id,
    )
    stream = await open_direct(engine, ming, ming.id)
    await keep(engine, ming, stream, "新的", 4_102_444_800_000)
    kept = await engine.database.pool.fetch("SELECT stream FROM draft WHERE actor = $1", ming.id)
    assert len(kept) == 100
    assert stream in {row[0] for row in kept}


@pytest.mark.parametrize(
    "how",
    [
        '"text":1,"at":1',
        '"text":"x"',
        '"text":"x","at":-1',
        '"text":"x","at":1e99',
        '"text":"x","at":1,"on":true',
        '"text":"\\u0000","at":1',
        f'"text":"{"字" * 10_001}","at":1',
    ],
)
async def test_what_is_no_draft_is_refused(engine: Engine, how: str) -> None:
    [ming] = await make_people(engine, 1)
    stream = await open_direct(engine, ming, ming.id)
    with pytest.raises(Invalid):
        await engine.answer(ming, Asked("chat.draft", f'{{"stream":"{stream}",{how}}}'.encode(), "bad-draft-1"))


async def own(engine: Engine, who: Actor) -> list[str]:
    return [e.kind for e in (await catch_up(engine, who)).entries if e.kind == "chat.drafted"]


async def tables_with(engine: Engine, words: str) -> set[str]:
    """The tables a row of which holds these words, as text or as bytes."""
    pool = engine.database.pool
    found: set[str] = set()
    for [table] in await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"):
        # Bytes are shown in hexadecimal.
        query = f'SELECT EXISTS (SELECT FROM "{table}" AS t WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0)'
        if await pool.fetchval(query, words, words.encode().hex()):
            found.add(table)
    return found
