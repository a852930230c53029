"""What search finds, for whom, and in what order: on a real database through the real operation."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dianmai import search
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.followers import Followed, Followers
from dianmai.core.transactions import Transaction
from dianmai.search.folding import fold
from dianmai.wire.chat import Changed, Edit, Recall
from dianmai.wire.search import Hit
from tests.chat.talk import add, ask, make_group, open_direct, remove, say
from tests.core.trial import make_people
from tests.search.searching import FINDABLES, find, follow, highlighted, texts


async def test_a_message_is_found_by_any_part_of_it_and_highlighted(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    group = await make_group(engine, [wang, li])
    for text in ("三号冷柜温度又报警了", "今天 SKU-2024 到货 12 箱", "早上好"):
        await say(engine, wang, group, text)
    await follow(engine)
    [hit] = (await find(engine, li, "冷柜温度")).hits
    assert (hit.text, highlighted(hit), hit.stream, hit.no, hit.author) == (
        "三号冷柜温度又报警了", ["冷柜温度"], group, 1, wang.id,
    )  # fmt: skip
    assert [highlighted(h) for h in (await find(engine, li, "ｓｋｕ-20")).hits] == [["SKU-20"]]
    assert await texts(engine, li, "报警 冷柜") == ["三号冷柜温度又报警了"]
    assert await texts(engine, li, "柜") == ["三号冷柜温度又报警了"]
    assert await texts(engine, li, "冷柜 早上") == []
    # Both pairs are there, but not side by side.
    await say(engine, wang, group, "店长说长沙店")
    await follow(engine)
    assert await texts(engine, li, "店长沙") == []
    assert await texts(engine, li, "长沙") == ["店长说长沙店"]


SYLLABLES = "店长冷柜温度报警今天明天到货盘点海报价签"


async def test_everything_that_is_there_is_found_and_nothing_else(engine: Engine) -> None:
    """Against a look at every message, for five people with different conversations."""
    chance = random.Random(20261123)
    people = await make_people(engine, 5)
    groups = [await make_group(engine, chance.sample(people, 3), f"群{n}") for n in range(6)]
    members = {g: await _members(engine, g) for g in groups}
    said: list[tuple[str, str]] = []
    for _ in range(250):
        group = chance.choice(groups)
        author = next(p for p in people if p.id in members[group])
        length = chance.randint(1, 14)
        text = "".join(
            chance.choice((*SYLLABLES, "Ａ", "b", "12", " ", "，", "sku", "é")) for _ in range(length)
        ).strip()
        if not text.strip(" ，"):
            continue
        await say(engine, author, group, text)
        said.append((group, text))
    await follow(engine)
    for _ in range(250):
        reader = chance.choice(people)
        source = fold(chance.choice(said)[1])
        start = chance.randrange(len(source))
        query = source[start : start + chance.randint(1, 6)].strip()
        if not query.strip(" ,"):
            continue
        expected = sorted(t for g, t in said if reader.id in members[g] and _naively(query, fold(t)))
        got = [hit.text for hit in await all_pages(engine, reader, query, order=chance.choice(["best", "newest"]))]
        assert sorted(got) == expected, query


def _naively(query: str, text: str) -> bool:
    """All words stand in the text; one that begins with a letter or digit not in the midst of letters or digits."""

    def stands(word: str) -> bool:
        for at in range(len(text)):
            inside = at > 0 and (
                (word[0].isdigit() and text[at - 1].isdigit()) or (word[0] in "absukée" and text[at - 1] in "absukée")
            )
            if text.startswith(word, at) and not inside:
                return True
        return False

    return all(stands(word) for word in query.split())


async def _members(engine: Engine, stream: str) -> set[int]:
    rows = await engine.database.pool.fetch("SELECT actor FROM member WHERE stream = $1 AND left_at IS NULL", stream)
    return {row[0] for row in rows}


async def all_pages(engine: Engine, actor: Actor, text: str, *, limit: int = 7, **more: Any) -> list[Hit]:
    got: list[Hit] = []
    while True:
        page = await find(engine, actor, text, limit=limit, **more)
        got += page.hits
        if page.next is None:
            return got
        more["after"] = msgspec.to_builtins(page.next)


async def test_who_is_removed_finds_nothing_from_that_moment(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    group = await make_group(engine, [wang, li])
    await say(engine, wang, group, "调价单已经发出")
    await follow(engine)
    assert await texts(engine, li, "调价单") == ["调价单已经发出"]
    await remove(engine, group, li)  # nothing follows in between
    assert await texts(engine, li, "调价单") == []
    assert await texts(engine, li, "调价单", stream=group) == []
    assert await texts(engine, wang, "调价单") == ["调价单已经发出"]


async def test_a_newcomer_finds_what_came_after_joining(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    group = await make_group(engine, [wang])
    await say(engine, wang, group, "盘点从八点开始")
    await add(engine, group, li)
    await say(engine, wang, group, "盘点推迟到九点")
    await follow(engine)
    assert await texts(engine, li, "盘点") == ["盘点推迟到九点"]
    assert await texts(engine, wang, "盘点", order="newest") == ["盘点推迟到九点", "盘点从八点开始"]
    # Out and in again: what was said meanwhile, and before, is not for them.
    await remove(engine, group, li)
    await say(engine, wang, group, "盘点取消了")
    await add(engine, group, li)
    await follow(engine)
    assert await texts(engine, li, "盘点") == []


async def test_a_direct_conversation_is_found_by_its_two_people_only(engine: Engine) -> None:
    [wang, li, zhao] = await make_people(engine, 3)
    direct = await open_direct(engine, wang, li.id)
    await say(engine, wang, direct, "工资单在抽屉里")
    await follow(engine)
    assert [await texts(engine, who, "工资单") for who in (wang, li, zhao)] == [
        ["工资单在抽屉里"],
        ["工资单在抽屉里"],
        [],
    ]
    assert await texts(engine, zhao, "工资单", stream=direct) == []


async def test_filters_narrow(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    group, direct = await make_group(engine, [wang, li]), await open_direct(engine, wang, li.id)
    first = await say(engine, wang, group, "海报贴好了")
    second = await say(engine, li, group, "海报破了")
    third = await say(engine, li, direct, "海报再来一张")
    await follow(engine)

    async def narrowed(**by: Any) -> list[str]:
        return await texts(engine, wang, "海报", order="newest", **by)

    assert await narrowed() == ["海报再来一张", "海报破了", "海报贴好了"]
    assert await narrowed(stream=group) == ["海报破了", "海报贴好了"]
    assert await narrowed(person=wang.id) == ["海报贴好了"]
    assert await narrowed(person=li.id, stream=direct) == ["海报再来一张"]
    assert await narrowed(since=third.at + 1) == []
    assert await narrowed(until=first.at) == []
    assert len(await narrowed(since=first.at, until=third.at + 1)) == 3
    assert await narrowed(kind="file") == []
    assert second.at <= third.at


async def test_the_best_have_the_words_side_by_side(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    notes = await open_direct(engine, wang, wang.id)
    for text in ("冷柜 温度 13 度", "冷柜温度正常", "温度计在冷柜里"):
        await say(engine, wang, notes, text)
    await follow(engine)
    assert await texts(engine, wang, "冷柜 温度") == ["冷柜温度正常", "冷柜 温度 13 度", "温度计在冷柜里"]
    assert await texts(engine, wang, "冷柜 温度", order="newest") == [
        "温度计在冷柜里",
        "冷柜温度正常",
        "冷柜 温度 13 度",
    ]


async def test_pages_follow_each_other_without_a_gap(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    notes = await open_direct(engine, wang, wang.id)
    for n in range(23):
        await say(engine, wang, notes, f"第{n}次盘点")
    await follow(engine)
    got = [hit.text for hit in await all_pages(engine, wang, "盘点", limit=5)]
    assert got == [f"第{n}次盘点" for n in reversed(range(23))]


async def test_what_says_nothing_any_more_is_not_found_even_before_search_has_followed(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    notes = await open_direct(engine, wang, wang.id)
    await say(engine, wang, notes, "说错了的话")
    await follow(engine)
    await engine.database.pool.execute("UPDATE entry SET body = '{}' WHERE kind = 'chat.message'")
    assert await texts(engine, wang, "说错了") == []


async def test_an_edited_message_is_found_by_its_new_text_and_a_recalled_one_not_at_all(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    notes = await open_direct(engine, wang, wang.id)
    for text in ("冷柜坏了", "报损三箱"):
        await say(engine, wang, notes, text)

    await follow(engine)
    await ask(engine, wang, "chat.edit", Edit(stream=notes, seq=1, text="冰柜坏了"), Changed)
    await ask(engine, wang, "chat.recall", Recall(stream=notes, seq=2), Changed)
    assert await texts(engine, wang, "冷柜") == []  # nothing has followed yet
    await follow(engine)
    assert await texts(engine, wang, "冰柜") == ["冰柜坏了"]
    assert await texts(engine, wang, "报损") == []
    assert await engine.database.pool.fetchval("SELECT count(*) FROM found WHERE text LIKE '%报损%'") == 0
    # Followed all at once, from the beginning, it comes to the same.
    await engine.database.pool.execute("DELETE FROM found")
    await engine.database.pool.execute("UPDATE follower SET pos = 0")
    await follow(engine)
    assert await engine.database.pool.fetchval("SELECT array_agg(text) FROM found") == ["冰柜坏了"]


async def test_what_was_said_before_search_existed_is_taken_up_and_going_on_changes_nothing(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    notes = await open_direct(engine, wang, wang.id)
    for n in range(30):
        await say(engine, wang, notes, f"旧消息{n}")
    await follow(engine)
    await engine.database.pool.execute("UPDATE follower SET pos = 0 WHERE name = 'search'")
    await follow(engine)
    assert len(await texts(engine, wang, "旧消息", limit=50)) == 30


async def test_a_batch_that_was_cut_off_is_taken_up_again_whole(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    notes = await open_direct(engine, wang, wang.id)
    for n in range(5):
        await say(engine, wang, notes, f"停电之前{n}")
    whole = search.follower(FINDABLES)

    async def cut_off(tx: Transaction, followed: Sequence[Followed]) -> None:
        await whole.follow(tx, followed)
        raise ValueError("the lights went out")

    failing = replace(whole, follow=cut_off)
    followers = Followers(engine, [failing])
    await followers.start()
    await followers.stop()
    while await followers.step(failing):
        pass
    assert await texts(engine, wang, "停电") == []
    await follow(engine)
    assert len(await texts(engine, wang, "停电")) == 5
