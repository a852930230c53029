"""R11 who did not get it is seen at once; R42 who has read each message and who has not; and the states between."""

import pytest
from playwright.async_api import Page, expect

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from dianmai.wire.readers import GetReaders, Readers
from dianmai.wire.sync import MarkRead, ReadMark
from tests.stories.browser import accessible, chromium, either, look, screen, word
from tests.stories.devices import device
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def write(page: Page, text: str) -> None:
    await page.get_by_placeholder(word("chat.write")).fill(text)
    await page.get_by_role("button", name=word("chat.send"), exact=True).click()


async def test_a_direct_message_is_sent_then_delivered_then_read_and_never_called_so_before(
    server: Running, world: World
) -> None:
    li, xu = world.nanjing_lu.manager, world.nanjing_lu.clerks[0]
    async with device(server, li.id) as his, chromium() as browser:
        stream = (await his.ask("chat.open_direct", OpenDirect(person=xu.id), Opened)).stream
        async with screen(browser, server, li, "phone") as phone:
            await phone.goto(f"{server.url}/chats/{stream.removeprefix('chat:')}")
            await write(phone, "明天早班你来开门")
            await phone.get_by_label(word("chat.state.sent")).wait_for()
            async with screen(browser, server, xu, "desktop", exactly=True) as desktop:
                await phone.get_by_label(word("chat.state.delivered")).wait_for()
                await look(phone, "direct-delivered")
                assert await phone.get_by_text(word("chat.state.read"), exact=True).count() == 0
                await desktop.get_by_text("明天早班你来开门").first.click()
                await phone.get_by_text(word("chat.state.read"), exact=True).wait_for()
                await desktop.get_by_placeholder(word("chat.write")).press_sequentially("好")
                await phone.get_by_text(word("chat.typing.one")).wait_for()
                await look(phone, "direct-read-and-typing")
                await desktop.get_by_role("button", name=word("chat.send"), exact=True).click()
                await phone.get_by_text("好", exact=True).first.wait_for()
                await expect(phone.get_by_text(word("chat.typing.one"))).to_have_count(0)


async def test_the_author_sees_how_many_have_read_it_and_who_has_not(server: Running, world: World) -> None:
    store = world.nanjing_lu
    async with (
        device(server, store.manager.id) as his,
        device(server, store.clerks[0].id) as hers,
        device(server, store.cashier.id) as till,
        chromium() as browser,
        screen(browser, server, store.manager, "desktop") as desktop,
    ):
        await his.listed([store.name])
        await desktop.get_by_text(store.name).first.click()
        await write(desktop, "今晚盘点，八点前到")
        said = await hers.hears_that(lambda e: e.body.get("text") == "今晚盘点，八点前到")
        others = len(store.people)  # the crew without the author, and the area manager
        await desktop.get_by_text(word("chat.readers.of", read=0, of=others)).wait_for()
        for colleague in (hers, till):
            await colleague.ask("sync.read", MarkRead(stream=said.stream, no=said.no or 0), ReadMark)
        count = desktop.get_by_role("button", name=word("chat.readers.of", read=2, of=others))
        await count.wait_for()
        await look(desktop, "group-read-by")
        await count.click()
        sheet = desktop.get_by_role("dialog")
        await sheet.get_by_text(world.wu_fang.name).wait_for()
        await look(desktop, "readers-unread")
        assert await accessible(desktop) == []
        await expect(sheet.get_by_text(store.cashier.name)).to_have_count(0)
        await sheet.get_by_role("button", name=word("chat.readers.read")).click()
        await sheet.get_by_text(store.cashier.name).wait_for()
        await sheet.get_by_text(store.clerks[0].name).wait_for()
        await look(desktop, "readers-read")
        await hers.ask("chat.send", Send(stream=said.stream, text="收到"), Sent)
        await desktop.keyboard.press("Escape")
        # Of somebody else's message the menu tells.
        answer = desktop.get_by_role("article").locator(".bubble").filter(has_text="收到")
        await answer.click(button="right")
        menu = desktop.get_by_role("dialog", name=word("chat.more_with"))
        await look(desktop, "readers-in-the-menu")
        await menu.get_by_role("button", name=word("chat.readers.title"), exact=True).click()
        await sheet.get_by_text(store.cashier.name).wait_for()


async def test_in_a_group_of_the_whole_company_the_stores_come_first(server: Running, world: World) -> None:
    async with (
        device(server, world.wang_min.id) as office,
        device(server, world.tianhe.manager.id) as manager,
        chromium() as browser,
        screen(browser, server, world.wang_min, "phone") as phone,
    ):
        await office.listed(["全体员工"])
        await phone.get_by_text(either("全体员工", "All hands")).first.click()
        await write(phone, "全员：今天下班前换好冬装海报")
        said = await manager.hears_that(lambda e: e.body.get("text", "").startswith("全员"))
        await manager.ask("sync.read", MarkRead(stream=said.stream, no=said.no or 0), ReadMark)
        numbers = await office.ask("chat.readers", GetReaders(stream=said.stream, seq=said.seq), Readers)
        others = numbers.read + numbers.unread
        await phone.get_by_role("button", name=word("chat.readers.of", read=1, of=others)).click()
        sheet = phone.get_by_role("dialog")
        await sheet.get_by_text(world.tianhe.name).click()
        await sheet.get_by_text(world.tianhe.cashier.name).wait_for()
        await expect(sheet.get_by_text(world.tianhe.manager.name)).to_have_count(0)
        await look(phone, "readers-by-unit")
