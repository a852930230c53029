"""What holds for every later entry: pages and entries agree, and it is refused where there is nothing to change."""

import contextlib
import random
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import pytest

from dianmai.chat.previews import following
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import Refusal
from dianmai.core.transactions import Transaction
from dianmai.wire.cards import LinkPreview, NewButton
from dianmai.wire.chat import History, MentionWish, Send, Sent
from dianmai.wire.sync import Entry
from tests.chat.company import Company
from tests.chat.later import refused
from tests.chat.talk import (
    add,
    ask,
    catch_up,
    edit,
    entries,
    history,
    make_group,
    open_direct,
    press,
    react,
    recall,
    say,
    send_card,
)
from tests.core.trial import make_people


async def test_an_old_page_and_the_entries_since_make_the_new_page(engine: Engine) -> None:
    """The law of every client: what it keeps and what it hears is what it would be shown anew."""
    dice = random.Random(7)
    people = await people_with_a_publisher(engine)
    stream = await make_group(engine, people)
    wish = MentionWish(at=0, length=4, everyone=True)
    asks = [Send(stream=stream, text=f"@所有人 第{n}句", mentions=[wish]) for n in range(9)]
    said = [
        (person, await ask(engine, person, "chat.send", one, Sent))
        for person, one in zip(people * 3, asks, strict=True)
    ]
    buttons = (NewButton(id="take", label="接单"), NewButton(id="seen", label="收到", once=False))
    cards = [(people[0], await send_card(engine, people[0], stream, f"调货{n}", *buttons)) for n in range(3)]
    said += cards
    pages = [await history(engine, people[0], stream)]
    heads = [len(said)]
    for step in range(60):
        author, message = dice.choice(said)
        with contextlib.suppress(Refusal):  # of what was recalled
            match dice.choice(
                ("edit", "react", "react", "react", "unreact", "press", "preview", "recall" if step > 40 else "edit")
            ):
                case "press":
                    seq, button = dice.choice(cards)[1].seq, dice.choice(("take", "seen", "seen", "seen"))
                    await press(engine, dice.choice(people), stream, seq, button)
                case "preview":
                    link = f"https://news.example/{step}"
                    await edit(engine, author, stream, message.seq, f"看 {link}")
                    await show_preview(engine, stream, message.seq, link)
                case "edit":
                    kept_mentions = [wish] if dice.random() < 0.7 else []
                    await edit(engine, author, stream, message.seq, f"@所有人 改{step}", mentions=kept_mentions)
                case "recall":
                    await recall(engine, author, stream, message.seq)
                case how:
                    emoji = dice.choice("👍🎉")
                    await react(engine, dice.choice(people), stream, message.seq, emoji, on=how == "react")
        if step % 12 == 0:
            pages.append(await history(engine, people[0], stream))
            heads.append((await catch_up(engine, people[0])).streams[0].head)
    fresh = shown(await history(engine, people[0], stream))
    assert sum(1 for text, *_ in fresh.values() if text == "") >= 1
    assert {mentions for *_, mentions in fresh.values()} == {0, 1}
    heard = await entries(engine, people[0], stream)
    for page, head in zip(pages, heads, strict=True):
        kept = shown(page)
        for entry in heard:
            # Doubled is harmless: also what the page knows of already.
            if entry.seq > head - 5 and entry.target is not None:
                kept[entry.target] = after(kept[entry.target], entry)
        assert kept == fresh


class Shown(NamedTuple):
    """What a message says, what of it was changed last, who took it back, who reacted how, who pressed what on its
    card, what stands behind its link, how many it
    mentions."""

    text: str
    changed: int
    recalled_by: int = 0
    reactions: Mapping[str, frozenset[int]] = {}
    settled: tuple[str, int, int] | None = None
    pressed: Mapping[str, tuple[int, ...]] = {}
    link: str = ""
    mentions: int = 0


def shown(page: History) -> dict[int, Shown]:
    """The messages of a page."""
    return {
        m.seq: Shown(
            m.body.text,
            m.changed,
            m.body.recalled_by,
            {r.emoji: frozenset(r.people) for r in m.reactions},
            msgspec.structs.astuple(m.card_state.settled) if m.card_state and m.card_state.settled else None,
            {b: tuple(p.people) for b, p in m.card_state.counts.items()} if m.card_state else {},
            m.preview.url if m.preview else "",
            len(m.body.mentions),
        )
        for m in page.messages
    }


async def people_with_a_publisher(engine: Engine) -> list[Actor]:
    """An area manager, who may send cards, and two others."""
    company = Company(engine)
    store = await company.open_unit("store", "南京路店", await company.open_unit("hq", "总部"))
    return [await company.hire("吴芳", ("area_manager", store)), *await make_people(engine, 2)]


async def show_preview(engine: Engine, stream: str, seq: int, link: str) -> None:
    """As if the server had looked behind the link."""

    async def work(tx: Transaction) -> None:
        found = LinkPreview(url=link, title="周末闪购", site="news.example")
        await following.say(tx, following.Waiting(stream, seq, int(link.rpartition("/")[2])), found)

    await engine.write(work)


