"""R28 R33 temporary groups across stores, quickly formed and closed; R34 R39 what a group is for and who posts."""

from datetime import date, timedelta

import pytest
from playwright.async_api import Page, expect

from dianmai.app import Running
from dianmai.wire.chat import Send, Sent
from dianmai.wire.conversations import Conversations, GetConversations
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import Refused, device
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def reads(page: Page, text: str) -> None:
    """Waits until the message stands in the conversation."""
    await page.locator(".bubble", has_text=text).wait_for()


async def write(page: Page, text: str) -> None:
    await page.get_by_placeholder(word("chat.write")).fill(text)
    await page.get_by_role("button", name=word("chat.send"), exact=True).click()


async def test_an_area_manager_gathers_two_stores_for_a_week_and_ends_it(server: Running, world: World) -> None:
    ming, clerk = world.nanjing_lu.manager, world.xujiahui.clerks[0]
    async with (
        chromium() as browser,
        screen(browser, server, world.wu_fang, "desktop", exactly=True) as desktop,
        screen(browser, server, ming, "phone", exactly=True) as phone,
    ):
        await desktop.get_by_role("button", name=word("chat.new.title")).click()
        await desktop.get_by_label(word("chat.new.name"), exact=True).fill("徐家汇店开业筹备")
        await desktop.get_by_label(word("chat.purpose"), exact=True).fill("陈列、人手、物料，开业前对齐")
        await desktop.get_by_label(word("chat.new.end"), exact=True).fill(str(date.today() + timedelta(days=7)))
        await desktop.get_by_role("button", name=word("chat.new.people")).click()
        sheet = desktop.get_by_role("dialog")
        for person in (ming, clerk):
            await sheet.get_by_role("searchbox").fill(person.employee_no)
            await sheet.get_by_role("checkbox", name=person.name).check()
        await sheet.get_by_role("button", name=word("chat.take", count=2)).click()
        assert await accessible(desktop) == []
        await look(desktop, "new-group")
        await desktop.get_by_role("button", name=word("chat.new.make")).click()
        await desktop.get_by_placeholder(word("chat.write")).wait_for()

        await phone.locator(".conversation-row", has_text="徐家汇店开业筹备").click()
        await write(desktop, "周四前把陈列图发群里")
        await reads(phone, "周四前把陈列图发群里")
        await write(phone, "收到，周三发")
        await reads(desktop, "收到，周三发")

        await desktop.get_by_role("button", name=word("chat.group"), exact=True).click()
        await desktop.get_by_text("陈列、人手、物料，开业前对齐").last.wait_for()
        await desktop.get_by_role("button", name=word("chat.manage")).click()
        await (
            desktop.get_by_role("dialog")
            .get_by_label(word("chat.announcement"), exact=True)
            .fill("周五早上八点现场集合")
        )
        await look(desktop, "group-settings")
        assert await accessible(desktop) == []
        await desktop.get_by_role("dialog").get_by_role("button", name=word("chat.save"), exact=True).click()
        await phone.get_by_role("button", name="周五早上八点现场集合").wait_for()
        await look(desktop, "group-card")
        await look(phone, "announced")
        assert await accessible(phone) == []

        await desktop.get_by_role("button", name=word("chat.manage")).click()
        await desktop.get_by_role("button", name=word("chat.end_now")).click()
        await desktop.get_by_text(word("chat.end_text")).wait_for()
        await look(desktop, "group-ending")
        assert await accessible(desktop) == []
        await desktop.get_by_role("button", name=word("chat.end_now")).click()
        for page in (phone, desktop):
            await page.get_by_text(word("chat.is_closed")).wait_for()
            await expect(page.get_by_placeholder(word("chat.write"))).to_have_count(0)
        await reads(phone, "周四前把陈列图发群里")
        await look(phone, "closed-group")
        said = desktop.locator(".message", has_text="周四前把陈列图发群里")
        await said.hover()
        await said.get_by_role("button", name=word("chat.more_with")).click()
        menu = desktop.get_by_role("dialog", name=word("chat.more_with"))
        await menu.get_by_role("button", name=word("chat.recall"), exact=True).wait_for()
        offered = await menu.get_by_role("button").all_inner_texts()
        refused_here = {word(f"chat.{what}") for what in ("reply", "react", "edit", "pin")} | {"👍"}
        assert not refused_here & set(offered)
        await look(desktop, "closed-group-menu")


