"""Pictures in messages: only one's own or readable ones, read by whoever is in the conversation."""

import pytest

from dianmai import files
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import Invalid, NotFound
from dianmai.wire.chat import Send, Sent
from tests.chat.talk import ask, history, make_group, open_direct, recall, remove, say
from tests.core.trial import make_people


async def upload(engine: Engine, uploader: Actor, name: str, kind: str = "picture") -> str:
    """A file as the upload leaves it behind."""
    await engine.database.pool.execute(
        "INSERT INTO file (id, uploader, name, kind, media_type, size, width, height, sha256)"
        " VALUES ($1, $2, $1 || '.jpg', $3, 'image/jpeg', 12345, 800, 600, $4)",
        name,
        uploader.id,
        kind,
        b"\0" * 32,
    )
    return name


async def send(engine: Engine, actor: Actor, stream: str, pictures: list[str], **more: str) -> Sent:
    nonce = more.pop("nonce", None)
    request = Send(stream=stream, pictures=pictures, text=more.get("text"))
    return await ask(engine, actor, "chat.send", request, Sent, nonce)


async def readable(engine: Engine, actor: Actor, file: str) -> bool:
    try:
        await files.may_read(engine.database.pool, actor, file)
    except NotFound:
        return False
    return True


async def test_pictures_are_read_by_whoever_is_in_the_conversation_and_only_while_in_it(engine: Engine) -> None:
    [wang, li, outsider] = await make_people(engine, 3)
    stream = await make_group(engine, [wang, li])
    shelf, door = await upload(engine, wang, "shelf-0001"), await upload(engine, wang, "door-00001")
    assert not await readable(engine, li, shelf)
    await send(engine, wang, stream, [shelf, door], text="陈列好了")
    [message] = (await history(engine, li, stream)).messages
    assert [(p.id, p.width, p.height) for p in message.body.pictures] == [(shelf, 800, 600), (door, 800, 600)]
    assert message.body.text == "陈列好了"
    assert await readable(engine, li, shelf)
    assert not await readable(engine, outsider, shelf)
    await remove(engine, stream, li)
    assert not await readable(engine, li, shelf)


async def test_a_picture_needs_no_caption_and_the_same_send_again_is_the_same_message(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    shelf = await upload(engine, wang, "shelf-0001")
    first = await send(engine, wang, stream, [shelf], nonce="picture-01")
    assert await send(engine, wang, stream, [shelf], nonce="picture-01") == first
    await say(engine, li, stream, "好看")
    assert [m.body.text for m in (await history(engine, li, stream)).messages] == ["", "好看"]


async def test_a_picture_seen_in_one_conversation_may_be_passed_on(engine: Engine) -> None:
    [wang, li, zhao] = await make_people(engine, 3)
    shelf = await upload(engine, wang, "shelf-0001")
    await send(engine, wang, await open_direct(engine, wang, li.id), [shelf])
    await send(engine, li, await open_direct(engine, li, zhao.id), [shelf])
    assert await readable(engine, zhao, shelf)


async def test_pictures_of_others_and_other_files_are_refused(engine: Engine) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    with pytest.raises(NotFound) as refused:
        await send(engine, wang, stream, [await upload(engine, li, "private-01")])
    assert refused.value.field == "pictures"
    with pytest.raises(Invalid) as invalid:
        await send(engine, wang, stream, [await upload(engine, wang, "list-00001", kind="file")])
    assert invalid.value.code == "not_a_picture"
    assert await engine.database.pool.fetchval("SELECT count(*) FROM file_holding") == 0


async def test_the_pictures_of_a_recalled_message_are_nobodys_any_more_unless_another_holds_them(
    engine: Engine,
) -> None:
    [wang, li] = await make_people(engine, 2)
    stream = await open_direct(engine, wang, li.id)
    shelf, door = await upload(engine, wang, "shelf-0001"), await upload(engine, wang, "door-00001")
    both = await send(engine, wang, stream, [shelf, door])
    await send(engine, wang, stream, [door])
    await recall(engine, wang, stream, both.seq)
    for reader in (wang, li):
        assert not await readable(engine, reader, shelf)
        assert await readable(engine, reader, door)
