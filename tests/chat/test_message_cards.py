"""Cards in messages: sent by who may, pressed by whom they are for, decided once whoever presses at the same time."""

import asyncio
from typing import Any

import msgspec
import pytest

from bench.auditing import Audit, chain_holds
from dianmai import chat
from dianmai.core.access import Actor
from dianmai.core.db import Database
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Refusal
from dianmai.wire.cards import CardField, CardState, NewButton, NewCard, NewField, SendCard
from dianmai.wire.chat import Message, MessageBody, Sent
from tests.chat.company import Company
from tests.chat.conftest import chat_operations
from tests.chat.talk import (
    ask,
    conversations,
    edit,
    entries,
    history,
    make_group,
    press,
    recall,
    remove,
    say,
    send_card,
)
from tests.chat.test_pictures import readable, upload
from tests.core.trial import make_people

TAKE = NewButton(id="take", label="接单", style="primary", done="已接单")
PASS = NewButton(id="pass", label="调不了", done="调不了")
SEEN = NewButton(id="seen", label="收到", once=False)


@pytest.fixture
async def area(engine: Engine) -> Actor:
    """An area manager: holds the right to publish, and so to send cards."""
    company = Company(engine)
    store = await company.open_unit("store", "南京路店", await company.open_unit("hq", "总部"))
    return await company.hire("吴芳", ("area_manager", store))


async def the_card(engine: Engine, reader: Actor, stream: str) -> Message:
    return next(m for m in (await history(engine, reader, stream)).messages if m.body.card is not None)


async def refused(
    engine: Engine, actor: Actor, op: str, request: msgspec.Struct | bytes
) -> tuple[int, str, str | None]:
    body = request if isinstance(request, bytes) else msgspec.json.encode(request)
    with pytest.raises(Refusal) as refusal:
        await engine.answer(actor, Asked(op, body, "refused-01"))
    return refusal.value.status, refusal.value.code, refusal.value.field


async def test_a_card_is_read_by_everybody_and_has_words_for_who_cannot_show_it(engine: Engine, area: Actor) -> None:
    [li, wang] = await make_people(engine, 2)
    stream = await make_group(engine, [area, li, wang])
    shelf = await upload(engine, area, "shelf-0001")
    fields = [NewField(label="商品", value="矿泉水 550ml"), NewField(label="数量", value="20 箱")]
    card = NewCard(title="调货申请", kind="attention", fields=fields, picture=shelf, buttons=[TAKE, PASS])
    sent = await ask(engine, area, "chat.send_card", SendCard(stream=stream, card=card), Sent)
    message = await the_card(engine, li, stream)
    assert message.body.card is not None
    assert (message.body.card.title, message.body.card.kind) == ("调货申请", "attention")
    assert message.body.card.fields[1] == CardField(label="数量", value="20 箱")
    assert [button.id for button in message.body.card.buttons] == ["take", "pass"]
    assert message.body.text == "【调货申请】\n商品：矿泉水 550ml\n数量：20 箱"
    assert (message.seq, message.card_state) == (sent.seq, None)
    assert message.body.card.picture is not None
    assert await readable(engine, li, shelf)
    [listed] = await conversations(engine, wang)
    assert listed.head_no - listed.read_no == 1
    assert listed.last is not None
    assert listed.last.body.text.startswith("【调货申请】")
    # A client of before knows no cards and reads the words.
    before = msgspec.json.decode(msgspec.json.encode(message.body), type=dict)
    del before["card"]
    assert msgspec.convert(before, MessageBody).text == message.body.text


async def test_the_first_who_presses_decides_for_everybody(engine: Engine, area: Actor, dsn: str) -> None:
    people = await make_people(engine, 20)
    stream = await make_group(engine, [area, *people])
    card = await send_card(engine, area, stream, "谁能调 20 箱水", TAKE, PASS)
    other = Engine(Database(dsn, size=4), chat_operations, chat.folds)
    await other.start()
    presses = [
        press((engine, other)[n % 2], person, stream, card.seq, ("take", "pass")[n % 3 == 0])
        for n, person in enumerate(people)
    ]
    ended = await asyncio.gather(*presses, return_exceptions=True)
    await other.stop()
    won = [n for n, how in enumerate(ended) if not isinstance(how, BaseException)]
    assert len(won) == 1
    assert {getattr(how, "code", None) for n, how in enumerate(ended) if n not in won} == {"card_settled"}
    [changed] = [e for e in await entries(engine, area, stream) if e.kind == "chat.card_changed"]
    state = (await the_card(engine, area, stream)).card_state
    assert state is not None
    assert state.settled is not None
    assert (state.settled.person, state.settled.at) == (people[won[0]].id, changed.at)
    assert (changed.actor, changed.target, changed.body["once"]) == (people[won[0]].id, card.seq, True)
    audit = Audit()
    await chain_holds(dsn, stream, audit)
    assert audit.stored == 2


