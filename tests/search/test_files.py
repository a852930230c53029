"""Files are found by their names at once and by what they say as soon as it is read; hostile ones harm nobody."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dianmai import search
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.jobs import Jobs
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.search import reading_files
from dianmai.wire.chat import MessageBody
from dianmai.wire.files import FileRef
from dianmai.wire.notices import NoticeBody
from dianmai.wire.org import PersonBrief
from tests.chat.talk import make_group, remove
from tests.core.trial import make_people, make_stream
from tests.search import documents
from tests.search.searching import find, follow

STORED: dict[str, bytes] = {}
_numbers = itertools.count()


async def fetch(file: str) -> bytes:
    if file not in STORED:
        raise FileNotFoundError(file)
    return STORED[file]


async def read_all(engine: Engine) -> None:
    reading = Jobs(engine, search.jobs(fetch))
    while await reading.step():
        pass


@pytest.fixture(autouse=True)
def no_files() -> Iterator[None]:
    yield
    STORED.clear()


async def share(engine: Engine, author: Actor, stream: str, name: str, content: bytes) -> str:
    """Lets a message hold a file, as the chat does when it has been uploaded."""
    file = f"file-{next(_numbers):08}"
    STORED[file] = content
    ref = FileRef(id=file, name=name, kind="file", media_type="application/octet-stream", size=len(content))

    async def work(tx: Transaction) -> None:
        await tx.db.execute(
            "INSERT INTO file (id, uploader, name, kind, media_type, size, sha256)"
            " VALUES ($1, $2, $3, 'file', $4, $5, '')", file, author.id, name, ref.media_type, ref.size,
        )  # fmt: skip
        body = MessageBody(files=[ref])
        tx.append(Draft(stream, "chat.message", body, counts=True, actor=author.id, nonce=f"share-{file}"))

    await engine.write(work)
    return file


DOCUMENTS = {
    "冷柜说明.docx": documents.docx("第一章 概述", "除霜周期为六小时"),
    "培训.pptx": documents.pptx("欢迎新员工", "除霜周期为六小时"),
    "价格表.xlsx": documents.xlsx(["品名", "价格"], ["除霜周期为六小时", 12.5]),
    "手册.pdf": documents.pdf("除霜周期为六小时"),
    "记录.txt": "除霜周期为六小时".encode("gb18030"),
    "记录.csv": "除霜周期为六小时,1".encode("utf-8-sig"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_document_is_found_by_name_at_once_and_then_by_what_it_says(engine: Engine, name: str) -> None:
    [wang, li, zhao] = await make_people(engine, 3)
    group = await make_group(engine, [wang, li])
    file = await share(engine, wang, group, name, DOCUMENTS[name])
    await follow(engine)
    [hit] = (await find(engine, li, name.partition(".")[0])).hits
    assert (hit.kind, hit.title, hit.no) == ("file", name, 1)
    assert hit.file is not None
    assert hit.file.id == file
    assert [hit.title[m.start : m.start + m.length] for m in hit.title_marks] == [name.partition(".")[0]]
    assert (await find(engine, li, "除霜周期")).hits == []
    await read_all(engine)
    [hit] = (await find(engine, li, "除霜周期", kind="file")).hits
    assert [hit.text[m.start : m.start + m.length] for m in hit.marks] == ["除霜周期"]
    assert (await find(engine, zhao, "除霜周期")).hits == []
    await remove(engine, group, li)
    assert (await find(engine, li, "除霜周期")).hits == []


async def test_a_file_is_read_once_however_many_conversations_hold_it(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    first, second = await make_group(engine, [wang], "一"), await make_group(engine, [wang], "二")
    file = await share(engine, wang, first, "说明.txt", "除霜".encode())
    await follow(engine)
    await read_all(engine)
    del STORED[file]
    ref = FileRef(id=file, name="说明.txt", kind="file", media_type="text/plain", size=6)

    async def forward(tx: Transaction) -> None:
        tx.append(Draft(second, "chat.message", MessageBody(files=[ref]), counts=True, nonce="forward-1"))

    await engine.write(forward)
    await follow(engine)
    assert {hit.stream for hit in (await find(engine, wang, "除霜")).hits} == {first, second}


async def test_nobody_waits_for_a_file_that_is_being_read(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    first, second = await make_group(engine, [wang], "一"), await make_group(engine, [wang], "二")
    file = await share(engine, wang, first, "说明.txt", "除霜".encode())
    await follow(engine)
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(file: str) -> bytes:
        reading.set()
        await go_on.wait()
        return await fetch(file)

    step = asyncio.create_task(Jobs(engine, search.jobs(slowly)).step())
    await reading.wait()
    ref = FileRef(id=file, name="说明.txt", kind="file", media_type="text/plain", size=6)

    async def forward(tx: Transaction) -> None:
        tx.append(Draft(second, "chat.message", MessageBody(files=[ref], text="看看"), counts=True, nonce="forward-1"))

    await engine.write(forward)
    async with asyncio.timeout(5):
        await follow(engine)
    assert [hit.stream for hit in (await find(engine, wang, "看看")).hits] == [second]
    go_on.set()
    await step
    await read_all(engine)
    assert {hit.stream for hit in (await find(engine, wang, "除霜")).hits} == {first, second}


async def test_a_long_document_is_answered_in_part_around_what_was_found(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    group = await make_group(engine, [wang])
    lines = [f"第{n}条 门店日常" for n in range(5_000)]
    lines[3_000] = "冷柜除霜周期"
    await share(engine, wang, group, "制度.txt", "\n".join(lines).encode())
    await follow(engine)
    await read_all(engine)
    [hit] = (await find(engine, wang, "除霜")).hits
    assert [hit.text[m.start : m.start + m.length] for m in hit.marks] == ["除霜"]
    assert (hit.before, hit.behind) == (True, True)
    assert len(hit.text) <= 160


async def test_a_file_that_is_gone_or_says_nothing_is_found_by_its_name_and_not_tried_again(engine: Engine) -> None:
    [wang] = await make_people(engine, 1)
    group = await make_group(engine, [wang])
    file = await share(engine, wang, group, "空.pdf", b"%PDF-1.7 broken")
    del STORED[file]
    await share(engine, wang, group, "坏.docx", b"PK\x03\x04 broken")
    await follow(engine)
    await read_all(engine)
    assert await engine.database.pool.fetchval("SELECT count(*) FROM job WHERE kind = 'search.read_file'") == 0
    assert len((await find(engine, wang, "空")).hits) == 1


BOMB = documents.packed({"word/document.xml": f'<w:document xmlns:w="{documents.W}">' + "<w:p/>" * 20_000_000})
ENTITIES = documents.packed(
    {
        "word/document.xml": '<!DOCTYPE a [<!ENTITY b "' + "除霜" * 1_000 + '"><!ENTITY c "' + "&b;" * 1_000 + '">]>'
        f'<w:document xmlns:w="{documents.W}"><w:p><w:t>' + "&c;" * 1_000 + "</w:t></w:p></w:document>"
    }
)


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (BOMB, "docx"),
        (ENTITIES, "docx"),
        (b"%PDF-1.7\n" + b"1 0 obj << /Kids [1 0 R] >> endobj\n" * 1_000, "pdf"),
        (b"PK\x03\x04" * 1_000, "xlsx"),
        (b"\xff" * 1_000_000, "txt"),
        (documents.docx("x" * 10)[:-30], "pptx"),
        (b"", "pdf"),
    ],
    ids=["bomb", "entities", "ring", "no_zip", "no_text", "cut", "empty"],
)
async def test_a_hostile_document_costs_a_child_some_seconds_and_nothing_else(content: bytes, extension: str) -> None:
    began = time.monotonic()
    text = await reading_files.text_of(content, extension)
    assert time.monotonic() - began < reading_files.PATIENCE_S + 5
    assert len(text) <= reading_files.LONGEST_TEXT
    assert "除霜" not in text


async def test_a_text_is_cut_at_its_limit() -> None:
    text = await reading_files.text_of(("除霜" * 200_000).encode(), "txt")
    assert len(text) == reading_files.LONGEST_TEXT


async def test_a_notice_and_its_file_are_found_by_who_received_it(engine: Engine) -> None:
    [wang, li, zhao] = await make_people(engine, 3)
    await make_stream(engine, "notice:7", [li])
    STORED["notice-file"] = documents.docx("召回批次 20261101")
    ref = FileRef(id="notice-file", name="召回清单.docx", kind="file", media_type="x", size=1)
    body = NoticeBody(
        notice=7, title="牛奶召回", text="请立即下架该批次", must_confirm=True, urgency="urgent", deadline=None,
        files=[ref], publisher=PersonBrief(id=wang.id, name="王敏"), recipients=1,
    )  # fmt: skip

    async def publish(tx: Transaction) -> None:
        tx.append(Draft("notice:7", "notice.published", body, actor=wang.id, nonce="publish-7"))

    await engine.write(publish)
    await follow(engine)
    await read_all(engine)

    async def found(who: Actor, text: str, **more: Any) -> list[tuple[str, str]]:
        return [(hit.kind, hit.title) for hit in (await find(engine, who, text, **more)).hits]

    assert await found(li, "下架 牛奶") == [("notice", "牛奶召回")]
    assert sorted(await found(li, "召回")) == [("file", "召回清单.docx"), ("notice", "牛奶召回")]
    assert await found(li, "20261101") == [("file", "召回清单.docx")]
    assert await found(li, "召回", kind="notice") == [("notice", "牛奶召回")]
    assert await found(zhao, "召回") == []
