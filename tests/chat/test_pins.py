"""Pins: what everybody in a conversation keeps in sight, by whom, and for how long."""

import asyncio
import contextlib
import random

import msgspec
import pytest

from dianmai.app import App
from dianmai.chat import later_store
from dianmai.core.access import Actor
from dianmai.core.db import Queries
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Refusal
from dianmai.wire.conversations import Conversations, GetConversations
from dianmai.wire.pins import PinnedBody
from tests.chat.carried import pin, pins, unpin
from tests.chat.groups_of import ask as ask_product
from tests.chat.groups_of import card, change, follow, group_named, lines, make
from tests.chat.talk import add, conversations, entries, history, make_group, open_direct, recall, say
from tests.core.trial import make_people
from tests.world import World


async def refused(engine: Engine, actor: Actor, op: str, stream: str, seq: object, nonce: str = "refused-01") -> str:
    with pytest.raises(Refusal) as refusal:
        await engine.answer(actor, Asked(op, f'{{"stream":"{stream}","seq":{seq}}}'.encode(), nonce))
    return refusal.value.code


async def test_what_is_pinned_stands_with_the_newest_page_the_last_one_first(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang, li])
    said = [await say(engine, wang, stream, f"第{n}句") for n in range(4)]
    await pin(engine, wang, stream, said[2].seq)
    last = await pin(engine, li, stream, said[0].seq)
    page = await history(engine, wang, stream)
    assert [(p.message.body.text, p.by) for p in page.pins] == [("第0句", li.id), ("第2句", wang.id)]
    assert [m.pinned for m in page.messages] == [True, False, True, False]
    assert (page.pins[0].at, page.messages[0].changed) == (last.at, last.seq)
    assert (await history(engine, wang, stream, after=0)).pins == []
    await unpin(engine, wang, stream, said[0].seq)
    assert await pins(engine, li, stream) == [said[2].seq]
    [listed] = await conversations(engine, li)
    assert (listed.head_no - listed.read_no, listed.may_pin) == (4, True), "nothing becomes unread by it"


async def test_pinned_twice_it_is_pinned_once(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, "八点开门")
    assert (await unpin(engine, wang, stream, said.seq)).seq == 0
    first = await pin(engine, wang, stream, said.seq, "same-nonce-1")
    assert await pin(engine, wang, stream, said.seq, "same-nonce-1") == first
    assert (await pin(engine, li, stream, said.seq)).seq == 0
    assert len(await entries(engine, li, stream)) == 2
    assert await refused(engine, wang, "chat.unpin", stream, said.seq, "same-nonce-1") == "idempotency_conflict"


async def test_what_was_taken_back_is_pinned_no_more_and_cannot_be(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang, li])
    said = await say(engine, wang, stream, "进货价 8.20")
    await pin(engine, li, stream, said.seq)
    await recall(engine, wang, stream, said.seq)
    page = await history(engine, li, stream)
    assert (page.pins, page.messages[0].pinned) == ([], False)
    for op in ("chat.pin", "chat.unpin"):
        assert await refused(engine, li, op, stream, said.seq) == "recalled"


async def test_a_newcomer_sees_no_pin_from_before(engine: Engine) -> None:
    [wang, late, stranger] = await make_people(engine, 3)
    stream = await make_group(engine, [wang])
    before = await say(engine, wang, stream, "只有老员工知道")
    await pin(engine, wang, stream, before.seq)
    await add(engine, stream, late)
    after = await say(engine, wang, stream, "欢迎")
    await pin(engine, wang, stream, after.seq)
    assert await pins(engine, late, stream) == [after.seq]
    for who, seq in ((late, 99), (stranger, before.seq), (stranger, after.seq)):
        for op in ("chat.pin", "chat.unpin"):
            assert await refused(engine, who, op, stream, seq) == "not_found"
    assert await refused(engine, late, "chat.pin", stream, before.seq) == "not_found"
    assert await refused(engine, late, "chat.pin", f"person:{late.id}", 1) == "not_found"
    assert await refused(engine, late, "chat.pin", stream, 0) == "number_out_of_range"
    assert await refused(engine, late, "chat.pin", stream, '"1"') == "invalid_type"


