"""Favourites: a list of one's own that follows over devices, shows what may be read now, and is found by words."""

import json

import pytest

from dianmai.chat import favourites as keeping
from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import Refusal
from dianmai.core.ids import person_stream
from dianmai.wire.chat import Send, Sent
from dianmai.wire.favourites import Favourites
from tests.chat.carried import favour, favourites, forward
from tests.chat.talk import add, ask, edit, entries, make_group, open_direct, recall, remove, say
from tests.chat.test_pictures import upload
from tests.core.trial import make_people


def texts(page: Favourites) -> list[str]:
    return [one.message.body.text for one in page.favourites]


async def refused(engine: Engine, actor: Actor, op: str, nonce: str = "refused-01", **body: object) -> str:
    with pytest.raises(Refusal) as refusal:
        await engine.answer(actor, Asked(op, json.dumps(body).encode(), nonce))
    return refusal.value.code


async def test_what_is_kept_is_listed_the_last_first_on_every_device_and_for_nobody_else(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    one, other = await make_group(engine, [wang, li]), await open_direct(engine, wang, li.id)
    said = [await say(engine, wang, one, f"第{n}句") for n in range(3)]
    told = await say(engine, li, other, "密码在保险柜")
    assert await favour(engine, li, one, said[2].seq, said[0].seq) == [said[0].seq, said[2].seq]
    assert await favour(engine, li, other, told.seq) == [told.seq]
    assert await favour(engine, li, one, said[0].seq, said[1].seq) == [said[1].seq]
    page = await favourites(engine, li)
    assert texts(page) == ["第1句", "密码在保险柜", "第2句", "第0句"]
    assert (page.next, page.favourites[1].message.stream, page.favourites[1].message.no) == (None, other, told.no)
    assert (await favourites(engine, wang)).favourites == []
    assert await favour(engine, li, one, said[0].seq, said[1].seq, on=False) == [said[0].seq, said[1].seq]
    assert await favour(engine, li, one, said[0].seq, on=False) == []
    assert texts(await favourites(engine, li)) == ["密码在保险柜", "第2句"]
    heard = await entries(engine, li, person_stream(li.id))
    assert [(e.kind, e.body["seqs"], e.body["on"]) for e in heard] == [
        ("chat.favoured", [said[0].seq, said[2].seq], True),
        ("chat.favoured", [told.seq], True),
        ("chat.favoured", [said[1].seq], True),
        ("chat.favoured", [said[0].seq, said[1].seq], False),
    ]
    assert await entries(engine, wang, one) == await entries(engine, li, one), "nobody else hears of it"


async def test_it_says_what_may_be_read_now_and_nothing_of_what_was_taken_back(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang, li])
    said = [await say(engine, wang, stream, text) for text in ("进货价 8.20", "八点开门")]
    await favour(engine, li, stream, *(one.seq for one in said))
    await edit(engine, wang, stream, said[1].seq, "九点开门")
    await recall(engine, wang, stream, said[0].seq)
    first, second = (await favourites(engine, li)).favourites
    assert (first.message.body.text, first.message.body.edited > 0) == ("九点开门", True)
    assert (second.message.body.text, second.message.body.recalled_by) == ("", wang.id)
    assert texts(await favourites(engine, li, text="进货价")) == []
    assert await refused(engine, li, "chat.favour", stream=stream, seqs=[said[0].seq]) == "recalled"
    assert await favour(engine, li, stream, said[0].seq, on=False) == [said[0].seq]


