"""R7: rich-text messages. What is written with headings and lists is shown so; plain text stays as it was typed."""

import pytest
from playwright.async_api import expect

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import device
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PACKAGE = """# 周末闪购

**时间：**周六 9:00 到周日 21:00

1. 开门前换海报
2. 端架只放促销品
   - 牛奶
   - 面包

> 有问题先问吴芳

| 商品 | 原价 | 闪购价 |
|---|---|---|
| 鲜牛奶 950ml | 16.80 | 12.90 |
| 全麦面包 | 9.90 | 7.90 |"""
PLAIN = "* 不是列表 *\n# 也不是标题？\n1. 一"


async def test_an_action_package_is_written_looked_at_and_read_as_such(server: Running, world: World) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with chromium() as browser, device(server, area.id) as hers:
        stream = (await hers.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        await hers.ask("chat.send", Send(stream=stream, text=PLAIN), Sent)
        chat = f"{server.url}/chats/{stream.removeprefix('chat:')}"
        async with (
            screen(browser, server, area, "desktop", exactly=True) as desktop,
            screen(browser, server, manager, "phone", exactly=True) as phone,
        ):
            await desktop.goto(chat)
            await phone.goto(chat)
            box = desktop.get_by_placeholder(word("chat.write"))
            await box.fill("一句话 **不用**")
            await expect(desktop.get_by_text(word("chat.format.take"))).to_have_count(0)
            await box.fill(PACKAGE)
            await expect(desktop.get_by_role("checkbox", name=word("chat.format.take"))).to_be_checked()
            await desktop.get_by_role("button", name=word("chat.format.look")).click()
            preview = desktop.get_by_role("dialog", name=word("chat.format.look"))
            await expect(preview.get_by_role("heading", name="周末闪购")).to_be_visible()
            await look(desktop, "format-preview")
            assert await accessible(desktop) == []
            await desktop.keyboard.press("Escape")
            await desktop.get_by_role("button", name=word("chat.send"), exact=True).click()
            for page in (desktop, phone):
                bubble = page.get_by_role("article").filter(has_text="周末闪购")
                await expect(bubble.get_by_role("heading", name="周末闪购")).to_be_visible()
                await expect(bubble.get_by_role("listitem").filter(has_text="面包")).to_have_count(2)
                await expect(bubble.get_by_role("cell", name="12.90")).to_be_visible()
                plain = page.get_by_role("article").filter(has_text="不是列表")
                await expect(plain.get_by_role("heading")).to_have_count(0)
                assert "# 也不是标题？" in await plain.inner_text()
                await look(page, "formatted")
            await phone.goto(f"{server.url}/chats")
            row = phone.locator(".conversation-row", has_text=area.name)
            await expect(row).to_contain_text("周末闪购 时间：周六 9:00")
            assert "#" not in await row.inner_text()

            await box.fill(PACKAGE.replace("闪购", "特卖"))
            await desktop.get_by_role("checkbox", name=word("chat.format.take")).uncheck()
            await desktop.get_by_role("button", name=word("chat.send"), exact=True).click()
            typed = desktop.get_by_role("article").filter(has_text="周末特卖")
            await expect(typed.get_by_role("heading")).to_have_count(0)
            assert "# 周末特卖" in await typed.inner_text()


async def test_a_very_long_one_folds_and_opens(server: Running, world: World) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    text = "# 手册\n\n" + "\n".join(f"{n}. 第 {n} 步，先看清楚再动手" for n in range(1, 61))
    async with chromium() as browser, device(server, area.id) as hers:
        stream = (await hers.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        await hers.ask("chat.send", Send(stream=stream, text=text, markdown=True), Sent)
        async with screen(browser, server, manager, "phone") as page:
            await page.goto(f"{server.url}/chats/{stream.removeprefix('chat:')}")
            bubble = page.locator(".bubble").filter(has_text="手册")
            folded = await bubble.bounding_box()
            assert folded is not None and folded["height"] < 500
            await look(page, "folded")
            await bubble.get_by_role("button", name=word("chat.show_all")).click()
            await expect(bubble.get_by_role("button", name=word("chat.fold"))).to_be_attached()
            opened = await bubble.bounding_box()
            assert opened is not None and opened["height"] > 1_200
