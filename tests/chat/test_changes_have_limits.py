"""A message takes so many edits, and one person so many changes of mind about it."""

import pytest

from dianmai.chat import later_rules
from dianmai.core.engine import Engine
from dianmai.core.errors import Refusal
from tests.chat.talk import edit, history, make_group, open_direct, react, recall, say
from tests.core.trial import make_people


async def test_a_message_is_edited_fifty_times_and_no_more(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    said = await say(engine, wang, stream, "第0稿")
    other = await say(engine, wang, stream, "另一条")
    for n in range(later_rules.MOST_EDITS):
        last = await edit(engine, wang, stream, said.seq, f"第{n + 1}稿", f"edit-{n:05}")
    with pytest.raises(Refusal) as refusal:
        await edit(engine, wang, stream, said.seq, "再来一稿")
    assert (refusal.value.status, refusal.value.code, refusal.value.limit) == (409, "too_many_edits", 50)
    # Asked again, the fiftieth is still what it was; other messages and taking it back are not concerned.
    assert await edit(engine, wang, stream, said.seq, "第50稿", "edit-00049") == last
    await edit(engine, wang, stream, other.seq, "另一条，改过")
    assert [m.body.text for m in (await history(engine, li, stream)).messages] == ["第50稿", "另一条，改过"]
    await recall(engine, wang, stream, said.seq)


async def test_reactions_are_taken_away_fifty_times_by_one_person_and_then_stay_away(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang, li])
    said = await say(engine, wang, stream, "周六盘点")
    for n in range(later_rules.MOST_UNDONE):
        emoji = "👍🎉"[n % 2]
        await react(engine, li, stream, said.seq, emoji)
        await react(engine, li, stream, said.seq, emoji, on=False)
    with pytest.raises(Refusal) as refusal:
        await react(engine, li, stream, said.seq, "👍")
    assert (refusal.value.status, refusal.value.code, refusal.value.limit) == (409, "reacted_too_often", 50)
    await react(engine, wang, stream, said.seq, "👍")
    other = await say(engine, wang, stream, "周日休息")
    await react(engine, li, stream, other.seq, "👍")
    first, second = (await history(engine, li, stream)).messages
    assert [r.people for r in (*first.reactions, *second.reactions)] == [[wang.id], [li.id]]


async def test_what_one_has_can_always_be_taken_away(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang, li])
    said = await say(engine, wang, stream, "周六盘点")
    await react(engine, li, stream, said.seq, "🎉")
    for _ in range(later_rules.MOST_UNDONE):
        await react(engine, li, stream, said.seq, "👍")
        await react(engine, li, stream, said.seq, "👍", on=False)
    await react(engine, li, stream, said.seq, "🎉", on=False)
    [message] = (await history(engine, li, stream)).messages
    assert message.reactions == []
