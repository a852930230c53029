"""Forwarding: what may not be carried on, and where to not."""

import json

import pytest

from dianmai.app import App
from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Refusal
from dianmai.core.transactions import Transaction
from tests.chat.carried import bodies, forward
from tests.chat.groups_of import change, follow, group_named, make
from tests.chat.talk import (
    add,
    edit,
    history,
    make_group,
    open_direct,
    recall,
    remove,
    say,
)
from tests.core.trial import make_people
from tests.world import World


async def refused(engine: Engine, actor: Actor, body: str, nonce: str = "refused-01") -> tuple[int, str, str | None]:
    with pytest.raises(Refusal) as refusal:
        await engine.answer(actor, Asked("chat.forward", body.encode(), nonce))
    return refusal.value.status, refusal.value.code, refusal.value.field


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


@pytest.mark.parametrize(
    ("what", "expected"), [("recall", (409, "recalled", "seq")), ("remove", (404, "not_found", "stream"))]
)
async def test_what_was_taken_back_or_closed_to_somebody_between_deciding_and_committing_is_not_forwarded(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, what: str, expected: tuple[int, str, str]
) -> None:
    [wang, li] = await make_people(engine, 2)
    there, to = await make_group(engine, [wang, li]), await make_group(engine, [wang, li])
    said = await say(engine, wang, there, "进货价 8.20")
    really, happened = Engine._place, False

    async def after_it(self: Engine, *given: object) -> object:
        nonlocal happened
        if not happened:
            happened = True
            await (recall(engine, wang, there, said.seq) if what == "recall" else remove(engine, there, li))
        return await really(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "_place", after_it)
    body = f'{{"stream":"{there}","seqs":[{said.seq}],"to":["{to}"]}}'
    assert await refused(engine, li, body) == expected
    assert await bodies(engine, wang, to) == []


async def test_what_was_edited_between_deciding_and_committing_goes_as_it_reads_now(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [wang, li] = await make_people(engine, 2)
    there, to = await make_group(engine, [wang, li]), await make_group(engine, [wang, li])
    said = await say(engine, wang, there, "八点开门")
    really, happened = Engine._place, False

    async def after_it(self: Engine, *given: object) -> object:
        nonlocal happened
        if not happened:
            happened = True
            await edit(engine, wang, there, said.seq, "九点开门")
        return await really(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "_place", after_it)
    await forward(engine, li, there, [said.seq], [to])
    assert [body.text for body in await bodies(engine, wang, to)] == ["九点开门"]


async def test_whose_groups_members_moved_meanwhile_forwards_all_the_same_and_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [wang, li, *others] = await make_people(engine, 5)
    notes, to = await open_direct(engine, li, li.id), await make_group(engine, [wang, li])
    said = await say(engine, li, notes, "欢迎新同事")
    really, joining = Engine._place, list(others)

    async def while_somebody_joins(self: Engine, connection: object, tx: Transaction, nonce: str | None) -> object:
        if tx.guards and joining:
            await add(engine, to, joining.pop())
        return await really(self, connection, tx, nonce)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "_place", while_somebody_joins)
    await forward(engine, li, notes, [said.seq], [to])
    assert joining == []
    assert [body.text for body in await bodies(engine, wang, to)] == ["欢迎新同事"]


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


async def test_what_is_refused_somewhere_takes_no_turn_elsewhere(product: App, world: World) -> None:
    await follow(product)
    shop = world.nanjing_lu
    store = await group_named(product, "南京路店")
    engine, clerk = product.engine, shop.clerks[0].actor
    notes = await open_direct(engine, clerk, clerk.id)
    said = await say(engine, clerk, notes, "盘点表")
    barred = await make(product, shop.manager, [shop.clerks[0]], title="只看")
    paced = await make(product, shop.manager, [shop.clerks[0]], title="慢")
    await change(product, shop.manager, store, slow_s=600)
    await change(product, shop.manager, barred, post_by="managers")
    await change(product, shop.manager, paced, slow_s=600)
    await say(engine, clerk, paced, "说过了")
    for other, expected in ((barred, (403, "posting_restricted")), (paced, (429, "slow_mode"))):
        asked = {"stream": notes, "seqs": [said.seq], "to": [store, other]}
        assert (await refused(engine, clerk, json.dumps(asked), f"refused-{other}"))[:2] == expected
    await forward(engine, clerk, notes, [said.seq], [store])
