"""What the chat promises about messages (reliability D1–D4, D8), on a real database through the engine."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from dianmai import chat
from dianmai.core.access import Actor, end_access
from dianmai.core.appending import Appends, Decide, Decided, Tell
from dianmai.core.db import Database
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Conflict, NotAllowed, NotFound, Refusal
from dianmai.core.journal import Committed
from dianmai.core.transactions import Transaction
from tests.chat.conftest import chat_operations
from tests.chat.talk import (
    add,
    catch_up,
    conversations,
    history,
    make_group,
    mark_read,
    open_direct,
    remove,
    say,
)
from tests.core.trial import make_people


async def test_seq_and_no_have_no_holes_under_64_concurrent_senders(engine: Engine) -> None:
    people = await make_people(engine, 64)
    groups = [await make_group(engine, people) for _ in range(5)]
    dice = random.Random(11)
    turns = [(person, [dice.choice(groups) for _ in range(10)]) for person in people]

    async def talk(person: Actor, streams: list[str]) -> list[tuple[str, int, int]]:
        sent = [await say(engine, person, stream, f"{person.id}") for stream in streams]
        return [(s.stream, s.seq, s.no) for s in sent]

    said = [place for places in await asyncio.gather(*(talk(*t) for t in turns)) for place in places]
    for stream in groups:
        numbers = sorted((seq, no) for s, seq, no in said if s == stream)
        assert numbers == [(n, n) for n in range(1, len(numbers) + 1)]
    pool = engine.database.pool
    assert await pool.fetchval("SELECT count(*) FROM entry WHERE kind = 'chat.message'") == 640


async def test_a_nonce_sent_again_stores_once_also_at_once_and_after_a_restart(engine: Engine, dsn: str) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    first = await asyncio.gather(*(say(engine, wang, stream, "今天到货吗", "same-nonce-1") for _ in range(20)))
    restarted = Engine(Database(dsn, size=2), chat_operations, chat.folds)
    await restarted.start()
    again = await say(restarted, wang, stream, "今天到货吗", "same-nonce-1")
    await restarted.stop()
    assert {(s.seq, s.no, s.at) for s in [*first, again]} == {(1, 1, again.at)}
    page = await history(engine, li, stream)
    assert [m.body.text for m in page.messages] == ["今天到货吗"]


async def test_two_processes_at_once_store_a_nonce_once(engine: Engine, dsn: str) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    other = Engine(Database(dsn, size=2), chat_operations, chat.folds)
    await other.start()
    sends = [say(e, wang, stream, f"第{n}句", f"twice-{n:05}") for n in range(30) for e in (engine, other)]
    places = await asyncio.gather(*sends)
    await other.stop()
    assert sorted({p.no for p in places}) == list(range(1, 31))
    assert [a.no for a in places[::2]] == [b.no for b in places[1::2]]


async def test_the_same_nonce_with_other_text_is_refused_and_stores_nothing(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    await say(engine, wang, stream, "两箱", "same-nonce-1")
    with pytest.raises(Conflict) as refused:
        await say(engine, wang, stream, "三箱", "same-nonce-1")
    assert (refused.value.code, refused.value.status) == ("idempotency_conflict", 409)
    assert len((await history(engine, wang, stream)).messages) == 1


async def test_a_nonce_belongs_to_its_author(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    await say(engine, wang, stream, "到了", "same-nonce-1")
    assert (await say(engine, li, stream, "收到", "same-nonce-1")).no == 2


async def test_live_entries_and_those_of_catching_up_are_the_same_bytes(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    live: list[Committed] = []
    engine.listeners.add(live.extend)
    for text in ["早", '带"引号"和\\', "👨‍👩‍👧‍👦 𠮷 𫠊", "<b>不是标签</b>", "一\n二", "\u202e反"]:
        await say(engine, wang, stream, text)
    answered = await engine.answer(li, Asked("sync.entries", b'{"stream":"%b","after":0}' % stream.encode()))
    raws = [entry.raw for batch in live if batch.stream == stream for entry in batch.entries]
    assert len(raws) == 6
    assert all(raw in answered.body for raw in raws)


async def test_who_was_removed_between_deciding_and_committing_cannot_send(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [wang, li, zhao] = await make_people(engine, 3)
    stream = await make_group(engine, [wang, li, zhao])
    await say(engine, li, stream, "我在")
    decided, removed = asyncio.Event(), asyncio.Event()
    really = Appends.in_order

    async def late(self: Appends, decide: Sequence[Decide], tell: Tell) -> None:
        async def after_removal() -> Decided:
            settled = await decide[0]()
            decided.set()
            await removed.wait()
            return settled

        await really(self, [after_removal], tell)

    monkeypatch.setattr(Appends, "in_order", late)
    sending = asyncio.create_task(say(engine, li, stream, "我还在吗"))
    await decided.wait()
    await remove(engine, stream, li)
    removed.set()
    with pytest.raises(NotFound):
        await sending
    monkeypatch.undo()
    assert [m.body.text for m in (await history(engine, wang, stream)).messages] == ["我在"]


async def test_who_was_removed_by_another_process_can_neither_send_nor_read(engine: Engine, dsn: str) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang, li])
    await say(engine, li, stream, "大家好")
    other = Engine(Database(dsn, size=2), chat_operations, chat.folds)
    await other.start()
    await remove(other, stream, li)
    await other.stop()
    for attempt in (say(engine, li, stream, "还能发吗"), history(engine, li, stream), mark_read(engine, li, stream, 1)):
        with pytest.raises(NotFound):
            await attempt
    assert await conversations(engine, li) == []
    assert stream not in {s.stream for s in (await catch_up(engine, li)).streams}


async def test_a_removed_member_gets_no_entry_of_the_removal_or_later(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang, li])
    await say(engine, wang, stream, "看得到")
    await remove(engine, stream, li)
    await say(engine, wang, stream, "看不到")
    assert stream not in {e.stream for e in (await catch_up(engine, li, {stream: 1})).entries}


async def test_a_newcomer_sees_what_came_after_joining_and_nothing_else(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang])
    for n in range(1, 6):
        await say(engine, wang, stream, f"之前{n}")
    await add(engine, stream, li)
    [seen] = await conversations(engine, li)
    assert (seen.last, seen.head_no - seen.read_no) == (None, 0)
    empty = await history(engine, li, stream)
    assert (empty.messages, empty.more_before, empty.more_after) == ([], False, False)
    await say(engine, wang, stream, "欢迎")
    for page in (
        await history(engine, li, stream),
        await history(engine, li, stream, after=0),
        await history(engine, li, stream, before=100),
    ):
        assert [(m.no, m.body.text) for m in page.messages] == [(6, "欢迎")]
        assert (page.more_before, page.more_after) == (False, False)
    assert (await history(engine, li, stream, before=6)).messages == []
    assert [e.seq for e in (await catch_up(engine, li)).entries if e.stream == stream] == [6]


async def test_who_is_not_in_gets_the_answer_of_a_conversation_that_does_not_exist(engine: Engine) -> None:
    [wang, li, outsider] = await make_people(engine, 3)
    stream = await open_direct(engine, wang, li.id)
    await say(engine, wang, stream, "机密")
    requests = {
        "chat.send": b'{"stream":"%b","text":"x"}',
        "chat.history": b'{"stream":"%b"}',
        "chat.members": b'{"stream":"%b"}',
        "sync.entries": b'{"stream":"%b","after":0}',
        "sync.read": b'{"stream":"%b","no":1}',
    }
    for op, body in requests.items():
        answers: list[tuple[object, ...]] = []
        for name in (stream.encode(), b"chat:987654", b"chat:no-such-one"):
            with pytest.raises(Refusal) as refused:
                await engine.answer(outsider, Asked(op, body % name, "outsider-1"))
            answers.append((refused.value.status, refused.value.body("zh-CN", "r")))
        assert answers[0] == answers[1] == answers[2], op
        assert answers[0][0] == 404


async def test_streams_that_are_no_conversations_take_no_messages(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    for op in ("chat.send", "chat.history", "chat.members"):
        extra = b',"text":"x"' if op == "chat.send" else b""
        with pytest.raises(NotFound):
            await engine.answer(wang, Asked(op, b'{"stream":"person:%d"%b}' % (wang.id, extra), "nonce-0001"))


async def test_whose_access_has_ended_neither_sends_nor_reads(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    await say(engine, li, stream, "最后一句")

    async def leave(tx: Transaction) -> None:
        await end_access(tx, [li.id])

    await engine.write(leave)
    for attempt in (say(engine, li, stream, "还在"), history(engine, li, stream), conversations(engine, li)):
        with pytest.raises(NotAllowed) as refused:
            await attempt
        assert refused.value.code == "session_revoked"
