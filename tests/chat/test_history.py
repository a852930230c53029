"""Paging through history: nothing missed, nothing twice, while others keep talking."""

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Invalid
from tests.chat.talk import add, history, make_group, open_direct, say
from tests.core.trial import make_people


async def test_pages_go_both_ways_and_say_what_lies_beyond(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    assert (await history(engine, wang, stream)).messages == []
    for n in range(1, 8):
        await say(engine, wang, stream, f"第{n}句")

    async def page(**asked: int) -> tuple[list[int], bool, bool]:
        got = await history(engine, li, stream, **asked)
        return [m.no for m in got.messages], got.more_before, got.more_after

    assert await page(limit=3) == ([5, 6, 7], True, False)
    assert await page(before=5, limit=3) == ([2, 3, 4], True, True)
    assert await page(before=2, limit=3) == ([1], False, True)
    assert await page(before=1, limit=3) == ([], False, True)
    assert await page(after=0, limit=3) == ([1, 2, 3], False, True)
    assert await page(after=5, limit=3) == ([6, 7], True, False)
    assert await page(after=7, limit=3) == ([], True, False)
    assert await page(after=99, limit=3) == ([], True, False)
    assert await page(before=99, limit=200) == ([1, 2, 3, 4, 5, 6, 7], False, False)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"stream":"%b","before":3,"after":3}', "one_side_only"),
        (b'{"stream":"%b","limit":-1}', "invalid_limit"),
        (b'{"stream":"%b","limit":201}', "invalid_limit"),
        (b'{"stream":"%b","before":0}', "number_out_of_range"),
        (b'{"stream":"%b","after":"x"}', "invalid_type"),
        (b'{"stream":"%b","role":"admin"}', "unknown_field"),
    ],
)
async def test_a_page_asked_for_wrongly_is_refused(engine: Engine, body: bytes, code: str) -> None:
    [wang] = await make_people(engine, 1)
    stream = await make_group(engine, [wang])
    with pytest.raises(Invalid) as refused:
        await engine.answer(wang, Asked("chat.history", body % stream.encode()))
    assert refused.value.code == code


async def walk(engine: Engine, reader: Actor, stream: str, limit: int, *, backwards: bool) -> list[int]:
    """Reads a conversation page by page until there is no more."""
    seen: list[int] = []
    page = await history(engine, reader, stream, **({} if backwards else {"after": 0}), limit=limit)
    while page.messages:
        numbers = [m.no for m in page.messages]
        seen = numbers + seen if backwards else seen + numbers
        if not (page.more_before if backwards else page.more_after):
            break
        turn = {"before": numbers[0]} if backwards else {"after": numbers[-1]}
        page = await history(engine, reader, stream, **turn, limit=limit)
    return seen


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.integers(0, 25),
    joined=st.integers(0, 25),
    limit=st.integers(1, 9),
    backwards=st.booleans(),
    seed=st.integers(0, 2**16),
)
async def test_walking_misses_nothing_and_shows_nothing_twice_while_others_talk(
    engine: Engine, before: int, joined: int, limit: int, backwards: bool, seed: int
) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang])
    for n in range(before):
        await say(engine, wang, stream, f"之前{n}")
    await add(engine, stream, li)
    for n in range(joined):
        await say(engine, wang, stream, f"之后{n}")
    dice = random.Random(seed)

    async def others_talk() -> None:
        for n in range(15):
            await say(engine, wang, stream, f"同时{n}")
            if dice.random() < 0.3:
                await asyncio.sleep(0)

    talking = asyncio.create_task(others_talk())
    seen = await walk(engine, li, stream, limit, backwards=backwards)
    await talking
    start = before + 1
    assert seen == list(range(start, start + len(seen)))
    if joined:
        assert len(seen) >= joined
    assert await walk(engine, li, stream, limit, backwards=not backwards) == list(range(start, before + joined + 16))