async def test_a_button_that_counts_counts_each_person_once(engine: Engine, area: Actor) -> None:
    people = await make_people(engine, 14)
    stream = await make_group(engine, [area, *people])
    card = await send_card(engine, area, stream, "明早九点盘点", SEEN, TAKE)
    await asyncio.gather(*(press(engine, person, stream, card.seq, "seen") for person in people))
    assert (await press(engine, people[3], stream, card.seq, "seen")).seq == 0
    await press(engine, people[0], stream, card.seq, "take")
    for reader, mine in ((people[13], True), (area, False)):
        message = await the_card(engine, reader, stream)
        assert message.card_state is not None
        assert message.card_state.settled is not None
        seen = message.card_state.counts["seen"]
        assert (seen.count, len(seen.people), seen.mine) == (14, 10, mine)
    # Those that count go on when the card is decided.
    await press(engine, area, stream, card.seq, "seen")
    assert [c.head_no - c.read_no for c in await conversations(engine, people[1])] == [1]


async def test_a_press_sent_again_is_the_same_press(engine: Engine, area: Actor) -> None:
    [li, wang] = await make_people(engine, 2)
    stream = await make_group(engine, [area, li, wang])
    card = await send_card(engine, area, stream, "到货了", TAKE)
    first = await press(engine, li, stream, card.seq, "take", "pressed-01")
    assert await press(engine, li, stream, card.seq, "take", "pressed-01") == first
    assert (await press(engine, li, stream, card.seq, "take", "pressed-02")).seq == 0
    assert (await the_card(engine, wang, stream)).changed == first.seq
    assert len([e for e in await entries(engine, li, stream) if e.kind == "chat.card_changed"]) == 1


async def test_a_button_is_for_whom_it_names(engine: Engine, area: Actor) -> None:
    [li, wang] = await make_people(engine, 2)
    stream = await make_group(engine, [area, li, wang])
    named = NewButton(id="named", label="同意", by="named", people=[li.id], once=False)
    own = NewButton(id="own", label="撤销", by="author", once=False)
    card = await send_card(engine, area, stream, "请假申请", named, own)
    place = f'"stream":"{stream}","seq":{card.seq}'.encode()
    for actor, button, allowed in (
        (li, "named", True),
        (wang, "named", False),
        (area, "named", False),
        (area, "own", True),
        (li, "own", False),
    ):
        if allowed:
            assert (await press(engine, actor, stream, card.seq, button)).seq > 0
        else:
            body = b'{%b,"button":"%b"}' % (place, button.encode())
            assert await refused(engine, actor, "chat.act", body) == (403, "not_yours_to_press", "button")
    # Named, and no longer there.
    await remove(engine, stream, li)
    assert await refused(engine, li, "chat.act", b'{%b,"button":"named"}' % place) == (404, "not_found", "stream")


async def test_a_card_that_was_taken_back_cannot_be_pressed_and_says_nothing(engine: Engine, area: Actor) -> None:
    [li, wang] = await make_people(engine, 2)
    stream = await make_group(engine, [area, li, wang])
    shelf = await upload(engine, area, "shelf-0001")
    card = await send_card(engine, area, stream, "新品到店", TAKE, SEEN, picture=shelf)
    await press(engine, li, stream, card.seq, "take")
    await press(engine, li, stream, card.seq, "seen")
    await recall(engine, area, stream, card.seq)
    body = f'{{"stream":"{stream}","seq":{card.seq},"button":"seen"}}'.encode()
    assert await refused(engine, wang, "chat.act", body) == (409, "recalled", "seq")
    [message] = (await history(engine, wang, stream)).messages
    assert (message.body, message.card_state) == (MessageBody(recalled_by=area.id), None)
    assert not await readable(engine, li, shelf)
    assert "新品到店" not in repr(await entries(engine, wang, stream))


async def test_the_words_of_a_card_stay(engine: Engine, area: Actor) -> None:
    stream = await make_group(engine, [area])
    card = await send_card(engine, area, stream, "到货提醒")
    with pytest.raises(Refusal) as refusal:
        await edit(engine, area, stream, card.seq, "别的")
    assert (refusal.value.status, refusal.value.code) == (409, "card_unchanged")


