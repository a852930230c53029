"""R35 what works in one store is shared with another; R38 an order is handed on in the store's group: by forwarding."""

import pytest
from playwright.async_api import Page, expect

from dianmai.app import Running
from dianmai.wire.base import Nothing
from dianmai.wire.chat import Changed, GetHistory, History, OpenDirect, Opened, Recall, Send, Sent
from dianmai.wire.conversations import Conversations, GetConversations
from dianmai.wire.forwarding import Forward
from tests.stories.browser import WEB, accessible, chromium, look, screen, word
from tests.stories.devices import Device, device
from tests.stories.messages import message, press
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def group(own: Device, title: str) -> str:
    """The stream of a group this person is in."""
    listed = (await own.ask("chat.conversations", GetConversations(), Conversations)).conversations
    return next(one.stream for one in listed if one.title == title)


async def say(own: Device, stream: str, *texts: str) -> list[int]:
    return [(await own.ask("chat.send", Send(stream=stream, text=text), Sent)).seq for text in texts]


async def choose(page: Page, title: str, find: str = "") -> None:
    """Ticks a conversation in the sheet that asks where to."""
    sheet = page.get_by_role("dialog")
    if find:
        await sheet.get_by_role("searchbox").fill(find)
    await sheet.get_by_role("checkbox", name=title).first.check()


