"""What becomes of messages after they were said: edited and taken back."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from bench.auditing import Audit, chain_holds
from dianmai import chat
from dianmai.core import sealing
from dianmai.core.appending import Appends, Decide, Decided, Tell
from dianmai.core.db import Database
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Refusal
from dianmai.core.journal import Committed
from dianmai.wire.chat import MessageBody
from tests.chat.conftest import chat_operations
from tests.chat.later import SECRET, everything_readable, pass_minutes, refused
from tests.chat.talk import (
    add,
    answer,
    catch_up,
    conversations,
    edit,
    entries,
    history,
    make_group,
    open_direct,
    react,
    recall,
    say,
)
from tests.core.trial import make_people


async def test_an_edited_message_shows_its_new_text_everywhere_and_the_old_one_nowhere(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, SECRET)
    await edit(engine, wang, stream, said.seq, "进货价见附件")
    changed = await edit(engine, wang, stream, said.seq, "改价见通知")
    [message] = (await history(engine, li, stream)).messages
    assert (message.body.text, message.changed, message.no) == ("改价见通知", changed.seq, said.no)
    assert message.body.edited == changed.at
    [listed] = await conversations(engine, li)
    assert (listed.last and listed.last.body.text, listed.head_no - listed.read_no) == ("改价见通知", 1)
    found = await everything_readable(engine, li, stream)
    assert SECRET not in found
    assert "进货价见附件" not in found


async def test_a_recalled_message_is_not_to_be_read_on_any_way_and_its_place_stays(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang, li])
    said = await say(engine, wang, stream, SECRET)
    await edit(engine, wang, stream, said.seq, f"{SECRET}，勿外传")
    await answer(engine, li, stream, said.seq, "收到")
    await react(engine, li, stream, said.seq, "👍")
    assert SECRET in await everything_readable(engine, li, stream)
    gone = await recall(engine, wang, stream, said.seq)
    for reader in (wang, li):
        assert SECRET not in await everything_readable(engine, reader, stream)
    first, reply = (await history(engine, li, stream)).messages
    assert first.body == MessageBody(recalled_by=wang.id)
    assert (first.seq, first.no, first.changed, first.reactions) == (said.seq, said.no, gone.seq, [])
    assert reply.body.reply is not None
    assert (reply.body.reply.seq, reply.body.reply.author) == (said.seq, wang.id)


async def test_whoever_asked_before_a_recall_and_is_answered_after_it_gets_nothing_old(engine: Engine) -> None:
    """Many ask at once, and what they lack is read once for all of them: no answer is kept for the next."""
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, SECRET)
    before = await asyncio.gather(*(catch_up(engine, li) for _ in range(20)))
    assert all(SECRET in repr(one) for one in before)
    asking = [asyncio.create_task(catch_up(engine, li)) for _ in range(50)]
    await asyncio.sleep(0)
    await recall(engine, wang, stream, said.seq)
    after = [await catch_up(engine, li) for _ in range(3)]
    assert not any(SECRET in repr(one) for one in after)
    for one in await asyncio.gather(*asking):
        mine = [entry for entry in one.entries if entry.stream == stream]
        assert SECRET not in repr(mine) or mine[-1].seq == said.seq, "with the recall comes nothing it withdraws"


async def test_a_sent_again_recalled_message_answers_its_place_and_says_nothing(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    live: list[Committed] = []
    said = await say(engine, wang, stream, SECRET, "same-nonce-1")
    await recall(engine, wang, stream, said.seq)
    engine.listeners.add(live.extend)
    assert await say(engine, wang, stream, SECRET, "same-nonce-1") == said
    assert live == []
    assert SECRET not in await everything_readable(engine, li, stream)


async def test_whoever_joined_since_reads_no_new_words_of_old_messages(engine: Engine) -> None:
    [wang, li, new] = await make_people(engine, 3)
    stream = await make_group(engine, [wang, li])
    said = await say(engine, wang, stream, "周一调价")
    await add(engine, stream, new)
    later = await say(engine, wang, stream, "周二开会")
    before = (await catch_up(engine, new)).streams[0].head
    await edit(engine, wang, stream, said.seq, SECRET)
    await react(engine, li, stream, said.seq, "🎉")
    await edit(engine, wang, stream, later.seq, "周三开会")
    found = await everything_readable(engine, new, stream)
    assert SECRET not in found
    assert "🎉" not in found
    assert "周三开会" in found
    for lacking in ({}, {stream: before}):
        heard = [e for e in (await catch_up(engine, new, lacking)).entries if e.stream == stream]
        assert [(e.kind, e.target, e.body.get("text")) for e in heard][-3:] == [
            ("chat.edited", said.seq, None),
            ("chat.reacted", said.seq, None),
            ("chat.edited", later.seq, "周三开会"),
        ]
    assert SECRET in await everything_readable(engine, li, stream)


async def test_r04_r116_the_ledger_keeps_every_version_and_holds(engine: Engine, dsn: str) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, "八点开门")
    first = await edit(engine, wang, stream, said.seq, "九点开门")
    second = await edit(engine, wang, stream, said.seq, "十点开门")
    await recall(engine, wang, stream, said.seq)
    pool = engine.database.pool
    kept = [await sealing.as_appended(pool, stream, seq) for seq in (said.seq, first.seq, second.seq)]
    assert [msgspec.json.decode(body or b"null")["text"] for body in kept] == ["八点开门", "九点开门", "十点开门"]
    audit = Audit()
    await chain_holds(dsn, stream, audit)
    assert audit.stored == 4
    await pool.execute("UPDATE sealed_entry SET body = '{}' WHERE stream = $1 AND seq = $2", stream, first.seq)
    with pytest.raises(AssertionError, match="the body is the hashed one"):
        await chain_holds(dsn, stream, Audit())


async def test_an_edit_writes_no_edit_again_but_the_last(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    stream = await open_direct(engine, wang, wang.id)
    said = await say(engine, wang, stream, "八点开门")
    written = "SELECT seq, xmin FROM entry WHERE stream = $1 AND kind = 'chat.edited' ORDER BY seq"

    async def edits() -> dict[int, int]:
        return {row[0]: row[1] for row in await engine.database.pool.fetch(written, stream)}

    for hour in "九十":
        await edit(engine, wang, stream, said.seq, f"{hour}点开门")
    before = await edits()
    last = await edit(engine, wang, stream, said.seq, "十一点开门")
    after_one = await edits()
    assert [seq for seq in before if before[seq] != after_one[seq]] == [last.seq - 1]
    await recall(engine, wang, stream, said.seq)
    after_recall = await edits()
    assert [seq for seq in after_one if after_one[seq] != after_recall[seq]] == [last.seq]
    assert "点开门" not in await everything_readable(engine, wang, stream)


async def test_only_the_author_and_only_for_some_minutes(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, "早")
    one = f'{{"stream":"{stream}","seq":{said.seq}}}'
    new = f'{{"stream":"{stream}","seq":{said.seq},"text":"晚"}}'
    assert await refused(engine, li, "chat.edit", new) == (403, "not_author")
    assert await refused(engine, li, "chat.recall", one) == (403, "not_author")
    await pass_minutes(engine, stream, 3)
    assert await refused(engine, wang, "chat.recall", one) == (403, "recall_window_over")
    await edit(engine, wang, stream, said.seq, "早上好", "edited-in-time")
    await pass_minutes(engine, stream, 60)
    assert await refused(engine, wang, "chat.edit", new) == (403, "edit_window_over")
    again = await edit(engine, wang, stream, said.seq, "早上好", "edited-in-time")
    assert again.seq == said.seq + 1
    assert await refused(engine, wang, "chat.edit", new, "edited-in-time") == (409, "idempotency_conflict")


async def test_a_recalled_message_takes_nothing_any_more(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, "早")
    first = await recall(engine, wang, stream, said.seq, "recalled-once")
    assert await recall(engine, wang, stream, said.seq, "recalled-once") == first
    one = f'{{"stream":"{stream}","seq":{said.seq}'
    assert await refused(engine, wang, "chat.recall", one + "}") == (409, "recalled")
    assert await refused(engine, wang, "chat.edit", one + ',"text":"晚"}') == (409, "recalled")
    assert await refused(engine, li, "chat.react", one + ',"emoji":"👍"}') == (409, "recalled")
    assert (await answer(engine, li, stream, said.seq, "怎么撤了")).no == 2


async def test_what_was_decided_before_a_recall_of_another_process_is_refused(
    engine: Engine, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, SECRET)
    decided, recalled = asyncio.Event(), asyncio.Event()
    really = Appends.in_order

    async def late(self: Appends, decide: Sequence[Decide], tell: Tell) -> None:
        async def after_recall() -> Decided:
            settled = await decide[0]()
            decided.set()
            await recalled.wait()
            return settled

        await really(self, [after_recall], tell)

    monkeypatch.setattr(Appends, "in_order", late)
    editing = asyncio.create_task(edit(engine, wang, stream, said.seq, f"{SECRET}！"))
    await decided.wait()
    monkeypatch.undo()
    other = Engine(Database(dsn, size=2), chat_operations, chat.folds)
    await other.start()
    await recall(other, wang, stream, said.seq)
    await other.stop()
    recalled.set()
    with pytest.raises(Refusal) as refusal:
        await editing
    assert refusal.value.code == "recalled"
    assert SECRET not in await everything_readable(engine, li, stream)


async def test_what_shares_a_commit_with_a_recall_and_stands_behind_it_is_refused(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, SECRET)
    place = f'"stream":"{stream}","seq":{said.seq}'
    row = [
        Asked("chat.edit", f'{{{place},"text":"{SECRET}？"}}'.encode(), "in-a-row-1"),
        Asked("chat.recall", f"{{{place}}}".encode(), "in-a-row-2"),
        Asked("chat.edit", f'{{{place},"text":"{SECRET}！"}}'.encode(), "in-a-row-3"),
        Asked("chat.react", f'{{{place},"emoji":"👍"}}'.encode(), "in-a-row-4"),
    ]
    ended: dict[int, object] = {}
    await engine.answer_in_order(wang, row, ended.__setitem__)
    assert [getattr(ended[n], "code", "ok") for n in range(4)] == ["ok", "ok", "recalled", "recalled"]
    assert SECRET not in await everything_readable(engine, li, stream)
    assert [e.kind for e in await entries(engine, li, stream)] == ["chat.message", "chat.edited", "chat.recalled"]
