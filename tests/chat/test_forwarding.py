"""Forwarding: what is carried on is what the originals say, for whom and how much of it."""

import json

import msgspec
import pytest
from msgspec.structs import fields

from dianmai import chat
from dianmai.app import App
from dianmai.core.access import Actor
from dianmai.core.db import Database
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Refusal
from dianmai.wire.chat import MessageBody, Send, Sent
from tests.chat.carried import bodies, forward
from tests.chat.conftest import chat_operations
from tests.chat.groups_of import change, follow, group_named
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
    remove,
    say,
)
from tests.chat.test_pictures import readable, upload
from tests.core.trial import make_people
from tests.world import World


async def name(engine: Engine, actor: Actor, called: str) -> None:
    await engine.database.pool.execute(
        "INSERT INTO person (id, employee_no, name) VALUES ($1::bigint, 'E' || $1, $2)", actor.id, called
    )


async def refused(engine: Engine, actor: Actor, body: str, nonce: str = "refused-01") -> tuple[int, str, str | None]:
    with pytest.raises(Refusal) as refusal:
        await engine.answer(actor, Asked("chat.forward", body.encode(), nonce))
    return refusal.value.status, refusal.value.code, refusal.value.field


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


async def test_what_cannot_be_forwarded(engine: Engine) -> None:
    [wang, li, stranger] = await make_people(engine, 3)
    there, to = await make_group(engine, [wang, li]), await make_group(engine, [li])
    foreign = await make_group(engine, [stranger])
    secret = await say(engine, stranger, foreign, "进货价 8.20")
    said = [await say(engine, wang, there, f"第{n}句") for n in range(3)]
    await recall(engine, wang, there, said[2].seq)
    table: list[tuple[dict[str, object], tuple[int, str, str | None]]] = [
        ({"stream": foreign, "seqs": [secret.seq]}, (404, "not_found", "stream")),
        ({"stream": f"person:{li.id}"}, (404, "not_found", "stream")),
        ({"seqs": [said[0].seq, 99]}, (404, "not_found", "seqs")),
        ({"seqs": [said[0].seq, said[2].seq]}, (409, "recalled", "seq")),
        ({"seqs": [4]}, (404, "not_found", "seqs")),  # an entry, but no message
        ({"to": [to, foreign]}, (404, "not_found", "to")),
        ({"to": [f"person:{li.id}"]}, (404, "not_found", "to")),
        ({"to": ["chat:987654"]}, (404, "not_found", "to")),
        ({"seqs": []}, (422, "too_few_items", "seqs")),
        ({"seqs": list(range(1, 52))}, (422, "too_many_items", "seqs")),
        ({"to": [to] * 10}, (422, "too_many_items", "to")),
        ({"to": []}, (422, "too_few_items", "to")),
        ({"text": " \u3000"}, (422, "blank_text", "text")),
        ({"text": "长" * 10_001}, (422, "text_too_long", "text")),
        ({"text": "a" + "\u0301" * 9}, (422, "too_many_combining_marks", None)),
        ({"forwarded": {"author": wang.id}}, (422, "unknown_field", "forwarded")),
        ({"merged": 1}, (422, "invalid_type", "merged")),
    ]
    for change_, expected in table:
        body = {"stream": there, "seqs": [said[0].seq], "to": [to], **change_}
        assert await refused(engine, li, json.dumps(body)) == expected, change_
    assert await bodies(engine, li, to) == []
    await remove(engine, there, li)
    body = {"stream": there, "seqs": [said[0].seq], "to": [to]}
    assert await refused(engine, li, json.dumps(body)) == (404, "not_found", "stream")


async def test_nothing_from_before_somebody_joined_is_theirs_to_forward(engine: Engine) -> None:
    [wang, late] = await make_people(engine, 2)
    there, notes = await make_group(engine, [wang]), await open_direct(engine, late, late.id)
    before = await say(engine, wang, there, "只有老员工知道")
    await add(engine, there, late)
    body = f'{{"stream":"{there}","seqs":[{before.seq}],"to":["{notes}"]}}'
    assert await refused(engine, late, body) == (404, "not_found", "seqs")


