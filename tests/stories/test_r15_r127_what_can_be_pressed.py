"""R15, R127: in what people write an address, a phone number, a store's code and an employee number can be pressed."""

import pytest
from playwright.async_api import Page, expect

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from dianmai.wire.notices import Publish, Published
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import Device, device
from tests.stories.notices import EVERYONE
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
SAID = "SH001 收银机坏了，找 A00006，电话 021-62345678转803 或 13800138000，单在 https://a.example/b?c=1。编号 ZZ999"
EVIL = [
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "[点我](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
]


async def said(own: Device, person: int, *texts: str, markdown: bool = False) -> str:
    stream = (await own.ask("chat.open_direct", OpenDirect(person=person), Opened)).stream
    for text in texts:
        await own.ask("chat.send", Send(stream=stream, text=text, markdown=markdown), Sent)
    return stream


async def links(page: Page) -> list[str]:
    return await page.locator(".bubble a").evaluate_all("all => all.map((one) => one.getAttribute('href'))")


async def test_an_address_a_number_a_store_and_a_person_can_be_pressed(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    async with device(server, world.wu_fang.id) as hers, chromium() as browser:
        stream = await said(hers, manager.id, SAID)
        for size in ("phone", "desktop"):
            async with screen(browser, server, manager, size, exactly=True) as page:
                await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
                await page.goto(f"{server.url}/chats/{stream.removeprefix('chat:')}")
                address = page.locator(".bubble").get_by_role("link", name="https://a.example/b?c=1")
                await expect(address).to_have_attribute("rel", "noopener noreferrer")
                await expect(address).to_have_attribute("target", "_blank")
                store = page.locator(".bubble").get_by_role("link", name="SH001 南京路店")
                await expect(store).to_have_attribute("href", f"/people/unit/{world.nanjing_lu.id}")
                await expect(page.locator(".bubble").get_by_role("link", name="A00006 孙强")).to_be_visible()
                assert [href for href in await links(page) if "ZZ999" in href] == []
                assert {"tel:02162345678,803", "tel:13800138000"} <= set(await links(page))
                await look(page, "pressable")
                assert await accessible(page) == []

                await page.locator(".bubble").get_by_text("13800138000").click()
                sheet = page.get_by_role("dialog", name="13800138000")
                await expect(sheet.get_by_role("button", name=word("text.call"))).to_be_visible()
                await look(page, "phone-number")
                await sheet.get_by_role("button", name=word("text.copy_number")).click()
                await page.get_by_text(word("text.copied")).wait_for()
                assert await page.evaluate("navigator.clipboard.readText()") == "13800138000"
                await store.click()
                await page.wait_for_url(f"**/people/unit/{world.nanjing_lu.id}")
                await page.get_by_text(world.nanjing_lu.manager.name).first.wait_for()


async def test_what_would_run_is_words_and_a_false_address_says_where_it_leads(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    async with device(server, world.wu_fang.id) as hers, chromium() as browser:
        await said(hers, manager.id, *EVIL)
        stream = await said(hers, manager.id, *[f"# 看\n\n- {one}" for one in EVIL], markdown=True)
        await said(hers, manager.id, "# 通知\n\n[www.bank.example](https://evil.example/login) 请登录", markdown=True)
        await said(hers, manager.id, "https://bank.example@evil.example/x")
        async with screen(browser, server, manager, "phone") as page:
            page.on("dialog", lambda dialog: pytest.fail(f"it ran: {dialog.message}"))
            await page.goto(f"{server.url}/chats/{stream.removeprefix('chat:')}")
            await page.get_by_text("https://bank.example@evil.example/x").wait_for()
            assert all(href.startswith("https://") for href in await links(page))
            assert await page.locator(".bubble img, .bubble script").count() == 0
            await expect(page.locator(".bubble .host")).to_have_text(["evil.example", "evil.example"])
            await look(page, "false-address")


async def test_a_notices_text_can_be_pressed_too(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    text = "## 谁来做\n\n1. **SH001** 先换\n2. 有问题打 400-820-8820\n\n| 商品 | 新价 |\n|---|---|\n| 牛奶 | 8.20 |"
    async with device(server, world.wang_min.id) as hq, chromium() as browser:
        published = await hq.ask("notices.publish", Publish(title="调价", text=text, audience=EVERYONE), Published)
        async with screen(browser, server, manager, "phone") as page:
            await page.goto(f"{server.url}/notices/{published.notice}")
            body = page.locator(".body")
            await expect(body.get_by_role("heading", name="谁来做")).to_be_visible()
            await expect(body.get_by_role("link", name="SH001 南京路店")).to_be_visible()
            await expect(body.get_by_role("cell", name="8.20")).to_be_visible()
            await look(page, "notice-text")
            assert await accessible(page) == []
            await body.get_by_text("400-820-8820").click()
            await page.get_by_role("dialog", name="400-820-8820").wait_for()
