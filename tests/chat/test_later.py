"""What becomes of messages after they were said: answered, edited, taken back, reacted to."""

import asyncio
import contextlib
import random
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import pytest

from bench.auditing import Audit, chain_holds
from dianmai import chat
from dianmai.chat import later_store
from dianmai.chat.previews import following
from dianmai.core import sealing
from dianmai.core.access import Actor
from dianmai.core.appending import Appends, Decide, Decided, Tell
from dianmai.core.db import Database
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Refusal
from dianmai.core.journal import Committed
from dianmai.core.operations import Transaction
from dianmai.wire.cards import LinkPreview, NewButton
from dianmai.wire.chat import GetReactions, History, MentionWish, MessageBody, Reactions, Send, Sent
from dianmai.wire.sync import Entry
from tests.chat.company import Company
from tests.chat.conftest import chat_operations
from tests.chat.talk import (
    add,
    answer,
    ask,
    catch_up,
    conversations,
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
    some,
)
from tests.core.trial import make_people

SECRET = "进货价 8.20"


async def pass_minutes(engine: Engine, stream: str, minutes: int) -> None:
    """As if what was said in this conversation had been said so long ago."""
    later = "UPDATE entry SET at = at - make_interval(mins => $2) WHERE stream = $1"
    await engine.database.pool.execute(later, stream, minutes)


async def everything_readable(engine: Engine, reader: Actor, stream: str) -> str:
    """All that a member can get to read of a conversation, on every way, in one text."""
    ways = [
        await history(engine, reader, stream),
        await history(engine, reader, stream, before=1_000),
        await history(engine, reader, stream, after=0),
        await catch_up(engine, reader),
        await catch_up(engine, reader, {stream: 0}),
        await conversations(engine, reader),
        await entries(engine, reader, stream),
        await some(engine, reader, stream, *range(1, 50)),
    ]
    return b"".join(msgspec.json.encode(way) for way in ways).decode()


async def refused(engine: Engine, actor: Actor, op: str, body: str, nonce: str = "refused-01") -> tuple[int, str]:
    with pytest.raises(Refusal) as refusal:
        await engine.answer(actor, Asked(op, body.encode(), nonce))
    return refusal.value.status, refusal.value.code


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
            return kept._replace(link=body["preview"]["url"])
        case "chat.card_changed" if body.get("once"):
            return kept._replace(settled=(body["button"], entry.actor, entry.at))
        case "chat.card_changed":
            before = kept.pressed.get(body["button"], ())
            return kept._replace(pressed={**kept.pressed, body["button"]: (*before, entry.actor)})
        case _:
            emoji, who = body["emoji"], kept.reactions.get(body["emoji"], frozenset[int]())
            now = {**kept.reactions, emoji: who | {entry.actor} if body["on"] else who - {entry.actor}}
            return kept._replace(reactions={emoji: people for emoji, people in now.items() if people})


async def test_reactions_are_counted_once_each_and_can_be_taken_away(engine: Engine) -> None:
    people = await make_people(engine, 14)
    stream = await make_group(engine, people)
    said = await say(engine, people[0], stream, "周六全员盘点")
    await asyncio.gather(*(react(engine, person, stream, said.seq, "👍") for person in people))
    assert (await react(engine, people[0], stream, said.seq, "👍")).seq == 0
    await react(engine, people[3], stream, said.seq, "🇨🇳")
    await react(engine, people[5], stream, said.seq, "👍", on=False)
    [message] = (await history(engine, people[13], stream)).messages
    thumb, flag = message.reactions
    assert (thumb.emoji, thumb.count, thumb.mine, len(thumb.people)) == ("👍", 13, True, 10)
    assert (flag.emoji, flag.count, flag.mine, flag.people) == ("🇨🇳", 1, False, [people[3].id])
    assert [c.head_no - c.read_no for c in await conversations(engine, people[1])] == [1]


