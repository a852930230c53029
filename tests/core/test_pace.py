"""Who has spoken when in a slow stream: looked up once, heard late, and never more than a machine can remember."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from dianmai.core import pace
from dianmai.core.engine import Asked, Engine
from dianmai.core.journal import Committed, Placed
from dianmai.core.pace import Pace
from tests.core.trial import Say, make_people, make_stream

CHAT = "chat:1"


def said(actor: int, nonce: str, ago_s: float, stream: str = CHAT) -> Committed:
    """News that somebody has written, so many seconds after it."""
    at = datetime.now(UTC) - timedelta(seconds=ago_s)
    entry = Placed(stream, 1, 1, at, actor, nonce, "trial.line", None, b"{}", b"{}")
    return Committed(stream, "members", 1, 1, [entry])


async def test_nobody_takes_a_turn_while_it_is_looked_up_who_has_had_theirs(core: Engine) -> None:
    ann, bob = await make_people(core, 2)
    await make_stream(core, CHAT, [ann, bob])
    say = Asked("trial.say", msgspec.json.encode(Say(stream=CHAT, text="早")), "said-00001")
    await core.answer(bob, say)
    fresh = Pace(core.database.pool)
    first, second, third = await asyncio.gather(
        fresh.wait_s(CHAT, ann.id, "of-ann-001", 600),
        fresh.wait_s(CHAT, bob.id, "of-bob-001", 600),
        fresh.wait_s(CHAT, ann.id, "of-ann-002", 600),
    )
    assert first == 0
    assert 590 < second <= 600
    assert 590 < third <= 600


async def test_who_gives_up_asking_leaves_it_to_the_next(core: Engine) -> None:
    [ann] = await make_people(core, 1)
    fresh = Pace(core.database.pool)
    asking = asyncio.create_task(fresh.wait_s(CHAT, ann.id, "of-ann-001", 600))
    await asyncio.sleep(0)
    asking.cancel()
    assert await fresh.wait_s(CHAT, ann.id, "of-ann-002", 600) == 0


async def test_news_that_comes_late_counts_from_when_it_was_said(core: Engine) -> None:
    heard = Pace(core.database.pool)
    await heard.wait_s(CHAT, 1, "asked-0001", 30)
    heard.follow([said(2, "late-00001", 100), said(3, "late-00002", 20)])
    assert await heard.wait_s(CHAT, 2, "now-000001", 30) == 0
    assert 5 < await heard.wait_s(CHAT, 3, "now-000002", 30) <= 10
    heard.follow([said(2, "late-00003", 25)])  # older than what is known
    assert 25 < await heard.wait_s(CHAT, 2, "now-000003", 30) <= 30


async def test_what_is_remembered_has_an_end(core: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_SPEAKERS", 3)
    monkeypatch.setattr(pace, "MOST_STREAMS", 2)
    heard = Pace(core.database.pool)
    for number in range(1, 6):
        assert await heard.wait_s(CHAT, number, f"first-{number:04}", 600) == 0
    waits = [await heard.wait_s(CHAT, number, f"again-{number:04}", 600) > 0 for number in (5, 4, 3)]
    assert waits == [True, True, True]
    assert await heard.wait_s(CHAT, 1, "again-0001", 600) == 0
    for other in ("chat:2", "chat:3"):
        await heard.wait_s(other, 1, "elsewhere-1", 600)
    assert await heard.wait_s(CHAT, 5, "third-0005", 600) == 0, "forgotten with its stream, nothing stored"
