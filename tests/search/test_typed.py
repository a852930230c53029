"""What may be typed into search: whatever it is, it is text; and what is refused."""

from typing import Any

import msgspec
import pytest

from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Refusal
from tests.chat.talk import open_direct, say
from tests.core.trial import make_people
from tests.search.searching import find, follow


async def refused(engine: Engine, actor: Actor, body: bytes) -> tuple[str, int]:
    with pytest.raises(Refusal) as refusal:
        await engine.answer(actor, Asked("search.find", body))
    return refusal.value.code, refusal.value.status


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        ({"text": "长" * 10_000}, "query_too_long", 422),
        ({"text": "长" * 201}, "query_too_long", 422),
        ({"text": ""}, "text_too_short", 422),
        ({"text": " \u3000\t"}, "blank_text", 422),
        ({"text": "\u200b\u3164"}, "blank_text", 422),
        ({"text": "a", "limit": -1}, "invalid_limit", 422),
        ({"text": "a", "limit": 51}, "invalid_limit", 422),
        ({"text": "a", "role": "admin"}, "unknown_field", 422),
        ({"text": {"$ne": None}}, "invalid_type", 422),
        ({"text": "a", "stream": "chat:1' OR 1=1"}, "invalid_value", 422),
        ({"text": "a", "kind": "secret"}, "invalid_value", 422),
        ({"text": "a", "since": 5, "until": 5}, "search_span", 422),
        ({"text": "a", "since": 2**63}, "number_out_of_range", 400),
        ({"text": "a", "after": {"points": 0, "at": 2**60, "stream": "chat:1", "seq": 1}}, "number_out_of_range", 400),
    ],
)
async def test_what_is_refused(engine: Engine, body: dict[str, Any], code: str, status: int) -> None:
    [wang] = await make_people(engine, 1)
    assert await refused(engine, wang, msgspec.json.encode(body)) == (code, status)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"text":"\\ud800"}', "invalid_unicode"),
        (b'{"text":"a\\u0000b"}', "control_character"),
        (b"", "body_required"),
    ],
)
async def test_broken_text_is_refused(engine: Engine, body: bytes, code: str) -> None:
    [wang] = await make_people(engine, 1)
    assert await refused(engine, wang, body) == (code, 400)


TYPED = (
    "(a+)+$", "%%%%", '"unclosed', "'", "''", "\\", "\\'", "'; DROP TABLE found; --", "chat:1", "'chat:1' | a", "a:*",
    "!a", "a & b", "a <-> b", "<script>alert(1)</script>", "𠮷", "👨\u200d👩\u200d👧\u200d👦", "🇨🇳", "e\u0301",
    "啊" * 200,    "a" * 200, "a " * 100, "1", "\u0301", "=cmd", "｡ｶﾞ",
)  # fmt: skip


@pytest.mark.parametrize("typed", TYPED)
async def test_whatever_is_typed_is_text_and_finds_just_that(engine: Engine, typed: str) -> None:
    [wang, li] = await make_people(engine, 2)
    mine, theirs = await open_direct(engine, wang, wang.id), await open_direct(engine, li, li.id)
    await say(engine, wang, mine, f"说 {typed} 完")
    await say(engine, li, theirs, f"说 {typed} 完")
    await say(engine, wang, mine, "别的")
    await follow(engine)
    hits = (await find(engine, wang, typed)).hits
    found_by_nothing = {"%%%%", "'", "''", "\\", "\\'"}
    assert [hit.seq for hit in hits] == ([] if typed in found_by_nothing else [1])
    assert all(hit.stream == mine for hit in hits)


async def test_only_people_search(engine: Engine) -> None:
    assert await refused(engine, Actor(1, "system"), b'{"text":"a"}') == ("forbidden", 403)
