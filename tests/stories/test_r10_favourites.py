"""R10 what one keeps follows over devices: favourites, found again by their words. R4 nothing worth keeping sinks."""

import pytest
from playwright.async_api import expect

from dianmai.app import Running
from dianmai.wire.chat import Changed, Recall
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import device
from tests.stories.messages import menu_of, message, press
from tests.stories.test_r35_r38_carried_on import group, say
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def test_what_i_keep_on_the_phone_i_find_on_the_desktop(server: Running, world: World) -> None:
    manager, clerk = world.nanjing_lu.manager, world.nanjing_lu.clerks[0]
    async with device(server, manager.id) as ming, chromium() as browser:
        store = await group(ming, "南京路店")
        [secret, *_] = await say(ming, store, "进货价 8.20", "保险柜钥匙在副店长那里", "空调报修电话 400-820-8820")
        chat = f"{server.url}/chats/{store.removeprefix('chat:')}"
        async with (
            screen(browser, server, clerk, "phone", exactly=True) as phone,
            screen(browser, server, clerk, "desktop", exactly=True) as desktop,
        ):
            await desktop.goto(f"{server.url}/me/favourites")
            await expect(desktop.get_by_text(word("favourites.none"))).to_be_visible()
            await phone.goto(chat)
            await press(phone, "空调报修电话", "chat.favourite")
            await phone.get_by_text(word("chat.favoured")).wait_for()
            menu = await menu_of(phone, "空调报修电话")
            await expect(menu.get_by_role("button", name=word("chat.unfavourite"), exact=True)).to_be_visible()
            await look(phone, "favourite-menu")
            await phone.keyboard.press("Escape")
            await press(phone, "进货价", "chat.select")
            await message(phone, "保险柜钥匙").click()
            await phone.get_by_role("toolbar").get_by_role("button", name=word("chat.favourite"), exact=True).click()
            await expect(desktop.locator(".favourite")).to_have_count(3)
            await look(desktop, "favourites")
            assert await accessible(desktop) == []

            await ming.ask("chat.recall", Recall(stream=store, seq=secret), Changed)
            await expect(desktop.get_by_text(word("favourites.recalled"))).to_be_visible()
            assert "进货价" not in await desktop.inner_text("body")
            box = desktop.get_by_role("searchbox", name=word("favourites.find"))
            await box.fill("空调 400")
            await expect(desktop.locator(".favourite")).to_have_count(1)
            await desktop.locator(".favourite .place").click()
            await expect(message(desktop, "空调报修电话")).to_be_in_viewport()
            await look(desktop, "favourite-found")

            await phone.goto(f"{server.url}/me")
            await phone.get_by_role("link", name=word("favourites.title")).click()
            await expect(phone.locator(".favourite")).to_have_count(3)
            await look(phone, "favourites")
            assert await accessible(phone) == []
            kept = phone.locator(".favourite", has_text="保险柜钥匙")
            await kept.get_by_role("button", name=word("favourites.remove")).click()
            await expect(phone.locator(".favourite")).to_have_count(2)
            await box.fill("")
            await expect(desktop.locator(".favourite")).to_have_count(2)
