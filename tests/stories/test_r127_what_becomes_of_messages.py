"""R127 what everybody knows from their own messenger: a message is answered, edited, taken back, reacted to, copied."""

import pytest
from playwright.async_api import Page, expect

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from tests.stories.browser import chromium, look, screen, word
from tests.stories.devices import Device, device
from tests.stories.messages import menu_of, message, press
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def said(own: Device, person: int, *texts: str) -> str:
    """A conversation with this person in which `texts` were said."""
    stream = (await own.ask("chat.open_direct", OpenDirect(person=person), Opened)).stream
    for text in texts:
        await own.ask("chat.send", Send(stream=stream, text=text), Sent)
    return stream


async def test_the_menu_of_a_message_copies_its_text(server: Running, world: World) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with device(server, area.id) as hers, chromium() as browser:
        stream = await said(hers, manager.id, "货号 8420-117", "今天下午两点巡店")
        for size in ("phone", "desktop"):
            async with screen(browser, server, manager, size, exactly=True) as page:
                await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
                await page.goto(f"{server.url}/chats/{stream.removeprefix('chat:')}")
                menu = await menu_of(page, "8420-117")
                await look(page, "message-menu")
                await menu.get_by_role("button", name=word("chat.copy")).click()
                await page.get_by_text(word("chat.copied")).wait_for()
                assert await page.evaluate("navigator.clipboard.readText()") == "货号 8420-117"
                await message(page, "巡店").hover()
                await message(page, "巡店").get_by_role("button", name=word("chat.more_with")).click()
                await expect(page.get_by_role("dialog", name=word("chat.more_with"))).to_be_visible()
                await look(page, "message-bar")
                await page.keyboard.press("Escape")
                await expect(page.get_by_role("dialog", name=word("chat.more_with"))).not_to_be_visible()


async def write(page: Page, text: str) -> None:
    await page.get_by_placeholder(word("chat.write")).fill(text)
    await page.get_by_role("button", name=word("chat.send"), exact=True).click()


async def test_two_people_answer_edit_and_take_back_and_the_others_screen_follows(
    server: Running, world: World
) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with device(server, area.id) as hers, chromium() as browser:
        stream = await said(hers, manager.id, "周六几点盘点？")
        chat = f"{server.url}/chats/{stream.removeprefix('chat:')}"
        async with (
            screen(browser, server, manager, "phone", exactly=True) as phone,
            screen(browser, server, area, "desktop", exactly=True) as desktop,
        ):
            await phone.goto(chat)
            await desktop.goto(chat)
            await press(phone, "周六几点盘点", "chat.reply")
            await look(phone, "replying")
            await write(phone, "八点")
            answer = message(desktop, "八点")
            await expect(answer).to_contain_text("周六几点盘点？")
            await press(phone, "八点", "chat.edit")
            await write(phone, "早上八点，全员到")
            await expect(message(desktop, "早上八点，全员到")).to_contain_text(word("chat.edited"))
            await look(desktop, "answered-and-edited")

            await message(desktop, "全员到").hover()
            await menu_of(desktop, "全员到")
            await desktop.get_by_role("dialog").get_by_role("button", name="👍").click()
            await expect(
                message(phone, "全员到").get_by_role("button", pressed=False).filter(has_text="👍")
            ).to_be_visible()
            await look(phone, "reacted")

            await press(desktop, "周六几点盘点", "chat.recall")
            await desktop.get_by_text(word("chat.i_recalled")).last.wait_for()
            await phone.get_by_text(word("chat.recalled_by", name=area.name)).last.wait_for()
            for page in (phone, desktop):
                await expect(message(page, "全员到")).to_contain_text(word("chat.recalled"))
                assert "周六几点盘点" not in await page.inner_text("body")
            kept = await phone.evaluate(KEPT_HERE)
            assert "全员到" in kept
            assert "周六几点盘点" not in kept
            await look(phone, "taken-back")
            await look(desktop, "taken-back")
            await desktop.get_by_role("button", name=word("chat.edit_again")).click()
            await expect(desktop.get_by_placeholder(word("chat.write"))).to_have_value("周六几点盘点？")


async def test_a_begun_edit_is_over_once_the_conversation_is_left(server: Running, world: World) -> None:
    shop, area = world.nanjing_lu, world.wu_fang
    async with device(server, area.id) as hers, chromium() as browser:
        await said(hers, shop.cashier.id, "辛苦了")
        stream = await said(hers, shop.manager.id, "周六八点盘点")
        async with screen(browser, server, area, "desktop", exactly=True) as page:
            await page.goto(f"{server.url}/chats/{stream.removeprefix('chat:')}")
            box = page.get_by_placeholder(word("chat.write"))
            await box.fill("记得带盘点机")
            await press(page, "周六八点盘点", "chat.edit")
            await expect(box).to_have_value("周六八点盘点")
            await page.get_by_role("link").filter(has_text=shop.cashier.name).first.click()
            await expect(message(page, "辛苦了")).to_be_visible()
            await page.get_by_role("link").filter(has_text=shop.manager.name).first.click()
            await expect(box).to_have_value("记得带盘点机")
            await expect(page.get_by_role("button", name=word("chat.stop_editing"))).to_have_count(0)
            await page.get_by_role("button", name=word("chat.send"), exact=True).click()
            await expect(message(page, "记得带盘点机")).to_be_visible()
            await expect(message(page, "周六八点盘点")).to_be_visible()


# Everything this page's store keeps, in one text.
KEPT_HERE = """async () => {
  const all = []
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done) => { indexedDB.open(name).onsuccess = (e) => done(e.target.result) })
    for (const store of db.objectStoreNames) {
      const request = db.transaction(store).objectStore(store).getAll()
      all.push(await new Promise((done) => { request.onsuccess = () => done(request.result) }))
    }
    db.close()
  }
  return JSON.stringify(all)
}"""
