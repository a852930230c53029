"""Files in messages: of every kind, and listed for whoever is in the conversation."""

from typing import Any

import pytest

from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import Invalid, NotFound, Refusal
from dianmai.core.transactions import Transaction
from dianmai.wire.chat import GetFiles, HeldFiles, Send, Sent
from dianmai.wire.files import FileKind
from tests.chat.talk import add, ask, history, make_group, open_direct, recall, remove, say
from tests.chat.test_pictures import readable, upload
from tests.core.trial import make_people


async def send(engine: Engine, actor: Actor, stream: str, files: list[str], **more: Any) -> Sent:
    return await ask(engine, actor, "chat.send", Send(stream=stream, files=files, **more), Sent)


async def listed(engine: Engine, actor: Actor, stream: str, *kinds: FileKind, **more: int) -> HeldFiles:
    return await ask(engine, actor, "chat.files", GetFiles(stream=stream, kinds=list(kinds), **more), HeldFiles)


def names(page: HeldFiles) -> list[str]:
    return [held.file.id for held in page.files]


async def test_files_of_every_kind_go_with_a_message_and_its_readers_have_them(engine: Engine) -> None:
    [wang, li, outsider] = await make_people(engine, 3)
    stream = await make_group(engine, [wang, li])
    kinds: list[FileKind] = ["file", "video", "voice", "picture"]
    ids = [await upload(engine, wang, f"{kind}-00001", kind) for kind in kinds]
    shelf = await upload(engine, wang, "shelf-0001")
    await ask(engine, wang, "chat.send", Send(stream=stream, text="都在这里", files=ids, pictures=[shelf]), Sent)
    [message] = (await history(engine, li, stream)).messages
    assert [f.kind for f in message.body.files] == kinds
    assert [p.id for p in message.body.pictures] == [shelf]
    assert all([await readable(engine, li, i) for i in (*ids, shelf)])
    assert not any([await readable(engine, outsider, i) for i in ids])
    await remove(engine, stream, li)
    assert not any([await readable(engine, li, i) for i in ids])


async def test_what_cannot_be_sent(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    mine = [await upload(engine, wang, f"mine-{n:05}", "file") for n in range(6)]
    pictures = [await upload(engine, wang, f"picture-{n}") for n in range(4)]
    foreign = await upload(engine, li, "private-01", "file")
    table: list[tuple[list[str], list[str], str]] = [
        ([mine[0], mine[0]], [], "duplicate_file"),
        ([pictures[0]], [pictures[0]], "duplicate_file"),
        (mine, pictures, "too_many_items"),
        ([foreign], [], "file_gone"),
        (["not-there-1"], [], "file_gone"),
    ]
    for files, more, code in table:
        with pytest.raises(Refusal) as refused:
            await ask(engine, wang, "chat.send", Send(stream=stream, files=files, pictures=more), Sent)
        assert (files, refused.value.code) == (files, code)
        assert refused.value.field == "files"
    with pytest.raises(Invalid):
        await send(engine, wang, stream, [])
    assert await engine.database.pool.fetchval("SELECT count(*) FROM file_holding") == 0


async def test_the_files_of_a_conversation_by_kind_and_page(engine: Engine) -> None:
    [wang, li, late] = await make_people(engine, 3)
    stream = await make_group(engine, [wang, li])
    other = await make_group(engine, [wang, li], "徐家汇店")
    said: list[str] = []
    for n in range(12):
        kind: FileKind = "file" if n % 3 == 0 else "picture"
        said.append(await upload(engine, wang, f"file-{n:04}", kind))
        await send(engine, wang, stream, [said[-1]])
        await say(engine, li, stream, "收到")
    await send(engine, li, other, [await upload(engine, li, "elsewhere-1", "file")])
    assert names(await listed(engine, li, stream)) == said[::-1]
    assert names(await listed(engine, li, stream, "file")) == said[9::-3]
    assert names(await listed(engine, li, stream, "video", "voice")) == []
    seen: list[str] = []
    page = await listed(engine, li, stream, limit=5)
    while True:
        seen += names(page)
        if page.next is None:
            break
        page = await listed(engine, li, stream, limit=5, before=page.next)
    assert seen == said[::-1]
    first = (await listed(engine, li, stream, limit=1)).files[0]
    assert (first.author, first.seq) == (wang.id, 23)

    await add(engine, stream, late)
    assert names(await listed(engine, late, stream)) == []
    await send(engine, wang, stream, [said[0]])  # sent once more it is the newest, and there for the newcomer
    assert names(await listed(engine, late, stream)) == [said[0]]
    assert names(await listed(engine, li, stream)) == [said[0], *said[:0:-1]]
    await remove(engine, stream, li)
    with pytest.raises(NotFound):
        await listed(engine, li, stream)


async def test_a_page_never_ends_within_a_message(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    for n in range(4):
        await send(engine, wang, stream, [await upload(engine, wang, f"file-{n}-{m:03}", "file") for m in range(9)])
    page = await listed(engine, li, stream, limit=10)
    assert (len(page.files), page.next) == (18, 3)
    rest = await listed(engine, li, stream, limit=18, before=3)
    assert (len(rest.files), rest.next) == (18, None)


async def test_the_list_is_found_by_its_index(engine: Engine) -> None:
    """A busy conversation's few documents are found without going through its thousands of pictures."""

    async def plans(tx: Transaction) -> list[str]:
        await tx.db.execute(
            "INSERT INTO file SELECT 'f' || n, 1, 'x', CASE WHEN n % 500 = 0 THEN 'file' ELSE 'picture' END, '', 1,"
            " NULL, NULL, '' FROM generate_series(1, 20000) n"
        )
        await tx.db.execute("INSERT INTO file_holding SELECT id, 'chat:1', substr(id, 2)::bigint, kind FROM file")
        await tx.db.execute("ANALYZE file_holding")
        rows = await tx.db.fetch(
            "EXPLAIN SELECT file FROM file_holding WHERE stream = 'chat:1' AND kind = ANY('{file}'::text[])"
            " AND seq < 99999 ORDER BY seq DESC, file LIMIT 50"
        )
        return [row[0] for row in rows]

    assert any("file_holding_kind" in line for line in await engine.write(plans))


async def test_a_picture_that_belongs_to_a_file_opens_nothing_that_was_closed(engine: Engine) -> None:
    """Announced while it could be read, sent when it no longer can: the file would bring it back."""
    [wang, li] = await make_people(engine, 2)
    there, elsewhere = await make_group(engine, [wang, li]), await make_group(engine, [li], "徐家汇店")
    poster = await upload(engine, wang, "poster-001")
    shown = await ask(engine, wang, "chat.send", Send(stream=there, pictures=[poster]), Sent)
    for column in ("poster", "original"):
        film = await upload(engine, li, f"film-{column}", "video")
        await engine.database.pool.execute(f"UPDATE file SET {column} = $2 WHERE id = $1", film, poster)
    await send(engine, li, elsewhere, ["film-poster"])
    kept = await upload(engine, li, "film-late", "video")
    await engine.database.pool.execute("UPDATE file SET poster = $2 WHERE id = $1", kept, poster)
    await recall(engine, wang, there, shown.seq)
    assert await readable(engine, li, poster), "what was held in time stays"
    await remove(engine, elsewhere, li)
    assert not await readable(engine, li, poster)
    own = await make_group(engine, [li], "外滩店")
    for film in ("film-original", "film-late"):
        with pytest.raises(NotFound) as refused:
            await send(engine, li, own, [film])
        assert (refused.value.code, refused.value.field) == ("file_gone", "files")
    assert not await readable(engine, li, poster)
