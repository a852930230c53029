"""R6 a colleague is called by what they answer for; R21 the store's manager says who that is; the company, for what."""

import pytest
from playwright.async_api import expect

from dianmai.app import Running
from dianmai.wire.duties import DutyHolders, GetDutyHolders, SetDutyHolder
from dianmai.wire.mentions import GetMentions, Mentions
from tests.stories.browser import accessible, chromium, either, look, screen, word
from tests.stories.devices import device
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

EQUIPMENT = 1


async def test_a_store_manager_says_who_answers_for_the_equipment(server: Running, world: World) -> None:
    store = world.nanjing_lu
    xu, tang = store.clerks[0], store.cashier
    equipment = either("设备", "Equipment")
    async with (
        device(server, xu.id) as hers,
        chromium() as browser,
        screen(browser, server, store.manager, "phone") as phone,
    ):
        await phone.goto(f"{server.url}/people/unit/{store.id}")
        duties = phone.get_by_role("region", name=word("people.duty.here"))
        await duties.get_by_role("button", name=word("people.duty.arrange")).click()
        await look(phone, "duties-nobody-yet")
        await duties.get_by_role("button", name=equipment).click()
        sheet = phone.get_by_role("dialog")
        await sheet.get_by_role("radio", name=xu.name).check()
        await expect(sheet.get_by_role("status")).to_have_text(xu.name)
        await look(phone, "duty-sheet")
        assert await accessible(phone) == []
        await sheet.get_by_role("button", name=word("people.duty.deputy")).click()
        await expect(sheet.get_by_role("radio", name=xu.name)).to_have_count(0)
        await sheet.get_by_role("radio", name=tang.name).check()
        await sheet.get_by_role("button", name=word("people.duty.arranged")).click()
        await duties.get_by_role("button", name=word("people.duty.arranged")).click()
        await duties.get_by_role("link", name=xu.name).wait_for()
        assert await accessible(phone) == []
        await look(phone, "duties-of-a-store")
        told = await hers.ask("org.duty_holders", GetDutyHolders(unit=store.id), DutyHolders)
        line = told.duties[0]
        assert line.person is not None
        assert line.deputy is not None
        assert (line.person.id, line.deputy.id, line.acting) == (xu.id, tang.id, xu.id)
        await duties.get_by_role("link", name=xu.name).click()
        await phone.get_by_text(word("people.duty.at", duty=equipment, unit=store.name)).wait_for()
        await look(phone, "duty-on-a-card")


async def test_whoever_answers_for_it_is_called_by_it_and_the_message_names_them(server: Running, world: World) -> None:
    store = world.nanjing_lu
    xu = store.clerks[0]
    label = word("chat.mention.duty", duty=either("设备", "Equipment"))
    async with (
        device(server, store.manager.id) as his,
        device(server, xu.id) as hers,
        chromium() as browser,
        screen(browser, server, store.cashier, "desktop") as desktop,
        screen(browser, server, xu, "phone") as phone,
    ):
        await his.listed([store.name])
        await his.ask("org.set_duty_holder", SetDutyHolder(unit=store.id, duty=EQUIPMENT, person=xu.id), DutyHolders)
        await desktop.get_by_text(store.name).first.click()
        writing = desktop.get_by_placeholder(word("chat.write"))
        await writing.press_sequentially("冷柜不制冷，@")
        option = desktop.get_by_role("option", name=label)
        await expect(option).to_contain_text(xu.name)
        await look(desktop, "duty-picker")
        assert await accessible(desktop) == []
        await writing.press_sequentially("sb")
        await expect(option).to_have_attribute("aria-selected", "true")
        await writing.press("Enter")
        await expect(writing).to_have_value(f"冷柜不制冷，@{label} ")
        await writing.press("Enter")
        said = await hers.hears_that(lambda e: "冷柜" in e.body.get("text", ""))
        [mention] = said.body["mentions"]
        assert (mention["duty"], mention["people"]) == (EQUIPMENT, [{"id": xu.id, "name": xu.name}])
        await expect(desktop.get_by_role("link", name=f"@{label} · {xu.name}", exact=True)).to_be_visible()
        await phone.get_by_text(word("chat.mention.you")).wait_for()
        await phone.get_by_text(store.name).first.click()
        await phone.get_by_role("link", name=f"@{label} · {xu.name}", exact=True).wait_for()
        await look(phone, "duty-mentioned")
        mine = await hers.ask("chat.mentions", GetMentions(), Mentions)
        assert [message.author for message in mine.messages] == [store.cashier.id]


async def test_all_who_are_something_are_called_together(server: Running, world: World) -> None:
    store = world.nanjing_lu
    clerk = either("店员", "Clerk")
    async with (
        device(server, store.manager.id) as his,
        device(server, store.clerks[2].id) as theirs,
        chromium() as browser,
        screen(browser, server, store.manager, "phone") as phone,
    ):
        await his.listed([store.name])
        await phone.get_by_text(store.name).first.click()
        writing = phone.get_by_placeholder(word("chat.write"))
        await writing.press_sequentially("@dianyuan")
        await phone.get_by_role("option", name=clerk).first.click()
        await writing.press_sequentially("谁换班")
        await phone.get_by_role("button", name=word("chat.send"), exact=True).click()
        said = await theirs.hears_that(lambda e: "谁换班" in e.body.get("text", ""))
        assert said.body["mentions"][0]["position"] == "clerk"
        called = word("text.people", count=len(store.clerks))
        await phone.get_by_role("button", name=f"@{clerk} · {called}", exact=True).click()
        for person in store.clerks:
            await phone.get_by_role("dialog").get_by_text(person.name, exact=True).wait_for()
        assert await accessible(phone) == []
        await look(phone, "position-mentioned")


async def test_headquarters_keeps_the_list_of_duties(server: Running, world: World) -> None:
    async with (
        chromium() as browser,
        screen(browser, server, world.wang_min, "desktop") as desktop,
        device(server, world.nanjing_lu.manager.id) as manager,
    ):
        await desktop.goto(f"{server.url}/people/unit/{world.nanjing_lu.id}")
        await desktop.get_by_role("button", name=word("people.duty.arrange")).click()
        await desktop.get_by_role("button", name=word("people.duty.list")).click()
        names = desktop.get_by_label(word("people.duty.name"), exact=True)
        await expect(names).to_have_count(4)
        await desktop.get_by_role("button", name=word("people.duty.remove", name="消防")).click()
        await desktop.get_by_role("button", name=word("people.duty.add")).click()
        await names.last.fill("收货")
        assert await accessible(desktop) == []
        await look(desktop, "duties-of-the-company")
        await desktop.get_by_role("button", name=word("people.duty.save")).click()
        await desktop.get_by_text(word("people.duty.saved"), exact=True).wait_for()
        told = await manager.ask("org.duty_holders", GetDutyHolders(unit=world.nanjing_lu.id), DutyHolders)
        assert [line.name for line in told.duties] == ["设备", "商品", "陈列", "收货"]