async def test_what_is_too_much_is_refused_whole(engine: Engine) -> None:
    [li] = await make_people(engine, 1)
    there, to = await make_group(engine, [li]), await make_group(engine, [li])
    said = [await say(engine, li, there, "长" * 10_000) for _ in range(9)]
    seqs = [one.seq for one in said]
    asked = {"stream": there, "seqs": seqs[:3], "to": [to], "merged": True}
    assert await refused(engine, li, json.dumps(asked)) == (422, "forwarded_too_large", "seqs")
    asked = {"stream": there, "seqs": seqs, "to": [to]}
    assert await refused(engine, li, json.dumps(asked)) == (422, "forwarded_too_large", "seqs")
    await forward(engine, li, there, seqs[:2], [to], merged=True)
    await forward(engine, li, there, seqs[:8], [to])
    assert len(await bodies(engine, li, to)) == 9


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


async def test_who_was_removed_between_deciding_and_committing_cannot_forward(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [wang, li] = await make_people(engine, 2)
    notes, to = await open_direct(engine, li, li.id), await make_group(engine, [wang, li])
    said = await say(engine, li, notes, "我还在吗")
    really, removed = Engine._place, False

    async def after_removal(self: Engine, *given: object) -> object:
        nonlocal removed
        if not removed:
            removed = True
            await remove(engine, to, li)
        return await really(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "_place", after_removal)
    body = f'{{"stream":"{notes}","seqs":[{said.seq}],"to":["{to}"]}}'
    assert await refused(engine, li, body) == (404, "not_found", "to")
    assert await bodies(engine, wang, to) == []


async def test_forwarded_words_are_not_edited(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    there, to = await make_group(engine, [wang, li]), await make_group(engine, [li])
    said = await say(engine, wang, there, "八点开门")
    await forward(engine, li, there, [said.seq], [to], text="看一下")
    with pytest.raises(Refusal, match="forwarded_unchanged"):
        await edit(engine, li, to, 1, "九点开门")
    await edit(engine, li, to, 2, "都看一下")


async def test_all_or_nothing_in_groups_that_decide_who_posts(product: App, world: World) -> None:
    await follow(product)
    shop = world.nanjing_lu
    store = await group_named(product, "南京路店")
    engine, clerk = product.engine, shop.clerks[0].actor
    notes = await open_direct(engine, clerk, clerk.id)
    said = [await say(engine, clerk, notes, text) for text in ("一", "二")]
    asked = {"stream": notes, "seqs": [one.seq for one in said], "to": [notes, store]}
    await change(product, shop.manager, store, slow_s=60)
    assert await refused(engine, clerk, json.dumps(asked)) == (409, "one_at_a_time", "to")
    as_one = {**asked, "merged": True}
    assert await refused(engine, clerk, json.dumps({**as_one, "text": "看"})) == (409, "one_at_a_time", "to")
    await forward(engine, clerk, notes, [one.seq for one in said], [store], merged=True)
    assert (await refused(engine, clerk, json.dumps(as_one), "refused-02"))[:2] == (429, "slow_mode")
    [carried] = (await history(engine, clerk, store)).messages
    await forward(engine, shop.manager.actor, store, [carried.seq], [store], text="都看一下")
    await change(product, shop.manager, store, post_by="managers")
    assert (await refused(engine, clerk, json.dumps(as_one)))[:2] == (403, "posting_restricted")
    assert len(await bodies(engine, clerk, notes)) == 2, "nowhere, where not everywhere"


def test_every_part_of_a_message_is_carried_on_or_left_behind_on_purpose() -> None:
    carried = {"text", "pictures", "files", "merged", "forwarded"}
    left = {"reply", "edited", "recalled_by", "mentions"}  # who was called once is not called by a copy
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
