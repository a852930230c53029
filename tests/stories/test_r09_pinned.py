"""R9 what is important is not drowned by chatter: it is pinned above it, for everybody in the conversation."""

import pytest
from playwright.async_api import expect

from dianmai.app import Running
from dianmai.wire.chat import Changed, Recall
from dianmai.wire.groups import GroupCard, SetGroup
from dianmai.wire.pins import Pin
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import device
from tests.stories.messages import menu_of, message, press
from tests.stories.test_r35_r38_carried_on import group, say
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def test_what_one_pins_stands_above_the_talk_on_every_screen(server: Running, world: World) -> None:
    manager, clerk = world.nanjing_lu.manager, world.nanjing_lu.clerks[0]
    async with device(server, manager.id) as ming, chromium() as browser:
        store = await group(ming, "南京路店")
        [important, *_] = await say(ming, store, "盘点表放在前台左边抽屉")
        await say(ming, store, *(f"闲聊第 {n} 句" for n in range(60)), "周六八点全员到")
        chat = f"{server.url}/chats/{store.removeprefix('chat:')}"
        async with (
            screen(browser, server, manager, "phone", exactly=True) as phone,
            screen(browser, server, clerk, "desktop", exactly=True) as desktop,
        ):
            await phone.goto(chat)
            await desktop.goto(chat)
            await press(desktop, "周六八点全员到", "chat.pin")
            for page in (phone, desktop):
                await expect(page.locator(".pinned-line")).to_contain_text("周六八点全员到")
            await ming.ask("chat.pin", Pin(stream=store, seq=important), Changed)
            for page in (phone, desktop):
                await expect(page.locator(".pinned-line")).to_contain_text("盘点表放在前台")
                await expect(page.locator(".pinned-line")).to_contain_text(word("chat.pins_count", count=2))
            assert await accessible(phone) == []
            await phone.locator(".pinned-line").click()
            await look(phone, "pins")
            assert await accessible(phone) == []
            await phone.get_by_role("dialog").get_by_role("button").filter(has_text="盘点表").click()
            await expect(message(phone, "盘点表放在前台")).to_be_in_viewport()
            await look(phone, "pinned")
            await look(desktop, "pinned")

            await ming.ask("chat.set_group", SetGroup(stream=store, pin_by="managers"), GroupCard)
            await desktop.get_by_text(
                word("chat.changed.pin_by", name=manager.name, who=word("chat.role.managers"))
            ).wait_for()
            menu = await menu_of(desktop, "周六八点全员到")
            await expect(menu.get_by_role("button", name=word("chat.unpin"), exact=True)).to_have_count(0)
            await desktop.keyboard.press("Escape")

            await ming.ask("chat.recall", Recall(stream=store, seq=important), Changed)
            for page in (phone, desktop):
                await expect(page.locator(".pinned-line")).to_contain_text("周六八点全员到")
                assert "盘点表放在前台" not in await page.locator(".pinned-line").inner_text()
            await phone.goto(chat)
            await press(phone, "周六八点全员到", "chat.unpin")
            for page in (phone, desktop):
                await expect(page.locator(".pinned-line")).to_have_count(0)