async def test_a_store_group_where_only_those_in_charge_post(server: Running, world: World) -> None:
    shop = world.nanjing_lu
    async with (
        device(server, shop.cashier.id) as till,
        chromium() as browser,
        screen(browser, server, shop.cashier, "phone", exactly=True) as phone,
        screen(browser, server, shop.manager, "desktop", exactly=True) as desktop,
    ):
        await till.listed(["南京路店"])
        listed = (await till.ask("chat.conversations", GetConversations(), Conversations)).conversations
        stream = next(one.stream for one in listed if one.title == "南京路店")
        for page in (phone, desktop):
            await page.locator(".conversation-row", has_text="南京路店").click()
        await phone.get_by_placeholder(word("chat.write")).wait_for()
        await desktop.get_by_role("button", name=word("chat.group"), exact=True).click()
        await desktop.get_by_role("button", name=word("chat.manage")).click()
        posting = desktop.get_by_role("dialog").get_by_role("group", name=word("chat.post_by"), exact=True)
        await posting.get_by_text(word("chat.role.managers"), exact=True).click()
        await desktop.get_by_role("dialog").get_by_role("button", name=word("chat.save"), exact=True).click()
        await phone.get_by_text(word("chat.may_not_post")).wait_for()
        with pytest.raises(Refused) as refused:
            await till.ask("chat.send", Send(stream=stream, text="收银台缺零钱"), Sent)
        assert (refused.value.status, refused.value.code) == (403, "posting_restricted")
        await write(desktop, "今天盘点，八点到齐")
        await reads(phone, "今天盘点，八点到齐")

        await phone.get_by_role("button", name=word("chat.group"), exact=True).click()
        await phone.get_by_role("searchbox").fill("李明")
        await expect(phone.locator(".member")).to_have_count(1)
        await phone.get_by_text(word("chat.managed_text")).wait_for()
        assert await phone.get_by_role("button", name=word("chat.leave")).count() == 0
        assert await accessible(phone) == []
        await look(phone, "store-group-card")


async def test_headquarters_looks_after_a_stores_group_without_being_in_it(server: Running, world: World) -> None:
    shop = world.nanjing_lu
    async with (
        device(server, shop.cashier.id) as till,
        chromium() as browser,
        screen(browser, server, world.wang_min, "desktop") as desktop,
        screen(browser, server, shop.cashier, "phone") as phone,
    ):
        await till.listed(["南京路店"])
        for page in (desktop, phone):
            await page.goto(f"{server.url}/people/unit/{shop.id}")
            await page.get_by_role("heading", name="南京路店").wait_for()
        groups = desktop.get_by_role("list", name=word("people.groups_here"))
        await look(desktop, "unit-groups")
        await groups.get_by_role("link", name="南京路店").click()
        await desktop.get_by_text(word("chat.not_in")).wait_for()
        await desktop.locator(".member", has_text=shop.manager.name).wait_for()
        assert await accessible(desktop) == []
        await look(desktop, "group-from-outside")
        await desktop.get_by_role("button", name=word("chat.manage")).click()
        sheet = desktop.get_by_role("dialog")
        await sheet.get_by_label(word("chat.announcement"), exact=True).fill("周一七点半开早会")
        await sheet.get_by_role("button", name=word("chat.save"), exact=True).click()
        await desktop.locator(".part", has_text="周一七点半开早会").wait_for()
        listed = (await till.ask("chat.conversations", GetConversations(), Conversations)).conversations
        assert [one.announcement for one in listed if one.title == "南京路店"] == ["周一七点半开早会"]
        await expect(phone.get_by_role("list", name=word("people.groups_here"))).to_have_count(0)
