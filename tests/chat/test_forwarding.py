"""Forwarding: what is carried on is what the originals say, for whom and how much of it."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import fields

from dianmai import chat
from dianmai.core.access import Actor
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from dianmai.core.errors import Refusal
from dianmai.files import store as files_store
from dianmai.wire.chat import MessageBody, Send, Sent
from tests.chat.carried import bodies, forward
from tests.chat.conftest import chat_operations
from tests.chat.talk import (
    add,
    answer,
    ask,
    conversations,
    edit,
    entries,
    history,
    make_group,
    open_direct,
    recall,
    say,
)
from tests.chat.test_forwarding_refused import refused
from tests.chat.test_pictures import readable, upload
from tests.core.trial import make_people


async def name(engine: Engine, actor: Actor, called: str) -> None:
    await engine.database.pool.execute(
        "INSERT INTO person (id, employee_no, name) VALUES ($1::bigint, 'E' || $1, $2)", actor.id, called
    )


async def test_each_message_goes_by_itself_in_order_and_says_who_wrote_it(engine: Engine) -> None:
    [wang, li, zhao] = await make_people(engine, 3)
    await name(engine, wang, "王敏")
    await name(engine, li, "李明")
    there = await make_group(engine, [wang, li])
    direct, group = await open_direct(engine, li, zhao.id), await make_group(engine, [li, zhao], "徐家汇店")
    first = await say(engine, wang, there, "端架摆成金字塔")
    second = await answer(engine, li, there, first.seq, "卖得真快")
    await edit(engine, wang, there, first.seq, "端架摆成金字塔，补货方便")
    await forward(engine, li, there, [second.seq, first.seq, first.seq], [group, direct, group], text="  学一学 ")
    for stream in (direct, group):
        page = (await history(engine, zhao, stream)).messages
        assert [m.author for m in page] == [li.id] * 3
        assert len({m.nonce for m in page}) == 3
        one, two, line = [m.body for m in page]
        assert (one.text, two.text, line.text) == ("端架摆成金字塔，补货方便", "卖得真快", "学一学")
        assert one.forwarded is not None
        assert two.forwarded is not None
        assert (one.forwarded.author, one.forwarded.name, one.forwarded.at) == (wang.id, "王敏", first.at)
        assert (two.forwarded.author, two.forwarded.name) == (li.id, "李明")
        assert (one.edited, two.reply, line.forwarded) == (0, None, None)
    listed = {one.stream: one for one in await conversations(engine, zhao)}
    assert listed[group].head_no - listed[group].read_no == 3


async def test_merged_they_are_one_message_of_excerpts(engine: Engine) -> None:
    [wang, li, zhao] = await make_people(engine, 3)
    await name(engine, wang, "王敏")
    there, to = await make_group(engine, [wang, li]), await make_group(engine, [li, zhao])
    picture = await upload(engine, wang, "shelf-0001")
    sheet = await upload(engine, wang, "price-0001", "file")
    said = [await say(engine, wang, there, "新价签"), await say(engine, li, there, "收到")]
    said.append(await ask(engine, wang, "chat.send", Send(stream=there, pictures=[picture], files=[sheet]), Sent))
    await forward(engine, li, there, [one.seq for one in said], [to], merged=True, text="照这个做")
    merged, line = await bodies(engine, zhao, to)
    assert (merged.text, merged.forwarded, line.text) == ("", None, "照这个做")
    assert [(e.author, e.name, e.at, e.text) for e in merged.merged] == [
        (wang.id, "王敏", said[0].at, "新价签"),
        (li.id, "", said[1].at, "收到"),
        (wang.id, "王敏", said[2].at, ""),
    ]
    assert [f.id for e in merged.merged for f in (*e.pictures, *e.files)] == [picture, sheet]
    [listed] = [one for one in await conversations(engine, zhao) if one.stream == to]
    assert listed.last is not None
    assert listed.last.body.text == "照这个做"


async def test_the_list_is_not_told_all_that_was_merged(engine: Engine) -> None:
    [li, zhao] = await make_people(engine, 2)
    there, to = await make_group(engine, [li]), await make_group(engine, [li, zhao])
    said = [await say(engine, li, there, f"第{n}句") for n in range(3)]
    await forward(engine, li, there, [one.seq for one in said], [to], merged=True)
    [listed] = await conversations(engine, zhao)
    assert listed.last is not None
    assert [e.text for e in listed.last.body.merged] == ["第0句"]


async def test_files_are_read_exactly_while_the_forwarded_message_holds_them(engine: Engine) -> None:
    [wang, li, zhao, late] = await make_people(engine, 4)
    there, to = await make_group(engine, [wang, li]), await make_group(engine, [li, zhao])
    ids = [await upload(engine, wang, f"picture-{n:02}") for n in range(2)]
    one, two = [await ask(engine, wang, "chat.send", Send(stream=there, pictures=[i]), Sent) for i in ids]
    assert not await readable(engine, zhao, ids[0])
    await forward(engine, li, there, [one.seq], [to])
    await forward(engine, li, there, [one.seq, two.seq], [to], merged=True)
    assert all([await readable(engine, zhao, i) for i in ids])
    await add(engine, to, late)
    assert not any([await readable(engine, late, i) for i in ids])

    await recall(engine, wang, there, one.seq)
    assert not await readable(engine, wang, ids[0]), "what was taken back is gone where it was said"
    assert await readable(engine, zhao, ids[0]), "copies that somebody made stay theirs"
    carried = (await history(engine, zhao, to)).messages
    await recall(engine, li, to, carried[0].seq)
    assert await readable(engine, zhao, ids[0]), "the other one holds it still"
    await recall(engine, li, to, carried[1].seq)
    assert not any([await readable(engine, zhao, i) for i in ids])
    assert await bodies(engine, zhao, to) == [MessageBody(recalled_by=li.id)] * 2


async def test_forwarded_again_it_keeps_its_author_and_merged_ones_nest_to_a_depth(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    await name(engine, wang, "王敏")
    there, notes = await make_group(engine, [wang, li]), await open_direct(engine, li, li.id)
    said = await say(engine, wang, there, "冷柜报警先拍照")
    await forward(engine, li, there, [said.seq], [notes])
    await forward(engine, li, notes, [1], [there])
    twice = (await bodies(engine, wang, there))[-1]
    assert twice.forwarded is not None
    assert (twice.forwarded.author, twice.forwarded.name, twice.forwarded.at) == (wang.id, "王敏", said.at)

    await forward(engine, li, notes, [1], [notes], merged=True)
    for seq in (2, 3):
        await forward(engine, li, notes, [seq], [notes], merged=True)
    deepest = (await bodies(engine, li, notes))[-1]
    inner = deepest.merged[0].merged[0].merged[0]
    assert (inner.text, inner.forwarded and inner.forwarded.name, inner.merged) == ("冷柜报警先拍照", "王敏", [])
    body = f'{{"stream":"{notes}","seqs":[4],"to":["{notes}"],"merged":true}}'
    assert await refused(engine, li, body) == (422, "forwarded_too_deep", "seqs")
    await forward(engine, li, notes, [4], [there])
    assert (await bodies(engine, wang, there))[-1].merged == deepest.merged


async def test_however_many_files_go_wherever_they_are_held_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever forwards has the groups they go to wait meanwhile."""
    [wang, li, zhao] = await make_people(engine, 3)
    there, others = await make_group(engine, [wang, li]), [await make_group(engine, [li, zhao]) for _ in range(3)]
    ids = [await upload(engine, wang, f"shelf-{n:04}") for n in range(3)]
    film = await upload(engine, wang, "film-0001", "video")
    await engine.database.pool.execute("UPDATE file SET poster = $2 WHERE id = $1", film, ids[1])
    said = [await ask(engine, wang, "chat.send", Send(stream=there, pictures=[one]), Sent) for one in (*ids, ids[0])]
    said.append(await ask(engine, wang, "chat.send", Send(stream=there, files=[film]), Sent))
    really, statements = files_store.hold, 0

    async def counted(*given: Any) -> None:
        nonlocal statements
        statements += 1
        await really(*given)

    monkeypatch.setattr(files_store, "hold", counted)
    await forward(engine, li, there, [one.seq for one in said], others)
    assert statements == 1
    assert all([await readable(engine, zhao, one) for one in (*ids, film)])
    rows = await engine.database.pool.fetch(
        "SELECT file, seq, also, kind FROM file_holding WHERE stream = $1 ORDER BY file", others[0]
    )
    assert [tuple(row) for row in rows] == [
        (film, 5, [], "video"),
        (ids[0], 4, [1], "picture"),
        (ids[1], 5, [2], "picture"),
        (ids[2], 3, [], "picture"),
    ]
    await recall(engine, li, others[0], 4)
    assert await readable(engine, zhao, ids[0]), "the first one holds it still"