async def test_only_while_the_person_may_read_the_conversation(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await make_group(engine, [wang, li])
    said = await say(engine, wang, stream, "进货价 8.20")
    await favour(engine, li, stream, said.seq)
    await remove(engine, stream, li)
    assert (await favourites(engine, li)).favourites == []
    assert (await favourites(engine, li, text="进货价")).favourites == []
    assert await refused(engine, li, "chat.favour", stream=stream, seqs=[said.seq]) == "not_found"
    await add(engine, stream, li)
    assert (await favourites(engine, li)).favourites == [], "it is from before they joined again"
    assert await favour(engine, li, stream, said.seq, on=False) == [said.seq], "but can be taken out"


async def test_found_by_any_part_of_the_words_by_files_and_by_what_was_merged(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream, notes = await make_group(engine, [wang, li]), await open_direct(engine, li, li.id)
    said = [await say(engine, wang, stream, text) for text in ("三号冷柜温度报警", "SKU-2024 到货 12 箱", "早上好")]
    sheet = await upload(engine, wang, "price-list", "file")
    said.append(await ask(engine, wang, "chat.send", Send(stream=stream, files=[sheet]), Sent))
    await forward(engine, li, stream, [one.seq for one in said], [notes], merged=True)
    await favour(engine, li, stream, *(one.seq for one in said))
    await favour(engine, li, notes, 1)

    async def found(text: str) -> list[tuple[str, int]]:
        page = await favourites(engine, li, text=text)
        return [(one.message.stream, one.message.seq) for one in page.favourites]

    merged = (notes, 1)
    assert await found("冷柜温度") == [merged, (stream, said[0].seq)]
    assert await found("ｓｋｕ 箱") == [merged, (stream, said[1].seq)]
    assert await found("Price") == [merged, (stream, said[3].seq)]
    assert await found("冷柜 早上") == [merged]
    assert await found("会员日") == []


async def test_page_by_page_each_comes_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 7)
    [li] = await make_people(engine, 1)
    stream = await open_direct(engine, li, li.id)
    said = [await say(engine, li, stream, f"第{n}句{'盘点' if n % 3 == 0 else ''}") for n in range(40)]
    for one in said:
        await favour(engine, li, stream, one.seq)
    for text, wanted in ((None, said[::-1]), ("盘点", said[::-3])):
        for limit in (1, 4, 7, 14, 40):
            seen: list[int] = []
            before: int | None = None
            for _ in range(50):
                page = await favourites(engine, li, limit=limit, before=before, text=text)
                assert len(page.favourites) <= limit
                seen += [one.message.seq for one in page.favourites]
                before = page.next
                if before is None:
                    break
            assert seen == [one.seq for one in wanted], (text, limit)


async def test_what_cannot_be_kept(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    [wang, li, stranger] = await make_people(engine, 3)
    stream = await make_group(engine, [wang, li])
    said = [await say(engine, wang, stream, f"第{n}句") for n in range(3)]
    seqs = [one.seq for one in said]
    assert await refused(engine, stranger, "chat.favour", stream=stream, seqs=seqs) == "not_found"
    assert await refused(engine, li, "chat.favour", stream=stream, seqs=[*seqs, 99]) == "not_found"
    assert await refused(engine, li, "chat.favour", stream=f"person:{li.id}", seqs=[1]) == "not_found"
    assert await refused(engine, li, "chat.favour", stream=stream, seqs=[]) == "too_few_items"
    assert await refused(engine, li, "chat.favour", stream=stream, seqs=[1] * 51) == "too_many_items"
    assert await refused(engine, li, "chat.favour", stream=stream, seqs=[1], person=wang.id) == "unknown_field"
    assert await refused(engine, li, "chat.favourites", text="长" * 201) == "query_too_long"
    assert await refused(engine, li, "chat.favourites", text=" \u3000") == "blank_text"
    assert await refused(engine, li, "chat.favourites", limit=201) == "invalid_limit"
    assert await refused(engine, li, "chat.favourites", before=0) == "number_out_of_range"
    monkeypatch.setattr(keeping, "MOST", 2)
    assert await refused(engine, li, "chat.favour", stream=stream, seqs=seqs) == "too_many_favourites"
    assert (await favourites(engine, li)).favourites == []
    assert await favour(engine, li, stream, *seqs[:2]) == seqs[:2]
