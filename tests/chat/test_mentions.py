"""Mentions: of members, whose list they come into, and of everyone, by right; counted until they are read."""

import pytest

from dianmai.chat import mention_rules, mentions_store
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import Invalid, NotAllowed
from dianmai.wire.chat import MentionWish, Send, Sent
from dianmai.wire.mentions import GetMentions, Mentions
from tests.chat.company import Company
from tests.chat.talk import (
    add,
    ask,
    conversations,
    edit,
    entries,
    history,
    make_group,
    mark_read,
    open_direct,
    recall,
    remove,
    say,
)
from tests.core.trial import make_people


async def send(engine: Engine, actor: Actor, stream: str, text: str, *mentions: MentionWish) -> Sent:
    return await ask(engine, actor, "chat.send", Send(stream=stream, text=text, mentions=list(mentions)), Sent)


async def mine(engine: Engine, actor: Actor, **more: int) -> Mentions:
    return await ask(engine, actor, "chat.mentions", GetMentions(**more), Mentions)


async def texts(engine: Engine, actor: Actor) -> list[str]:
    return [message.body.text for message in (await mine(engine, actor)).messages]


async def mentioned_at(engine: Engine, actor: Actor) -> int:
    [listed] = await conversations(engine, actor)
    return listed.mentioned


def of(person: Actor, at: int, length: int = 3) -> MentionWish:
    return MentionWish(at=at, length=length, person=person.id)


async def named(engine: Engine, *names: str) -> list[Actor]:
    company = Company(engine)
    store = await company.open_unit("store", "南京路店", await company.open_unit("hq", "总部"))
    return [await company.hire(name, ("clerk", store)) for name in names]


async def test_a_mention_reaches_the_one_it_names_and_stands_in_the_message_by_code_points(engine: Engine) -> None:
    li, xu, zhao = await named(engine, "李明", "许诺", "赵磊")
    stream = await make_group(engine, [li, xu, zhao])
    await send(engine, li, stream, "  🎉@许诺 明早开门  ", of(xu, 3))
    [message] = (await history(engine, zhao, stream)).messages
    [mention] = message.body.mentions
    assert message.body.text == "🎉@许诺 明早开门"
    assert message.body.text[mention.at : mention.at + mention.length] == "@许诺"
    assert [(person.id, person.name) for person in mention.people] == [(xu.id, "许诺")]
    assert await texts(engine, xu) == ["🎉@许诺 明早开门"]
    assert await texts(engine, zhao) == await texts(engine, li) == []


@pytest.mark.parametrize(
    "wish",
    [
        MentionWish(at=0, length=3),
        MentionWish(at=0, length=3, person=1, everyone=True),
        MentionWish(at=1, length=2, everyone=True),
        MentionWish(at=0, length=99, everyone=True),
        MentionWish(at=90, length=3, everyone=True),
    ],
)
async def test_what_does_not_stand_in_the_text_is_refused(engine: Engine, wish: MentionWish) -> None:
    [li, xu] = await make_people(engine, 2)
    stream = await make_group(engine, [li, xu])
    with pytest.raises(Invalid) as refused:
        await send(engine, li, stream, "@全体 开会", wish)
    assert refused.value.code == "bad_mention"
    assert (await history(engine, li, stream)).messages == []