async def test_the_first_ten_who_reacted_so_are_shown_whoever_takes_it_back(engine: Engine) -> None:
    people = await make_people(engine, 12)
    stream = await make_group(engine, people)
    said = await say(engine, people[0], stream, "周六全员盘点")
    await react(engine, people[7], stream, said.seq, "🎉")
    for person in people:
        await react(engine, person, stream, said.seq, "👍")
    await react(engine, people[2], stream, said.seq, "👍", on=False)
    await react(engine, people[7], stream, said.seq, "🎉", on=False)
    await react(engine, people[2], stream, said.seq, "👍")
    [message] = (await history(engine, people[5], stream)).messages
    [thumb] = message.reactions
    assert (thumb.count, thumb.people) == (12, [p.id for p in (*people[:2], *people[3:11])])


async def test_a_reaction_costs_the_same_however_many_have_reacted(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    stream = await open_direct(engine, wang, wang.id)
    said = await say(engine, wang, stream, "到货了")
    await react(engine, wang, stream, said.seq, "👍")
    pool = engine.database.pool
    await pool.execute(
        "INSERT INTO reaction SELECT $1, $2, '👍', g, now() FROM generate_series(100001, 105000) g",
        stream, said.seq,
    )  # fmt: skip
    await pool.execute("ANALYZE reaction")
    async with pool.acquire() as connection, connection.transaction():
        plan = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {later_store._COUNT_REACTIONS}", stream, said.seq, ["👍"], [1]
        )
    read = re.findall(r'"Relation Name": "reaction".*?"Actual Rows": ([0-9.]+)', plan, re.DOTALL)
    assert read
    assert all(float(rows) <= 10 for rows in read)


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


async def test_who_reacted_comes_in_pages(engine: Engine) -> None:
    people = await make_people(engine, 3)
    stream = await make_group(engine, people)
    said = await say(engine, people[0], stream, "到货了")
    for person in people:
        await react(engine, person, stream, said.seq, "🎉")
    asked = GetReactions(stream=stream, seq=said.seq, emoji="🎉", limit=2)
    page = await ask(engine, people[1], "chat.reactions", asked, Reactions)
    assert page.next == people[1].id
    last = GetReactions(stream=stream, seq=said.seq, emoji="🎉", after=page.next or 0)
    assert (await ask(engine, people[1], "chat.reactions", last, Reactions)).next is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text_too_short"),
        ("好", "not_one_emoji"),
        ("1", "not_one_emoji"),
        ("👍👍", "not_one_emoji"),
        (" 👍", "not_one_emoji"),
        ("👍\u200d", "not_one_emoji"),
        ("\u200d", "not_one_emoji"),
        ("🏽", "not_one_emoji"),
        ("🇨", "not_one_emoji"),
        ("<b>", "not_one_emoji"),
        ("👍" * 40, "text_too_long"),
    ],
)
async def test_a_reaction_is_one_emoji(engine: Engine, text: str, code: str) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, "到了")
    body = msgspec.json.encode({"stream": stream, "seq": said.seq, "emoji": text}).decode()
    assert await refused(engine, li, "chat.react", body) == (422, code)


@pytest.mark.parametrize(
    "emoji",
    [
        "👍",
        "❤️",
        "👨‍👩‍👧‍👦",
        "🇨🇳",
        "👩🏽‍🔧",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "1️⃣",
        "🫡",
        "☑",
    ],
)
async def test_whatever_is_seen_as_one_emoji_is_one(engine: Engine, emoji: str) -> None:
    [wang] = await make_people(engine, 1)
    stream = await open_direct(engine, wang, wang.id)
    said = await say(engine, wang, stream, "到了")
    assert (await react(engine, wang, stream, said.seq, emoji)).seq == 2


async def test_a_message_takes_twenty_different_reactions(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    stream = await open_direct(engine, wang, wang.id)
    said = await say(engine, wang, stream, "到了")
    for n in range(20):
        await react(engine, wang, stream, said.seq, chr(0x1F600 + n))
    body = msgspec.json.encode({"stream": stream, "seq": said.seq, "emoji": "🎉"}).decode()
    assert await refused(engine, wang, "chat.react", body) == (409, "too_many_reactions")


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