async def test_who_may_not_publish_sends_no_cards(engine: Engine, area: Actor) -> None:
    [li] = await make_people(engine, 1)
    stream = await make_group(engine, [area, li])
    request = SendCard(stream=stream, card=NewCard(title="抢红包"))
    assert await refused(engine, li, "chat.send_card", request) == (403, "forbidden", None)
    elsewhere = await make_group(engine, [li])
    request = SendCard(stream=elsewhere, card=NewCard(title="到货"))
    assert await refused(engine, area, "chat.send_card", request) == (404, "not_found", "stream")


BUTTON = {"id": "a", "label": "好"}
BAD_CARDS: list[tuple[Any, str, str]] = [
    ({"title": "x", "buttons": [None]}, "invalid_type", "card.buttons[0]"),
    ({"title": "x", "fields": [None]}, "invalid_type", "card.fields[0]"),
    ({"title": "x", "buttons": [BUTTON | {"id": f"b{n}"} for n in range(500)]}, "too_many_items", "card.buttons"),
    ({"title": "x", "kind": "hologram"}, "invalid_value", "card.kind"),
    ({"title": "x", "layout": []}, "unknown_field", "card.layout"),
    ({"title": "x", "buttons": [BUTTON | {"url": "https://x.example"}]}, "unknown_field", "card.buttons[0].url"),
    ({"title": "x", "buttons": [BUTTON, BUTTON]}, "duplicate_button", "card.buttons"),
    ({"title": "x", "buttons": [BUTTON | {"by": "named"}]}, "nobody_named", "card.buttons"),
    ({"title": "x", "buttons": [BUTTON | {"id": "A b"}]}, "invalid_value", "card.buttons[0].id"),
    ({"title": "x", "buttons": [BUTTON | {"label": "\u3164"}]}, "blank_text", "card.buttons[0].label"),
    ({"title": "同意\u202e绝拒"}, "bidi_control", "card.title"),
    ({"title": "两\n行"}, "control_character", "card.title"),
    ({"title": "x", "fields": [{"label": "a", "value": " "}]}, "blank_text", "card.fields[0].value"),
    ({"title": "x", "picture": "not-there-1"}, "file_gone", "card.picture"),
    ({"title": "x" * 81}, "text_too_long", "card.title"),
    ({"title": "x", "fields": [{"label": "a", "value": "x" * 1_000_000}]}, "text_too_long", "card.fields[0].value"),
    ("调货", "invalid_type", "card"),
    ({}, "missing_field", "card.title"),
]


@pytest.mark.parametrize(("card", "code", "field"), BAD_CARDS, ids=[f"{row[1]}-{row[2]}" for row in BAD_CARDS])
async def test_a_card_that_is_none_is_refused_with_its_place(
    engine: Engine, area: Actor, card: Any, code: str, field: str
) -> None:
    stream = await make_group(engine, [area])
    status, said, place = await refused(
        engine, area, "chat.send_card", msgspec.json.encode({"stream": stream, "card": card})
    )
    assert (said, place) == (code, field)
    assert status in (400, 404, 422)
    assert (await history(engine, area, stream)).messages == []


async def test_what_is_no_card_or_no_button_is_not_found(engine: Engine, area: Actor) -> None:
    [li, outsider] = await make_people(engine, 2)
    stream = await make_group(engine, [area, li])
    said = await say(engine, area, stream, "没有卡片")
    card = await send_card(engine, area, stream, "到货", TAKE)
    for actor, seq, button, field in (
        (li, said.seq, "take", "button"),
        (li, card.seq, "other", "button"),
        (li, 99, "take", "seq"),
        (outsider, card.seq, "take", "stream"),
    ):
        body = f'{{"stream":"{stream}","seq":{seq},"button":"{button}"}}'.encode()
        assert await refused(engine, actor, "chat.act", body) == (404, "not_found", field)


async def test_a_kind_of_presser_that_a_later_version_knows_is_let_in_by_nobody_here(
    engine: Engine, area: Actor
) -> None:
    [li] = await make_people(engine, 1)
    stream = await make_group(engine, [area, li])
    card = await send_card(engine, area, stream, "到货", TAKE)
    later = b'{"text":"x","card":{"title":"x","mood":"new","buttons":[{"id":"take","label":"x","by":"on_duty"}]}}'
    pool = engine.database.pool
    await pool.execute("UPDATE entry SET body = $3 WHERE stream = $1 AND seq = $2", stream, card.seq, later)
    body = f'{{"stream":"{stream}","seq":{card.seq},"button":"take"}}'.encode()
    assert await refused(engine, li, "chat.act", body) == (403, "not_yours_to_press", "button")
    message = await the_card(engine, li, stream)
    assert (message.body.text, message.card_state) == ("x", None)


def test_a_state_that_nothing_has_become_of_is_nothing() -> None:
    assert msgspec.json.encode(CardState()) == b"{}"