def after(kept: Shown, entry: Entry) -> Shown:
    """As a client takes a later entry (`web/src/chat/later.ts`)."""
    if entry.seq <= kept.changed or kept.recalled_by:
        return kept
    kept, body = kept._replace(changed=entry.seq), entry.body
    match entry.kind:
        case "chat.recalled":
            return Shown("", entry.seq, entry.actor)
        case "chat.edited":
            mentions = len(body.get("mentions", ())) if "text" in body else kept.mentions
            return kept._replace(text=body.get("text") or kept.text, link="", mentions=mentions)
        case "chat.previewed":
            return kept._replace(link=body["preview"]["url"] if body else "")
        case "chat.card_changed" if body.get("once"):
            return kept._replace(settled=(body["button"], entry.actor, entry.at))
        case "chat.card_changed":
            before = kept.pressed.get(body["button"], ())
            return kept._replace(pressed={**kept.pressed, body["button"]: (*before, entry.actor)})
        case _:
            emoji, who = body["emoji"], kept.reactions.get(body["emoji"], frozenset[int]())
            now = {**kept.reactions, emoji: who | {entry.actor} if body["on"] else who - {entry.actor}}
            return kept._replace(reactions={emoji: people for emoji, people in now.items() if people})


@pytest.mark.parametrize(
    ("op", "extra"), [("chat.edit", ',"text":"改"'), ("chat.recall", ""), ("chat.react", ',"emoji":"👍"')]
)
async def test_what_is_no_message_one_may_see_is_not_found(engine: Engine, op: str, extra: str) -> None:
    [wang, li, newcomer, outsider] = await make_people(engine, 4)
    stream, other = await make_group(engine, [wang, li]), await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, "早")
    mark = await edit(engine, wang, stream, said.seq, "早上好")
    await say(engine, wang, other, "在别处")
    await add(engine, stream, newcomer)
    for actor, name, seq in (
        (wang, stream, 99),
        (wang, stream, mark.seq),
        (wang, other, said.seq + 1),
        (newcomer, stream, said.seq),
        (outsider, stream, said.seq),
        (wang, f"person:{wang.id}", 1),
        (wang, "chat:987654", 1),
    ):
        body = f'{{"stream":"{name}","seq":{seq}{extra}}}'
        assert await refused(engine, actor, op, body) == (404, "not_found"), body


@pytest.mark.parametrize(
    ("op", "body", "status", "code"),
    [
        ("chat.edit", '"seq":1,"text":"  "', 422, "blank_text"),
        ("chat.edit", '"seq":1,"text":""', 422, "text_too_short"),
        ("chat.edit", '"seq":1,"text":"' + "字" * 10_001 + '"', 422, "text_too_long"),
        ("chat.edit", '"seq":1,"text":"a' + "\u0301" * 50 + '"', 422, "too_many_combining_marks"),
        ("chat.edit", '"seq":1', 422, "missing_field"),
        ("chat.edit", '"seq":1,"pictures":[]', 422, "unknown_field"),
        ("chat.edit", '"seq":1,"text":"@我","mentions":[{"at":0,"length":2,"person":1}]', 422, "bad_mention"),
        ("chat.edit", '"seq":1,"text":"@我","mentions":[{"at":0,"length":1,"person":1}]', 400, "number_out_of_range"),
        ("chat.edit", '"seq":1,"text":"@我","mentions":{}', 422, "invalid_type"),
        ("chat.edit", '"seq":0,"text":"x"', 400, "number_out_of_range"),
        ("chat.edit", '"seq":9223372036854775808,"text":"x"', 400, "number_out_of_range"),
        ("chat.edit", '"seq":"1","text":"x"', 422, "invalid_type"),
        ("chat.recall", '"seq":1,"text":"x"', 422, "unknown_field"),
        ("chat.recall", '"seq":-1', 400, "number_out_of_range"),
        ("chat.react", '"seq":1,"emoji":{"$ne":null}', 422, "invalid_type"),
        ("chat.send", '"text":"好","reply":99', 404, "not_found"),
        ("chat.send", '"text":"好","reply":0', 400, "number_out_of_range"),
        ("chat.messages", '"seqs":[]', 422, "too_few_items"),
        ("chat.messages", '"seqs":[' + ",".join(["1"] * 101) + "]", 422, "too_many_items"),
    ],
)
async def test_what_is_no_change_is_refused_clearly_and_stores_nothing(
    engine: Engine, op: str, body: str, status: int, code: str
) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    await say(engine, wang, stream, "早")
    assert await refused(engine, wang, op, f'{{"stream":"{stream}",{body}}}') == (status, code)
    assert await engine.database.pool.fetchval("SELECT seq FROM stream WHERE stream = $1", stream) == 1


async def test_a_nonce_is_for_one_change_of_one_message(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    first, second = await say(engine, wang, stream, "早"), await say(engine, wang, stream, "好", "said-once-01")
    await recall(engine, wang, stream, first.seq, "changed-once")
    other = f'{{"stream":"{stream}","seq":{second.seq}'
    assert await refused(engine, wang, "chat.recall", other + "}", "changed-once") == (409, "idempotency_conflict")
    edited = other + ',"text":"好"}'
    for nonce in ("changed-once", "said-once-01"):
        assert await refused(engine, wang, "chat.edit", edited, nonce) == (409, "idempotency_conflict")
    assert [m.body.text for m in (await history(engine, li, stream)).messages] == ["", "好"]
    # A nonce of something else lets nobody past the rules.
    await say(engine, li, stream, "嗯", "of-li-00001")
    assert await refused(engine, li, "chat.recall", other + "}", "of-li-00001") == (403, "not_author")