async def test_with_so_many_none_stands_out(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    stream = await make_group(engine, [wang])
    said = [await say(engine, wang, stream, f"第{n}句") for n in range(21)]
    for one in said[:20]:
        await pin(engine, wang, stream, one.seq)
    assert await refused(engine, wang, "chat.pin", stream, said[20].seq) == "too_many_pins"
    await unpin(engine, wang, stream, said[5].seq)
    await pin(engine, wang, stream, said[20].seq)


async def test_a_newcomer_makes_room_without_seeing_what_was_pinned(engine: Engine) -> None:
    [wang, late] = await make_people(engine, 2)
    stream = await make_group(engine, [wang])
    before = [await say(engine, wang, stream, f"第{n}句") for n in range(21)]
    for one in before[:20]:
        await pin(engine, wang, stream, one.seq)
    await add(engine, stream, late)
    said = await say(engine, late, stream, "大家好")
    assert await refused(engine, late, "chat.pin", stream, said.seq) == "too_many_pins"
    assert await refused(engine, late, "chat.unpin", stream, before[20].seq) == "not_found", "it is not pinned"
    gone = await unpin(engine, late, stream, before[3].seq, "same-nonce-1")
    assert await unpin(engine, late, stream, before[3].seq, "same-nonce-1") == gone
    assert await refused(engine, late, "chat.unpin", stream, before[3].seq) == "not_found"
    await pin(engine, late, stream, said.seq)
    assert await pins(engine, late, stream) == [said.seq]


async def test_two_who_pin_in_the_same_moment_find_room_for_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang, li])
    said = [await say(engine, (wang, li)[n % 2], stream, f"第{n}句") for n in range(23)]
    for one in said[:19]:
        await pin(engine, wang, stream, one.seq)
    really, decided, both_have = later_store.pinned, 0, asyncio.Event()

    async def when_both_have_looked(db: Queries, stream: str, seq: int) -> later_store.Pinned:
        nonlocal decided
        found = await really(db, stream, seq)
        decided += 1
        if decided == 2:
            both_have.set()
        await asyncio.wait_for(both_have.wait(), 10)
        return found

    monkeypatch.setattr(later_store, "pinned", when_both_have_looked)
    both = (pin(engine, wang, stream, said[20].seq), pin(engine, li, stream, said[21].seq))
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert [one.code for one in outcomes if isinstance(one, Refusal)] == ["too_many_pins"]
    assert len(await pins(engine, li, stream)) == 20


async def test_an_old_page_and_the_entries_since_make_the_new_pins(engine: Engine) -> None:
    dice = random.Random(5)
    people = await make_people(engine, 3)
    stream = await make_group(engine, people)
    said = [await say(engine, person, stream, f"第{n}句") for n, person in enumerate(people * 3)]
    pages = [(0, await pins(engine, people[0], stream))]
    for step in range(60):
        one = dice.randrange(len(said))
        with contextlib.suppress(Refusal):  # of what was taken back
            if step > 40 and dice.random() < 0.2:
                await recall(engine, people[one % 3], stream, said[one].seq)
            else:
                await dice.choice((pin, pin, unpin))(engine, dice.choice(people), stream, said[one].seq)
        if step % 12 == 0:
            pages.append(((await entries(engine, people[0], stream))[-1].seq, await pins(engine, people[0], stream)))
    fresh = await pins(engine, people[0], stream)
    assert len(fresh) > 1
    heard = await entries(engine, people[0], stream)
    for head, shown in pages:
        kept = list(shown)
        for entry in heard:
            if entry.seq <= head or entry.target is None:
                continue
            kept = [seq for seq in kept if seq != entry.target]
            if entry.kind == "chat.pinned" and msgspec.convert(entry.body, PinnedBody).on:
                kept.insert(0, entry.target)
        assert kept == fresh


async def test_a_group_says_who_pins(product: App, world: World) -> None:
    await follow(product)
    shop = world.nanjing_lu
    stream = await group_named(product, "南京路店")
    engine, clerk, manager = product.engine, shop.clerks[0].actor, shop.manager.actor
    said = await say(engine, clerk, stream, "盘点表在前台")
    await pin(engine, clerk, stream, said.seq)
    told = await change(product, shop.manager, stream, pin_by="managers")
    assert told.pin_by == "managers"
    assert (await card(product, shop.clerks[0], stream)).pin_by == "managers"
    assert (await lines(product, stream, "group.changed"))[-1]["pin_by"] == "managers"
    for op in ("chat.pin", "chat.unpin"):
        assert await refused(engine, clerk, op, stream, said.seq) == "pinning_restricted"
    for member, may in ((shop.clerks[0], True), (shop.manager, True)):
        listed = await ask_product(product, member, "chat.conversations", GetConversations(), Conversations)
        row = next(one for one in listed.conversations if one.stream == stream)
        assert (row.may_post, row.may_pin) == (may, member is shop.manager)
    await unpin(engine, manager, stream, said.seq)
    await change(product, shop.manager, stream, pin_by="everyone", post_by="managers")
    assert await refused(engine, clerk, "chat.pin", stream, said.seq) == "posting_restricted"
    await pin(engine, manager, stream, said.seq)


async def test_in_a_group_that_is_over_everything_stays_as_it_is(product: App, world: World) -> None:
    shop = world.nanjing_lu
    stream = await make(product, shop.manager, [shop.cashier])
    said = await say(product.engine, shop.manager.actor, stream, "八点开门")
    await pin(product.engine, shop.cashier.actor, stream, said.seq)
    await product.engine.answer(
        shop.manager.actor, Asked("chat.end_group", f'{{"stream":"{stream}"}}'.encode(), "end-0001")
    )
    assert await refused(product.engine, shop.manager.actor, "chat.unpin", stream, said.seq) == "group_closed"
    assert await pins(product.engine, shop.cashier.actor, stream) == [said.seq]