async def test_more_than_anybody_means_is_refused_and_fifty_are_taken(engine: Engine) -> None:
    li, xu = await named(engine, "李明", "许诺")
    stream = await make_group(engine, [li, xu])
    wishes = [of(xu, 4 * n) for n in range(5_000 // 4)]
    for many in (51, len(wishes)):
        with pytest.raises(Invalid) as refused:
            await send(engine, li, stream, "@许诺 " * many, *wishes[:many])
        assert (refused.value.code, refused.value.field, refused.value.limit) == ("too_many_mentions", "mentions", 50)
    said = await send(engine, li, stream, "@许诺 " * 50, *wishes[:50])
    with pytest.raises(Invalid, match="too_many_mentions"):
        await edit(engine, li, stream, said.seq, "@许诺 " * 51, mentions=wishes[:51])
    [message] = (await history(engine, xu, stream)).messages
    assert len(message.body.mentions) == 50


async def test_two_mentions_in_one_place_are_refused(engine: Engine) -> None:
    [li, xu] = await make_people(engine, 2)
    stream = await make_group(engine, [li, xu])
    with pytest.raises(Invalid):
        await send(engine, li, stream, "@许诺", of(xu, 0), of(xu, 0))


async def test_only_who_is_in_the_conversation_can_be_mentioned(engine: Engine) -> None:
    li, xu, zhao = await named(engine, "李明", "许诺", "赵磊")
    stream = await make_group(engine, [li, xu])
    with pytest.raises(Invalid) as refused:
        await send(engine, li, stream, "@赵磊 来一下", of(zhao, 0))
    assert refused.value.code == "not_in_conversation"
    assert "赵磊" in refused.value.body("zh-CN", "r").message
    await remove(engine, stream, xu)
    with pytest.raises(Invalid):
        await send(engine, li, stream, "@许诺 在吗", of(xu, 0))


async def test_a_call_to_all_is_in_the_list_of_all_who_may_see_it_but_its_author(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    li, xu, zhao, late = await named(engine, "李明", "许诺", "赵磊", "后来")
    stream = await make_group(engine, [li, xu, zhao])
    everyone = MentionWish(at=0, length=4, everyone=True)
    await send(engine, li, stream, "@所有人 今晚盘点", everyone)
    await add(engine, stream, late)
    await remove(engine, stream, zhao)
    assert await texts(engine, xu) == ["@所有人 今晚盘点"]
    assert await texts(engine, li) == await texts(engine, late) == await texts(engine, zhao) == []
    rows = await engine.database.pool.fetchval("SELECT count(*) FROM mention")
    assert rows == 1
    monkeypatch.setattr(mention_rules, "EVERYONE_UP_TO", 2)
    with pytest.raises(NotAllowed):
        await send(engine, xu, stream, "@所有人 谁换班", everyone)


async def test_what_names_somebody_and_calls_everyone_is_in_their_list_once(engine: Engine) -> None:
    li, xu, zhao = await named(engine, "李明", "许诺", "赵磊")
    stream = await make_group(engine, [li, xu, zhao])
    everyone = MentionWish(at=4, length=4, everyone=True)
    said = [await send(engine, li, stream, f"@许诺 @所有人 第{n}件", of(xu, 0), everyone) for n in range(3)]
    assert await texts(engine, xu) == await texts(engine, zhao) == [f"@许诺 @所有人 第{n}件" for n in (2, 1, 0)]
    page = await mine(engine, xu, limit=1)
    assert page.next is not None
    assert [message.seq for message in (await mine(engine, xu, before=page.next)).messages] == [
        said[1].seq,
        said[0].seq,
    ]


async def test_a_call_that_an_edit_brought_back_stands_where_its_page_says(engine: Engine) -> None:
    """It is noted anew, after what was said later: two edits made on two devices in the same moment do so."""
    li, xu = await named(engine, "李明", "许诺")
    stream = await make_group(engine, [li, xu])
    everyone = MentionWish(at=0, length=4, everyone=True)
    said = [await send(engine, li, stream, f"@所有人 第{n}件", everyone) for n in range(4)]
    pool = engine.database.pool
    for seqs in ([], [0]):
        await mentions_store.keep_only(pool, stream, said[0].seq, seqs)
    seen: list[int] = []
    before: int | None = None
    for _ in said:
        page = await mine(engine, xu, limit=1, **({} if before is None else {"before": before}))
        seen += [message.seq for message in page.messages]
        before = page.next
    assert (sorted(seen), before) == ([one.seq for one in said], None)


async def test_the_list_goes_back_page_by_page_over_all_conversations(engine: Engine) -> None:
    li, xu = await named(engine, "李明", "许诺")
    group, direct = await make_group(engine, [li, xu]), await open_direct(engine, li, xu.id)
    said: list[str] = []
    for n in range(7):
        said.append(f"@许诺 第{n}件")
        wish = MentionWish(at=0, length=3, everyone=True) if n % 3 == 2 else of(xu, 0)
        await send(engine, li, (group, direct)[n % 2], said[-1], wish)
        await say(engine, li, group, "随便说说")
    seen: list[str] = []
    before: int | None = None
    for _ in range(4):
        page = await mine(engine, xu, limit=2, **({} if before is None else {"before": before}))
        seen += [message.body.text for message in page.messages]
        before = page.next
    assert seen == said[::-1]
    assert before is None


async def test_the_first_unread_mention_is_known_to_the_list_until_it_is_read_also_where_it_is_muted(
    engine: Engine,
) -> None:
    li, xu = await named(engine, "李明", "许诺")
    stream = await make_group(engine, [li, xu])
    await engine.database.pool.execute("UPDATE member SET muted = true WHERE actor = $1", xu.id)
    await say(engine, li, stream, "早")
    assert await mentioned_at(engine, xu) == 0
    first = await send(engine, li, stream, "@许诺 一", of(xu, 0))
    second = await send(engine, li, stream, "@所有人 二", MentionWish(at=0, length=4, everyone=True))
    assert await mentioned_at(engine, xu) == first.no
    assert await mentioned_at(engine, li) == 0
    await mark_read(engine, xu, stream, first.no)
    assert await mentioned_at(engine, xu) == second.no
    await mark_read(engine, xu, stream, second.no)
    assert await mentioned_at(engine, xu) == 0


async def test_a_recalled_message_mentions_nobody_any_more(engine: Engine) -> None:
    li, xu = await named(engine, "李明", "许诺")
    stream = await make_group(engine, [li, xu])
    first = await send(engine, li, stream, "@许诺 @所有人 一", of(xu, 0), MentionWish(at=4, length=4, everyone=True))
    second = await send(engine, li, stream, "@许诺 二", of(xu, 0))
    assert await mentioned_at(engine, xu) == first.no
    await recall(engine, li, stream, first.seq)
    assert await texts(engine, xu) == ["@许诺 二"]
    assert await mentioned_at(engine, xu) == second.no
    await recall(engine, li, stream, second.seq)
    assert await texts(engine, xu) == []
    assert await mentioned_at(engine, xu) == 0
    assert await engine.database.pool.fetchval("SELECT count(*) FROM mention") == 0


async def test_an_edit_keeps_the_mentions_it_names_where_they_stand_now(engine: Engine) -> None:
    li, xu, zhao = await named(engine, "李明", "许诺", "赵磊")
    stream = await make_group(engine, [li, xu, zhao])
    said = await send(engine, li, stream, "@许诺 @赵磊 明早开门", of(xu, 0), of(zhao, 4))
    await edit(engine, li, stream, said.seq, "  明早九点 @赵磊 开门", mentions=[of(zhao, 7)])
    [message] = (await history(engine, xu, stream)).messages
    [mention] = message.body.mentions
    assert message.body.text[mention.at : mention.at + mention.length] == "@赵磊"
    assert [(person.id, person.name) for person in mention.people] == [(zhao.id, "赵磊")]
    assert await texts(engine, xu) == []
    assert await texts(engine, zhao) == ["明早九点 @赵磊 开门"]
    heard = [entry.body for entry in await entries(engine, zhao, stream) if entry.kind == "chat.edited"]
    assert [body["mentions"] for body in heard] == [
        [{"at": 5, "length": 3, "people": [{"id": zhao.id, "name": "赵磊"}]}]
    ]
    await edit(engine, li, stream, said.seq, "明早九点 @赵磊 开门！")
    assert await texts(engine, zhao) == []
    assert await mentioned_at(engine, zhao) == 0
    assert (await history(engine, xu, stream)).messages[0].body.mentions == []


async def test_an_edit_mentions_nobody_new_and_nothing_that_does_not_stand_in_it(engine: Engine) -> None:
    li, xu, zhao = await named(engine, "李明", "许诺", "赵磊")
    stream = await make_group(engine, [li, xu, zhao])
    said = await send(engine, li, stream, "@许诺 来一下", of(xu, 0))
    for wish in (of(zhao, 4), MentionWish(at=4, length=3, everyone=True), of(xu, 1), of(xu, 90)):
        with pytest.raises(Invalid) as refused:
            await edit(engine, li, stream, said.seq, "@许诺 @赵磊 来一下", mentions=[wish])
        assert refused.value.code == "bad_mention"
    assert await texts(engine, xu) == ["@许诺 来一下"]
    assert await texts(engine, zhao) == []


async def test_who_has_left_stays_mentioned_by_an_edit_and_an_edit_asked_for_again_changes_nothing(
    engine: Engine,
) -> None:
    li, xu = await named(engine, "李明", "许诺")
    stream = await make_group(engine, [li, xu])
    said = await send(engine, li, stream, "@许诺 来一下", of(xu, 0))
    await remove(engine, stream, xu)
    first = await edit(engine, li, stream, said.seq, "@许诺 来两下", "edit-first-1", mentions=[of(xu, 0)])
    await edit(engine, li, stream, said.seq, "都来一下")
    assert await edit(engine, li, stream, said.seq, "@许诺 来两下", "edit-first-1", mentions=[of(xu, 0)]) == first
    [message] = (await history(engine, li, stream)).messages
    assert (message.body.text, message.body.mentions) == ("都来一下", [])


async def test_a_message_without_mentions_writes_nothing_beside_itself(engine: Engine) -> None:
    li, xu = await named(engine, "李明", "许诺")
    stream = await make_group(engine, [li, xu])
    await say(engine, li, stream, '说说而已 "mentions":[ @许诺')
    assert await engine.database.pool.fetchval("SELECT count(*) FROM mention") == 0
