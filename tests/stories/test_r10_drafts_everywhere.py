"""R10: what was begun on one device goes on on another; what is being typed is never overwritten."""

import pytest
from playwright.async_api import expect

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import device
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def test_a_message_begun_on_the_phone_is_finished_on_the_desktop(server: Running, world: World) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with chromium() as browser, device(server, area.id) as hers:
        stream = (await hers.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        await hers.ask("chat.send", Send(stream=stream, text="周六几点盘点？"), Sent)
        chat = f"{server.url}/chats/{stream.removeprefix('chat:')}"
        async with (
            screen(browser, server, manager, "phone", exactly=True) as phone,
            screen(browser, server, manager, "desktop", exactly=True) as desktop,
        ):
            await phone.goto(chat)
            await phone.get_by_placeholder(word("chat.write")).fill("早上八点，")
            await phone.get_by_role("button", name=word("kit.back")).click()
            row = desktop.locator(".conversation-row", has_text=area.name)
            await expect(row.get_by_text(word("chat.draft"))).to_be_visible()
            await expect(row).to_contain_text("早上八点，")
            await look(desktop, "draft-from-elsewhere")
            assert await accessible(desktop) == []

            await row.click()
            written = desktop.get_by_placeholder(word("chat.write"))
            await expect(written).to_have_value("早上八点，")
            await written.press_sequentially("全员到")
            await phone.goto(chat)
            begun = phone.get_by_placeholder(word("chat.write"))
            await expect(begun).to_have_value("早上八点，全员到", timeout=15_000)
            await look(phone, "draft-in-the-box")

            await written.press("Enter")
            await expect(begun).to_have_value("")
            await phone.goto(f"{server.url}/chats")
            mine = phone.locator(".conversation-row", has_text=area.name)
            await expect(mine).to_contain_text("早上八点，全员到")
            await expect(mine.get_by_text(word("chat.draft"))).to_have_count(0)


async def test_what_is_being_typed_stays_whatever_comes_from_elsewhere(server: Running, world: World) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with chromium() as browser, device(server, area.id) as hers, device(server, world.wang_min.id) as hq:
        stream = (await hers.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        other = (await hq.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        for own, where in ((hers, stream), (hq, other)):
            await own.ask("chat.send", Send(stream=where, text="在吗"), Sent)
        async with (
            screen(browser, server, manager, "phone", exactly=True) as phone,
            screen(browser, server, manager, "desktop", exactly=True) as desktop,
        ):
            await desktop.goto(f"{server.url}/chats/{stream.removeprefix('chat:')}")
            here = desktop.get_by_placeholder(word("chat.write"))
            await here.fill("我在写")
            for where, words in ((stream, "手机上写的"), (other, "稍后回您")):
                await phone.goto(f"{server.url}/chats/{where.removeprefix('chat:')}")
                await phone.get_by_placeholder(word("chat.write")).fill(words)
                await phone.get_by_role("button", name=word("kit.back")).click()
            # What came later has come: so has what was written before it.
            await expect(desktop.locator(".conversation-row", has_text="稍后回您")).to_be_visible()
            await expect(here).to_have_value("我在写")
            await here.press_sequentially("完了")
            await here.press("Enter")
            await expect(desktop.get_by_role("article").filter(has_text="我在写完了")).to_be_visible()
