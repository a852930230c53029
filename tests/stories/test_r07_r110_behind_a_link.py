"""R7 richer than words: a link in a message shows what stands behind it; R110 and nobody's device asks the outside.

Headquarters turns previews on; a store manager shares a page of the chain's own news site.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.async_api import Request, expect

from dianmai.app import Running, running
from dianmai.settings import Settings
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from tests.egress.outside import Outside, outside_server, page
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import device
from tests.world import world_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PAGE = """<!doctype html><head><meta charset="utf-8"><title>新闻</title>
<meta property="og:title" content="周末闪购：全场饮料八折，会员再减 5 元">
<meta property="og:description" content="周六 9:00 到周日 21:00，华东大区全部门店参加。物料周五前送到，陈列按附图。">
<meta property="og:site_name" content="商品快讯"><meta property="og:image" content="/shelf.png"></head>"""


@pytest.fixture
async def news() -> AsyncIterator[Outside]:
    """The chain's news site."""
    drawn = io.BytesIO()
    shelf = Image.new("RGB", (1200, 800), "#e0f0ea")
    for n in range(6):
        ImageDraw.Draw(shelf).rectangle((60 + n * 190, 200, 200 + n * 190, 700), fill="#0a6350")
    shelf.save(drawn, "PNG")

    async def site(path: str, writer: asyncio.StreamWriter) -> None:
        await page(writer, *((drawn.getvalue(), b"image/png") if path == "/shelf.png" else (PAGE.encode(),)))

    async with outside_server() as there:
        there.answer = site
        yield there


@pytest.fixture
async def server(world_dsn: str, tmp_path: Path, news: Outside) -> AsyncIterator[Running]:
    """The product, with the news site within its reach."""
    settings = Settings(data_dir=tmp_path, port=0, egress_allow=("127.0.0.1",), egress_ports=(news.port,))
    async with running(settings, world_dsn) as server:
        yield server


async def test_a_link_shows_what_stands_behind_it_and_only_the_server_has_asked(server: Running, news: Outside) -> None:
    world = await world_of(server.app.engine.database.pool)
    manager, area = world.nanjing_lu.manager, world.wu_fang
    link = news.url("/news/8420", "127.0.0.1")
    async with (
        device(server, area.id) as hers,
        chromium() as browser,
        screen(browser, server, world.wang_min, "desktop", exactly=True) as desktop,
        screen(browser, server, manager, "phone", exactly=True) as phone,
    ):
        outside: list[str] = []

        def asked(request: Request) -> None:
            if not request.url.startswith((server.url, "data:", "blob:")):
                outside.append(request.url)

        phone.on("request", asked)
        stream = (await hers.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        await hers.ask("chat.send", Send(stream=stream, text=f"先看这个 {link}"), Sent)
        await phone.goto(f"{server.url}/chats/{stream.removeprefix('chat:')}")
        await phone.get_by_text("先看这个").last.wait_for()

        await desktop.goto(f"{server.url}/me/policies")
        switch = desktop.get_by_role("switch", name=word("policies.previews"))
        await expect(switch).not_to_be_checked()
        await switch.click()
        await desktop.get_by_text(word("policies.set"), exact=True).wait_for()
        await expect(switch).to_be_checked()
        await look(desktop, "policy-previews")
        assert news.asked == []

        await hers.ask("chat.send", Send(stream=stream, text=f"活动细则 {link}，今天看完"), Sent)
        shown = phone.get_by_role("link", name="周末闪购：全场饮料八折")
        await shown.wait_for()
        await expect(shown).to_have_attribute("href", link)
        await expect(shown).to_have_attribute("rel", "noopener noreferrer")
        await expect(shown).to_contain_text("商品快讯 · 127.0.0.1")
        await expect(shown.locator("img")).to_have_js_property("naturalWidth", 480)
        assert await accessible(phone) == []
        await look(phone, "link-preview")
        assert news.asked == ["/news/8420", "/shelf.png"]
        assert outside == []

        await desktop.goto(server.url)
        await phone.reload()
        await shown.wait_for()
        assert outside == []