async def test_several_messages_go_as_one_to_a_group_and_to_somebody_new(server: Running, world: World) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with device(server, area.id) as fang, device(server, manager.id) as ming, chromium() as browser:
        direct = (await fang.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        await say(fang, direct, "南京路店的端架摆成了金字塔", "上周卖了三倍", "照片稍后发", "徐家汇店也试试")
        store = await group(ming, "南京路店")
        async with screen(browser, server, manager, "phone") as page:
            await page.goto(f"{server.url}/chats/{direct.removeprefix('chat:')}")
            await press(page, "摆成了金字塔", "chat.select")
            bar = page.get_by_role("toolbar")
            await message(page, "上周卖了三倍").click()
            await message(page, "徐家汇店也试试").get_by_role("checkbox").click()
            await expect(message(page, "徐家汇店也试试").get_by_role("checkbox")).to_be_checked()
            await message(page, "照片稍后发").click()
            await message(page, "照片稍后发").click()
            await expect(bar).to_contain_text(word("chat.selected", count=3))
            await look(page, "selecting")
            assert await accessible(page) == []
            await bar.get_by_role("button", name=word("chat.forward_merged")).click()
            await choose(page, "南京路店")
            await choose(page, world.xujiahui.manager.name, find=world.xujiahui.manager.name)
            await page.get_by_label(word("chat.forward_line")).fill("这个陈列可以学")
            await look(page, "forward-sheet")
            assert await accessible(page) == []
            await page.get_by_role("button", name=word("chat.forward_go", count=2)).click()
            await page.get_by_text(word("chat.forward_done")).wait_for()
            await expect(bar).to_have_count(0)

            await page.goto(f"{server.url}/chats/{store.removeprefix('chat:')}")
            await expect(message(page, "这个陈列可以学")).to_be_visible()
            card = page.locator(".merged")
            await expect(card).to_contain_text("上周卖了三倍")
            await look(page, "merged-card")
            await card.click()
            record = page.locator(".excerpts")
            await expect(record.locator("li")).to_have_count(3)
            await expect(record).to_contain_text("徐家汇店也试试")
            await expect(record).not_to_contain_text("照片稍后发")
            await look(page, "merged-page")
            assert await accessible(page) == []

            carried = (await ming.ask("chat.history", GetHistory(stream=store), History)).messages[0]
            await ming.ask("chat.recall", Recall(stream=store, seq=carried.seq), Changed)
            await expect(page.get_by_text(word("chat.merged_gone"))).to_be_visible()
    async with device(server, world.xujiahui.manager.id) as hers:
        stream = (await hers.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        [merged, line] = (await hers.ask("chat.history", GetHistory(stream=stream), History)).messages
        assert [one.name for one in merged.body.merged] == [area.name] * 3
        assert line.body.text == "这个陈列可以学"


async def test_an_order_is_handed_on_with_its_authors_name_by_keyboard(server: Running, world: World) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with device(server, area.id) as fang, device(server, manager.id) as ming, chromium() as browser:
        direct = (await fang.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        await say(fang, direct, "周一开门前换好价签", "价签在收银台抽屉", "换完拍照", "有问题找我")
        store = await group(ming, "南京路店")
        async with screen(browser, server, manager, "desktop") as page:
            await page.goto(f"{server.url}/chats/{direct.removeprefix('chat:')}")
            tray = page.locator(".tray")
            await page.locator("form.composer input[type=file]").last.set_input_files(
                {"name": "价签.txt", "mimeType": "text/plain", "buffer": "可乐 3.50".encode()}
            )
            await expect(tray).to_contain_text("价签.txt")
            await press(page, "开门前换好价签", "chat.select")
            bar = page.get_by_role("toolbar")
            await expect(tray).to_be_hidden()
            await message(page, "换完拍照").click(modifiers=["Shift"])
            await expect(bar).to_contain_text(word("chat.selected", count=3))
            await look(page, "selecting")
            await page.keyboard.press("Escape")
            await expect(bar).to_have_count(0)
            await expect(page.get_by_placeholder(word("chat.write"))).to_be_visible()
            await expect(tray).to_contain_text("价签.txt")

            await press(page, "开门前换好价签", "chat.select")
            await message(page, "价签在收银台抽屉").get_by_role("checkbox").focus()
            await page.keyboard.press("Space")
            await expect(message(page, "价签在收银台抽屉").get_by_role("checkbox")).to_be_checked()
            await bar.get_by_role("button", name=word("chat.forward_each")).click()
            await choose(page, "南京路店")
            await look(page, "forward-sheet")
            await page.keyboard.press("Escape")
            await expect(bar).to_contain_text(word("chat.selected", count=2))
            await bar.get_by_role("button", name=word("chat.forward_each")).click()
            await choose(page, "南京路店")
            await page.get_by_role("button", name=word("chat.forward_go", count=1)).click()
            await page.get_by_text(word("chat.forward_done")).wait_for()
            await page.goto(f"{server.url}/chats/{store.removeprefix('chat:')}")
            for text in ("周一开门前换好价签", "价签在收银台抽屉"):
                await expect(message(page, text)).to_contain_text(word("chat.forwarded_from", name=area.name))
            await look(page, "forwarded")
            assert await accessible(page) == []


async def test_a_record_opens_with_its_pictures_and_the_record_within_it(server: Running, world: World) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with device(server, area.id) as fang, chromium() as browser:
        direct = (await fang.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        notes = (await fang.ask("chat.open_direct", OpenDirect(person=area.id), Opened)).stream
        await say(fang, notes, "端架照片在这里")
        async with screen(browser, server, area, "desktop") as page:
            await page.goto(f"{server.url}/chats/{notes.removeprefix('chat:')}")
            async with page.expect_file_chooser() as choosing:
                await page.get_by_role("button", name=word("chat.add_pictures")).click()
            await (await choosing.value).set_files(WEB / "public" / "icon-192.png")
            await page.get_by_role("button", name=word("chat.send"), exact=True).click()
            sent = await fang.hears_that(lambda entry: bool(entry.body.get("pictures")))
            inner = Forward(stream=notes, seqs=[1, sent.seq], to=[notes], merged=True)
            await fang.ask("chat.forward", inner, Nothing)
            record = await fang.hears_that(lambda entry: bool(entry.body.get("merged")))
            [line] = await say(fang, notes, "昨天的也在里面")
            outer = Forward(stream=notes, seqs=[record.seq, line], to=[direct], merged=True)
            await fang.ask("chat.forward", outer, Nothing)
        async with screen(browser, server, manager, "desktop") as page:
            await page.goto(f"{server.url}/chats/{direct.removeprefix('chat:')}")
            await page.locator(".detail .merged").click()
            whole = page.locator(".excerpts")
            await expect(whole).to_contain_text("昨天的也在里面")
            await look(page, "record")
            await whole.locator(".merged").click()
            await expect(whole).to_contain_text("端架照片在这里")
            shown = whole.get_by_role("button", name=word("chat.open_picture", at=1, of=1))
            await expect(shown.locator("img")).to_have_js_property("naturalWidth", 192)
            await look(page, "record-within")
            assert await accessible(page) == []
            await page.go_back()
            await expect(whole).to_contain_text("昨天的也在里面")
