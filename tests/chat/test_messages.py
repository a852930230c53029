"""What a message may be (reliability §6, rows 29–36), and direct conversations."""

import asyncio

import pytest

from dianmai.core.access import end_access
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Conflict, NotFound, Refusal
from dianmai.core.transactions import Transaction
from dianmai.wire.groups import GetMembers, Members
from tests.chat.talk import ask, conversations, history, make_group, open_direct, say
from tests.core.trial import make_people


@pytest.mark.parametrize(
    "text",
    [
        "👨‍👩‍👧‍👦 🇨🇳",
        "𠮷 𫠊 㐂",
        "一",
        "<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![x](http://evil/?c=) data:text/html",
        "[" * 10_000,
        "好" * 10_000,
        "第一行\n第二行\t缩进",
        "photo\u202egpj.exe",
        "; DROP TABLE entry; --",
    ],
)
async def test_what_people_write_comes_back_as_they_wrote_it(engine: Engine, text: str) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    await say(engine, wang, stream, text)
    [message] = (await history(engine, li, stream)).messages
    assert message.body.text == text
    assert message.author == wang.id


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ('{"stream":"%s","text":"   "}', 422, "blank_text"),
        ('{"stream":"%s","text":"\\u200b\\u200d"}', 422, "blank_text"),
        ('{"stream":"%s","text":"\u3164\u2800"}', 422, "blank_text"),
        ('{"stream":"%s"}', 422, "blank_text"),
        ('{"stream":"%s","text":"","pictures":[]}', 422, "text_too_short"),
        ('{"stream":"%s","text":"' + "字" * 10_001 + '"}', 422, "text_too_long"),
        ('{"stream":"%s","text":"a' + "\u0301" * 5_000 + '"}', 422, "too_many_combining_marks"),
        ('{"stream":"%s","text":"a' + "\\u0301" * 5_00 + '"}', 422, "too_many_combining_marks"),
        ('{"stream":"%s","text":"a' + "\u20d0" * 9 + '"}', 422, "too_many_combining_marks"),
        ('{"stream":"%s","text":"\\u0000"}', 400, "control_character"),
        ('{"stream":"%s","text":"\\u001b]0;x\\u0007"}', 400, "control_character"),
        ('{"stream":"%s","text":"\\ud800"}', 400, "invalid_unicode"),
        ('{"stream":"%s","text":{"$ne":null}}', 422, "invalid_type"),
        ('{"stream":"%s","text":"x","actor":1}', 422, "unknown_field"),
        ('{"stream":"%s","pictures":["nosuchfile1"]}', 404, "file_gone"),
        ('{"stream":"%s","pictures":["nosuchfile1","nosuchfile1"]}', 422, "duplicate_picture"),
        ('{"stream":"%s","pictures":["../../etc/passwd"]}', 422, "invalid_value"),
        ('{"stream":"%s","pictures":[' + ",".join(f'"file{n:08}"' for n in range(10)) + "]}", 422, "too_many_items"),
        ('{"stream":"%s","text":', 400, "invalid_json"),
        ("", 400, "body_required"),
    ],
)
async def test_what_is_no_message_is_refused_clearly_and_stores_nothing(
    engine: Engine, body: str, status: int, code: str
) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    with pytest.raises(Refusal) as refused:
        await engine.answer(wang, Asked("chat.send", body.replace("%s", stream).encode(), "nonce-0001"))
    assert (refused.value.status, refused.value.code) == (status, code)
    assert await engine.database.pool.fetchval("SELECT seq FROM stream WHERE stream = $1", stream) == 0


async def test_sending_needs_a_nonce(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    with pytest.raises(Refusal) as refused:
        await engine.answer(wang, Asked("chat.send", b'{"stream":"%b","text":"x"}' % stream.encode()))
    assert refused.value.code == "nonce_required"


async def test_two_people_have_one_direct_conversation_whoever_opens_it_and_when(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    opening = [open_direct(engine, *pair) for pair in [(wang, li.id), (li, wang.id)] * 10]
    streams = set(await asyncio.gather(*opening))
    assert len(streams) == 1
    assert await open_direct(engine, li, wang.id) in streams
    assert await engine.database.pool.fetchval("SELECT count(*) FROM conversation") == 1


async def test_an_empty_direct_conversation_is_listed_only_for_who_opened_it(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    assert [c.stream for c in await conversations(engine, wang)] == [stream]
    assert await conversations(engine, li) == []
    await say(engine, wang, stream, "在吗")
    [listed] = await conversations(engine, li)
    assert (listed.stream, listed.kind, listed.members) == (stream, "direct", 2)
    assert (listed.head_no, listed.read_no) == (1, 0)
    assert listed.last is not None
    assert listed.last.body.text == "在吗"


async def test_notes_to_oneself_have_one_member(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    stream = await open_direct(engine, wang, wang.id)
    await say(engine, wang, stream, "明天盘点")
    [listed] = await conversations(engine, wang)
    assert listed.members == 1
    assert await open_direct(engine, wang, wang.id) == stream


async def test_a_conversation_with_somebody_who_left_is_not_opened_but_an_old_one_stays(engine: Engine) -> None:
    [wang, li, zhao] = await make_people(engine, 3)
    stream = await open_direct(engine, wang, li.id)

    async def leave(tx: Transaction) -> None:
        await end_access(tx, [li.id])

    await engine.write(leave)
    assert await open_direct(engine, wang, li.id) == stream
    with pytest.raises(Conflict) as refused:
        await open_direct(engine, zhao, li.id)
    assert refused.value.code == "person_left"
    for nobody in (1, 987654):
        with pytest.raises(NotFound):
            await open_direct(engine, zhao, nobody)


async def test_conversations_come_with_the_newest_message_first(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    streams = [await make_group(engine, [wang, li], title=f"群{n}") for n in range(3)]
    for stream in (streams[1], streams[2], streams[0], streams[1]):
        await say(engine, li, stream, "新消息")
    listed = await conversations(engine, wang)
    assert [c.stream for c in listed] == [streams[1], streams[0], streams[2]]
    assert [c.title for c in listed] == ["群1", "群0", "群2"]
    assert [c.head_no - c.read_no for c in listed] == [2, 1, 1]


async def test_members_come_in_pages(engine: Engine) -> None:
    people = await make_people(engine, 7)
    stream = await make_group(engine, people)
    total, after, pages = 0, 0, 0
    while True:
        request = GetMembers(stream=stream, after=after, limit=3)
        page = await ask(engine, people[0], "chat.members", request, Members)
        total, pages = page.total, pages + 1
        if page.next is None:
            break
        after = page.next
    assert (total, pages) == (7, 3)


async def test_a_sent_answer_says_when_by_the_servers_clock(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    sent = await say(engine, wang, stream, "几点了")
    at = await engine.database.pool.fetchval("SELECT at FROM entry WHERE stream = $1", stream)
    assert sent.at == round(at.timestamp() * 1000)
    [message] = (await history(engine, wang, stream)).messages
    assert (message.at, message.seq, message.no) == (sent.at, sent.seq, sent.no)
