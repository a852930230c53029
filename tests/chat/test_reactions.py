"""Reactions to messages: counted once each, shown by who was first, one emoji at a time."""

import asyncio
import re

import msgspec
import pytest

from dianmai.chat import later_store
from dianmai.core.engine import Engine
from dianmai.wire.chat import GetReactions, Reactions
from tests.chat.later import refused
from tests.chat.talk import (
    ask,
    conversations,
    history,
    make_group,
    open_direct,
    react,
    say,
)
from tests.core.trial import make_people


async def test_reactions_are_counted_once_each_and_can_be_taken_away(engine: Engine) -> None:
    people = await make_people(engine, 14)
    stream = await make_group(engine, people)
    said = await say(engine, people[0], stream, "周六全员盘点")
    await asyncio.gather(*(react(engine, person, stream, said.seq, "👍") for person in people))
    assert (await react(engine, people[0], stream, said.seq, "👍")).seq == 0
    await react(engine, people[3], stream, said.seq, "🇨🇳")
    await react(engine, people[5], stream, said.seq, "👍", on=False)
    [message] = (await history(engine, people[13], stream)).messages
    thumb, flag = message.reactions
    assert (thumb.emoji, thumb.count, thumb.mine, len(thumb.people)) == ("👍", 13, True, 10)
    assert (flag.emoji, flag.count, flag.mine, flag.people) == ("🇨🇳", 1, False, [people[3].id])
    assert [c.head_no - c.read_no for c in await conversations(engine, people[1])] == [1]


async def test_the_first_ten_who_reacted_so_are_shown_whoever_takes_it_back(engine: Engine) -> None:
    people = await make_people(engine, 12)
    stream = await make_group(engine, people)
    said = await say(engine, people[0], stream, "周六全员盘点")
    await react(engine, people[7], stream, said.seq, "🎉")
    for person in people:
        await react(engine, person, stream, said.seq, "👍")
    await react(engine, people[2], stream, said.seq, "👍", on=False)
    await react(engine, people[7], stream, said.seq, "🎉", on=False)
    await react(engine, people[2], stream, said.seq, "👍")
    [message] = (await history(engine, people[5], stream)).messages
    [thumb] = message.reactions
    assert (thumb.count, thumb.people) == (12, [p.id for p in (*people[:2], *people[3:11])])


async def test_a_reaction_costs_the_same_however_many_have_reacted(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    stream = await open_direct(engine, wang, wang.id)
    said = await say(engine, wang, stream, "到货了")
    await react(engine, wang, stream, said.seq, "👍")
    pool = engine.database.pool
    await pool.execute(
        "INSERT INTO reaction SELECT $1, $2, '👍', g, now() FROM generate_series(100001, 105000) g",
        stream, said.seq,
    )  # fmt: skip
    await pool.execute("ANALYZE reaction")
    async with pool.acquire() as connection, connection.transaction():
        plan = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {later_store._COUNT_REACTIONS}", stream, said.seq, ["👍"], [1]
        )
    read = re.findall(r'"Relation Name": "reaction".*?"Actual Rows": ([0-9.]+)', plan, re.DOTALL)
    assert read
    assert all(float(rows) <= 10 for rows in read)


async def test_who_reacted_comes_in_pages(engine: Engine) -> None:
    people = await make_people(engine, 3)
    stream = await make_group(engine, people)
    said = await say(engine, people[0], stream, "到货了")
    for person in people:
        await react(engine, person, stream, said.seq, "🎉")
    asked = GetReactions(stream=stream, seq=said.seq, emoji="🎉", limit=2)
    page = await ask(engine, people[1], "chat.reactions", asked, Reactions)
    assert page.next == people[1].id
    last = GetReactions(stream=stream, seq=said.seq, emoji="🎉", after=page.next or 0)
    assert (await ask(engine, people[1], "chat.reactions", last, Reactions)).next is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text_too_short"),
        ("好", "not_one_emoji"),
        ("1", "not_one_emoji"),
        ("👍👍", "not_one_emoji"),
        (" 👍", "not_one_emoji"),
        ("👍\u200d", "not_one_emoji"),
        ("\u200d", "not_one_emoji"),
        ("🏽", "not_one_emoji"),
        ("🇨", "not_one_emoji"),
        ("<b>", "not_one_emoji"),
        ("👍" * 40, "text_too_long"),
    ],
)
async def test_a_reaction_is_one_emoji(engine: Engine, text: str, code: str) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, "到了")
    body = msgspec.json.encode({"stream": stream, "seq": said.seq, "emoji": text}).decode()
    assert await refused(engine, li, "chat.react", body) == (422, code)


@pytest.mark.parametrize(
    "emoji",
    [
        "👍",
        "❤️",
        "👨‍👩‍👧‍👦",
        "🇨🇳",
        "👩🏽‍🔧",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "1️⃣",
        "🫡",
        "☑",
    ],
)
async def test_whatever_is_seen_as_one_emoji_is_one(engine: Engine, emoji: str) -> None:
    [wang] = await make_people(engine, 1)
    stream = await open_direct(engine, wang, wang.id)
    said = await say(engine, wang, stream, "到了")
    assert (await react(engine, wang, stream, said.seq, emoji)).seq == 2


async def test_a_message_takes_twenty_different_reactions(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    stream = await open_direct(engine, wang, wang.id)
    said = await say(engine, wang, stream, "到了")
    for n in range(20):
        await react(engine, wang, stream, said.seq, chr(0x1F600 + n))
    body = msgspec.json.encode({"stream": stream, "seq": said.seq, "emoji": "🎉"}).decode()
    assert await refused(engine, wang, "chat.react", body) == (409, "too_many_reactions")
