"""What stands behind a link: looked up by the server where the company wants it, once, and told in a later entry."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dianmai import chat, files
from dianmai.app import App, assemble
from dianmai.core.access import SYSTEM_ID, Actor
from dianmai.core.db import Database
from dianmai.core.followers import Followers
from dianmai.settings import Settings
from dianmai.wire.chat import GetFiles, HeldFiles, Message
from dianmai.wire.org import PoliciesTold, SetPolicies
from tests.chat.talk import ask, edit, entries, history, open_direct, recall, say, send_card
from tests.egress.outside import Outside, outside_server, page
from tests.world import World, world_of

PAGE = """<!doctype html><html><head><title>不是这个</title>
<meta property="og:title" content="周末闪购：全场饮料八折"><meta name="description" content="周六、周日两天。">
<meta property="og:site_name" content="商品快讯"><meta property="og:image" content="/shelf.png">
</head><body>…</body></html>"""


def picture(width: int = 1200, height: int = 630) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (width, height), "#0a6350").save(drawn, "PNG")
    return drawn.getvalue()


@dataclass
class Shop:
    """The product over the named world, with one web server within its reach."""

    app: App
    world: World
    outside: Outside
    followers: Followers

    async def allow(self, on: bool = True) -> None:
        request = SetPolicies(link_previews=on)
        await ask(self.app.engine, self.world.wang_min.actor, "org.set_policies", request, PoliciesTold)

    async def settle(self) -> None:
        """Until everybody who follows has followed and every timer is done."""
        [follower] = [f for f in chat.followers if f.name == "link_previews"]
        while await self.followers.step(follower):
            pass
        while await self.app.fetching.step():
            pass

    async def shown(self, reader: Actor, stream: str) -> list[Message]:
        return (await history(self.app.engine, reader, stream)).messages


@pytest.fixture
async def shop(world_dsn: str, tmp_path: Path) -> AsyncIterator[Shop]:
    async with outside_server() as outside:

        async def site(path: str, writer: asyncio.StreamWriter) -> None:
            if path == "/shelf.png":
                await page(writer, picture(), b"image/png")
            else:
                await page(writer, PAGE.encode())

        outside.answer = site
        settings = Settings(data_dir=tmp_path, egress_allow=("127.0.0.1",), egress_ports=(outside.port,))
        app = assemble(settings, Database(world_dsn, size=6))
        await app.engine.start()
        followers = Followers(app.engine, [f for f in chat.followers if f.name == "link_previews"])
        await followers.start()
        await followers.stop()
        try:
            yield Shop(app, await world_of(app.engine.database.pool), outside, followers)
        finally:
            await app.engine.stop()


async def conversation(shop: Shop) -> tuple[str, Actor, Actor]:
    wang, li = shop.world.wang_min.actor, shop.world.nanjing_lu.manager.actor
    return await open_direct(shop.app.engine, wang, li.id), wang, li


def here(shop: Shop, path: str) -> str:
    return shop.outside.url(path, "127.0.0.1")


async def test_nobody_is_asked_where_the_company_has_not_said_so(shop: Shop) -> None:
    stream, wang, li = await conversation(shop)
    await say(shop.app.engine, wang, stream, f"看这个 {here(shop, '/a')}")
    await shop.settle()
    assert shop.outside.asked == []
    # Said later, it is about what comes from then on.
    await shop.allow()
    await shop.settle()
    assert shop.outside.asked == []
    assert [m.preview for m in await shop.shown(li, stream)] == [None]


async def test_a_link_is_looked_up_once_and_shown_to_everybody(shop: Shop) -> None:
    await shop.allow()
    stream, wang, li = await conversation(shop)
    link = here(shop, "/促销")
    said = await say(shop.app.engine, wang, stream, f"看这个 {link}，周末前完成")
    await shop.settle()
    [message] = await shop.shown(li, stream)
    preview = message.preview
    assert preview is not None
    assert preview.picture is not None
    assert (preview.url, preview.title, preview.description) == (link, "周末闪购：全场饮料八折", "周六、周日两天。")
    assert preview.site == "商品快讯 · 127.0.0.1"
    assert (preview.picture.width, preview.picture.height, preview.picture.media_type) == (480, 252, "image/webp")
    heard = (await entries(shop.app.engine, li, stream))[-1]
    assert (heard.kind, heard.target, heard.actor, heard.no) == ("chat.previewed", said.seq, SYSTEM_ID, None)
    # Sent again, here or elsewhere: nobody is asked any more.
    asked = list(shop.outside.asked)
    await say(shop.app.engine, li, stream, f"收到，{link}")
    await shop.settle()
    assert [m.preview.title for m in await shop.shown(wang, stream) if m.preview] == [preview.title] * 2
    assert shop.outside.asked == asked == ["/%E4%BF%83%E9%94%80", "/shelf.png"]


async def test_the_small_picture_is_for_readers_of_the_message_and_listed_nowhere(shop: Shop) -> None:
    await shop.allow()
    stream, wang, li = await conversation(shop)
    said = await say(shop.app.engine, wang, stream, here(shop, "/a"))
    await shop.settle()
    [message] = await shop.shown(li, stream)
    assert message.preview is not None
    assert message.preview.picture is not None
    db, small = shop.app.engine.database.pool, message.preview.picture.id
    assert [f.id for f in await files.refs(db, li, [small])] == [small]
    assert await readers(db, shop.world.tianhe.manager.actor, small) == []
    listed = await ask(shop.app.engine, li, "chat.files", GetFiles(stream=stream), HeldFiles)
    assert listed.files == []
    await recall(shop.app.engine, wang, stream, said.seq)
    assert await readers(db, li, small) == []
    [gone] = await shop.shown(li, stream)
    assert gone.preview is None
    assert [e.body for e in await entries(shop.app.engine, li, stream) if e.kind == "chat.previewed"] == [{}]


async def readers(db: Any, actor: Actor, file: str) -> list[str]:
    try:
        return [(await files.may_read(db, actor, file)).id]
    except Exception:
        return []


async def test_many_who_wait_for_the_same_address_cost_one_look(shop: Shop) -> None:
    await shop.allow()
    stream, wang, li = await conversation(shop)
    for n in range(5):
        await say(shop.app.engine, wang, stream, f"{n}: {here(shop, '/a')}")
    await shop.settle()
    assert len([m for m in await shop.shown(li, stream) if m.preview]) == 5
    assert shop.outside.asked == ["/a", "/shelf.png"]


async def test_another_text_has_another_link(shop: Shop) -> None:
    await shop.allow()
    stream, wang, li = await conversation(shop)
    said = await say(shop.app.engine, wang, stream, here(shop, "/a"))
    await shop.settle()
    await edit(shop.app.engine, wang, stream, said.seq, "没有链接了")
    assert [m.preview for m in await shop.shown(li, stream)] == [None]
    assert [e.body for e in await entries(shop.app.engine, li, stream) if e.kind == "chat.previewed"] == [{}]
    await edit(shop.app.engine, wang, stream, said.seq, f"换一个 {here(shop, '/b')}")
    await shop.settle()
    [message] = await shop.shown(li, stream)
    assert message.preview is not None
    assert message.preview.url == here(shop, "/b")


async def test_what_was_changed_or_taken_back_meanwhile_gets_none(shop: Shop) -> None:
    await shop.allow()
    stream, wang, li = await conversation(shop)
    first = await say(shop.app.engine, wang, stream, here(shop, "/a"))
    second = await say(shop.app.engine, wang, stream, here(shop, "/b"))
    await edit(shop.app.engine, wang, stream, first.seq, "算了")
    await recall(shop.app.engine, wang, stream, second.seq)
    await shop.settle()
    assert [m.preview for m in await shop.shown(li, stream)] == [None, None]
    assert "chat.previewed" not in {e.kind for e in await entries(shop.app.engine, li, stream)}


async def test_where_nothing_can_be_shown_nothing_is_and_nobody_asks_again_at_once(shop: Shop) -> None:
    async def nothing(path: str, writer: asyncio.StreamWriter) -> None:
        await page(writer, b"%PDF-1.7", b"application/pdf")

    await shop.allow()
    shop.outside.answer = nothing
    stream, wang, li = await conversation(shop)
    for _ in range(2):
        await say(shop.app.engine, wang, stream, here(shop, "/paper"))
        await shop.settle()
    assert [m.preview for m in await shop.shown(li, stream)] == [None, None]
    assert shop.outside.asked == ["/paper"]


async def test_an_address_inside_is_not_asked(shop: Shop) -> None:
    await shop.allow()
    stream, wang, li = await conversation(shop)
    for link in ("http://10.0.0.1/", "http://127.0.0.2/", "http://localhost/", "http://[::1]/", "http://2130706433/"):
        await say(shop.app.engine, wang, stream, f"看 {link}")
    await shop.settle()
    assert [m.preview for m in await shop.shown(li, stream)] == [None] * 5


async def test_a_page_whose_picture_is_none_is_shown_without(shop: Shop) -> None:
    async def site(path: str, writer: asyncio.StreamWriter) -> None:
        await page(writer, *((b"GIF89a-not", b"image/gif") if path == "/shelf.png" else (PAGE.encode(),)))

    await shop.allow()
    shop.outside.answer = site
    stream, wang, li = await conversation(shop)
    await say(shop.app.engine, wang, stream, here(shop, "/a"))
    await shop.settle()
    [message] = await shop.shown(li, stream)
    assert message.preview is not None
    assert message.preview.picture is None


async def test_cards_and_forwarded_words_are_not_looked_behind(shop: Shop) -> None:
    await shop.allow()
    stream, wang, _ = await conversation(shop)
    await send_card(shop.app.engine, wang, stream, f"见 {here(shop, '/a')}")
    await shop.settle()
    assert shop.outside.asked == []
