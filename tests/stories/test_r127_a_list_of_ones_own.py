"""R127 plain as a messenger: a list of one's own. R10 it follows over devices; R24 R33 folders by kind."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from dianmai.wire.conversations import Conversations, GetConversations
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import device
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def titles(page: Page) -> list[str]:
    return await page.locator(".conversation-row .name").all_inner_texts()


async def offered(page: Page, title: str, what: str) -> None:
    """Asks for the menu of a row, with a finger or the right button, and takes what it offers."""
    row = page.locator(".conversation-row", has=page.get_by_text(title, exact=True))
    if (page.viewport_size or {})["width"] < 900:
        box = await row.bounding_box()
        assert box is not None
        touch: Any = await page.context.new_cdp_session(page)
        point = {"x": box["x"] + 80, "y": box["y"] + 30}
        await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
        await page.get_by_role("dialog").wait_for()
        await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    else:
        await row.click(button="right")
    await page.get_by_role("dialog").get_by_role("button", name=word(what)).click()
    await page.get_by_role("dialog").wait_for(state="detached")


async def test_what_i_pin_mute_and_hide_on_the_phone_is_so_on_the_desktop(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    async with (
        chromium() as browser,
        screen(browser, server, manager, "phone", exactly=True) as phone,
        screen(browser, server, manager, "desktop", exactly=True) as desktop,
        device(server, world.wu_fang.id) as fang,
    ):
        for page in (phone, desktop):
            await page.locator(".conversation-row .name", has_text="全体员工").wait_for()
        listed = (await fang.ask("chat.conversations", GetConversations(), Conversations)).conversations
        shanghai = next(one.stream for one in listed if one.title == "上海店长群")
        await fang.ask("chat.send", Send(stream=shanghai, text="这周谁轮休？"), Sent)
        await expect(phone.locator(".conversation-row .name").first).to_have_text("上海店长群")

        await offered(phone, "南京路店", "chat.row.pin")
        for page in (phone, desktop):
            await expect(page.locator(".conversation-row .name").first).to_have_text("南京路店")
        await offered(desktop, "全体员工", "chat.row.mute")
        muted = phone.locator(".conversation-row", has_text="全体员工").get_by_label(word("chat.muted"))
        await expect(muted).to_be_attached()
        await offered(phone, "上海店长群", "chat.row.hide")
        for page in (phone, desktop):
            await expect(page.locator(".conversation-row .name", has_text="上海店长群")).to_have_count(0)
        await look(phone, "arranged")
        assert await accessible(phone) == []

        await fang.ask("chat.send", Send(stream=shanghai, text="周三我来顶"), Sent)
        for page in (phone, desktop):
            await page.locator(".conversation-row .name", has_text="上海店长群").wait_for()
            assert (await titles(page))[:2] == ["南京路店", "上海店长群"]
        assert "/chats" in phone.url and phone.url.endswith("/chats"), "a long press opens nothing"


async def test_folders_stand_above_a_long_list_and_show_one_kind(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    async with device(server, manager.id) as ming:
        await ming.listed(["全体员工", "南京路店"])
        for person in (world.wu_fang, *world.nanjing_lu.clerks):
            stream = (await ming.ask("chat.open_direct", OpenDirect(person=person.id), Opened)).stream
            await ming.ask("chat.send", Send(stream=stream, text="明天盘点"), Sent)
        async with chromium() as browser, screen(browser, server, manager, "desktop") as page:
            folders = page.get_by_role("group", name=word("chat.folder.label"))
            await folders.get_by_role("button", name=word("chat.folder.store")).click()
            await expect(page.locator(".conversation-row .name")).to_have_text(["南京路店"])
            await folders.get_by_role("button", name=word("chat.folder.direct")).click()
            await expect(page.locator(".conversation-row")).to_have_count(1 + len(world.nanjing_lu.clerks))
            assert "吴芳" in await titles(page)
            assert await accessible(page) == []
            await look(page, "folders")
