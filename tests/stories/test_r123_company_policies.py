"""R123 administrators decide by the level they stand on; R39 flexible, and under control: the company's policies."""

import pytest
from playwright.async_api import expect

from dianmai.app import Running
from dianmai.wire.org import GetPolicies, Policies, PoliciesTold
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import device
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def test_headquarters_decides_how_long_messages_can_be_edited(server: Running, world: World) -> None:
    async with (
        chromium() as browser,
        screen(browser, server, world.wang_min, "desktop") as desktop,
        device(server, world.nanjing_lu.manager.id) as manager,
    ):
        await desktop.goto(f"{server.url}/me")
        await desktop.get_by_role("link", name=word("policies.title")).click()
        edit = desktop.get_by_role("group", name=word("policies.edit"), exact=True)
        await expect(edit.get_by_role("radio", name=word("policies.minutes", count=15))).to_be_checked()
        await edit.get_by_text(word("policies.hours", count=1), exact=True).click()
        await desktop.get_by_text(word("policies.set"), exact=True).wait_for()
        await expect(edit.get_by_role("radio", name=word("policies.hours", count=1))).to_be_checked()
        assert await accessible(desktop) == []
        await look(desktop, "policies")
        told = await manager.ask("org.policies", GetPolicies(), PoliciesTold)
        assert told == PoliciesTold(policies=Policies(chat_edit_minutes=60))


async def test_a_store_manager_only_reads_what_was_decided(server: Running, world: World) -> None:
    async with chromium() as browser, screen(browser, server, world.nanjing_lu.manager, "phone") as phone:
        await phone.goto(f"{server.url}/me/policies")
        await phone.get_by_text(word("policies.not_yours")).wait_for()
        radios = phone.get_by_role("radio")
        assert await radios.count() == 13
        for at in range(await radios.count()):
            await expect(radios.nth(at)).to_be_disabled()
        assert await accessible(phone) == []
        await look(phone, "policies")
        await phone.goto(f"{server.url}/me")
        await phone.get_by_role("link", name=word("me.sessions")).wait_for()
        assert await phone.get_by_role("link", name=word("policies.title")).count() == 0