async def test_sent_again_it_is_forwarded_once_whatever_became_of_the_original(engine: Engine, dsn: str) -> None:
    [wang, li] = await make_people(engine, 2)
    there, to = await make_group(engine, [wang, li]), await make_group(engine, [li])
    said = await say(engine, wang, there, "八点开门")
    await forward(engine, li, there, [said.seq], [to], "same-nonce-1")
    await recall(engine, wang, there, said.seq)
    restarted = Engine(Database(dsn, size=2), chat_operations, chat.folds)
    await restarted.start()
    await forward(restarted, li, there, [said.seq], [to], "same-nonce-1")
    await restarted.stop()
    assert [body.text for body in await bodies(engine, li, to)] == ["八点开门"]
    body = f'{{"stream":"{there}","seqs":[{said.seq}],"to":["{to}"],"merged":true}}'
    assert await refused(engine, li, body, "same-nonce-1") == (409, "idempotency_conflict", None)


async def test_forwarded_words_are_not_edited(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    there, to = await make_group(engine, [wang, li]), await make_group(engine, [li])
    said = await say(engine, wang, there, "八点开门")
    await forward(engine, li, there, [said.seq], [to], text="看一下")
    with pytest.raises(Refusal, match="forwarded_unchanged"):
        await edit(engine, li, to, 1, "九点开门")
    await edit(engine, li, to, 2, "都看一下")


def test_every_part_of_a_message_is_carried_on_or_left_behind_on_purpose() -> None:
    carried = {"text", "pictures", "files", "merged", "forwarded", "markdown"}
    # Who was called once is not called by a copy; a card says the same in its text.
    left = {"reply", "edited", "recalled_by", "mentions", "card"}
    assert {field.name for field in fields(MessageBody)} == carried | left


async def test_devices_hear_what_pages_show(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    there, to = await make_group(engine, [wang, li]), await make_group(engine, [wang, li])
    said = [await say(engine, wang, there, f"第{n}句") for n in range(4)]
    await forward(engine, li, there, [one.seq for one in said], [to])
    await forward(engine, li, there, [one.seq for one in said], [to], merged=True)
    heard = await entries(engine, wang, to)
    shown = (await history(engine, wang, to)).messages
    assert [(e.seq, e.no, e.nonce, msgspec.convert(e.body, MessageBody)) for e in heard] == [
        (m.seq, m.no, m.nonce, m.body) for m in shown
    ]
