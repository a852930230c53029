"""R9: what matters is not drowned, and people are left alone: quiet hours, which must-reads and mentions pierce."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from dianmai.app import Running
from dianmai.wire.accounts import QuietHours, SetQuietHours
from dianmai.wire.chat import MentionWish, OpenDirect, Opened, Send, Sent
from tests.stories.browser import accessible, chromium, holds, look, screen, word
from tests.stories.devices import device
from tests.stories.notices import EVERYONE, publish
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
# Each note that is played is counted; nobody looks at the page.
LISTENING = """
window.notes = 0
const begin = OscillatorNode.prototype.start
OscillatorNode.prototype.start = function (...at) { window.notes += 1; return begin.apply(this, at) }
Document.prototype.hasFocus = () => false
"""


def around_now() -> SetQuietHours:
    """Hours that have begun and last for a while, by the clocks of Shanghai."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    minute = now.hour * 60 + now.minute
    return SetQuietHours(on=True, from_minute=(minute - 60) % 1440, until_minute=(minute + 120) % 1440)


async def test_in_quiet_hours_only_what_must_be_read_and_who_means_me_is_heard(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    async with (
        chromium("--autoplay-policy=no-user-gesture-required") as browser,
        device(server, manager.id) as own,
        device(server, world.wu_fang.id) as hers,
        device(server, world.wang_min.id) as hq,
        screen(browser, server, manager, "desktop") as page,
    ):
        await page.add_init_script(LISTENING)
        await page.reload()
        stream = (await hers.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        await hers.ask("chat.send", Send(stream=stream, text="早"), Sent)
        await holds(page, "window.notes === 2")
        await expect(page.get_by_role("button", name=word("chat.quiet_now"))).to_have_count(0)

        await own.ask("accounts.set_quiet_hours", around_now(), QuietHours)
        await expect(page.get_by_role("button", name=word("chat.quiet_now"))).to_be_visible()
        badge = page.locator(".navigation .badge").first
        await expect(badge).to_have_class("badge figures muted count")
        await rested(page)
        await hers.ask("chat.send", Send(stream=stream, text="不急，明天再说"), Sent)
        await page.get_by_text("不急，明天再说").first.wait_for()
        assert await page.evaluate("window.notes") == 2
        await look(page, "quiet-hours-now")
        assert await accessible(page) == []

        mention = MentionWish(at=0, length=3, person=manager.id)
        await hers.ask("chat.send", Send(stream=stream, text="@李明 请看", mentions=[mention]), Sent)
        await holds(page, "window.notes === 4")
        await rested(page)
        await publish(hq, EVERYONE)
        await holds(page, "window.notes === 7")


async def rested(page: Page) -> None:
    """What comes in a row is one sound: waits until the next thing would be heard by itself."""
    await page.evaluate("new Promise((later) => setTimeout(later, 4_100))")


async def test_they_are_set_on_one_device_and_hold_on_all(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    async with (
        chromium() as browser,
        screen(browser, server, manager, "phone", exactly=True) as phone,
        screen(browser, server, manager, "desktop", exactly=True) as desktop,
    ):
        await desktop.goto(f"{server.url}/me/quiet")
        await phone.goto(f"{server.url}/me")
        await phone.get_by_role("link", name=word("me.quiet.title")).click()
        await phone.get_by_role("switch", name=word("me.quiet.on")).check()
        for page in (phone, desktop):
            await expect(page.get_by_role("switch", name=word("me.quiet.on"))).to_be_checked()
            await expect(page.get_by_label(word("me.quiet.from"))).to_have_value("22:00")
            await expect(page.get_by_label(word("me.quiet.until_next"))).to_have_value("08:00")
            await look(page, "quiet-hours")
            assert await accessible(page) == []
        await phone.get_by_label(word("me.quiet.from")).fill("21:30")
        await phone.get_by_label(word("me.quiet.from")).blur()
        await expect(desktop.get_by_label(word("me.quiet.from"))).to_have_value("21:30")
        await phone.get_by_role("button", name=word("me.quiet.day.6")).click()
        await expect(desktop.get_by_role("button", name=word("me.quiet.day.6"))).to_have_attribute(
            "aria-pressed", "false"
        )
        await expect(desktop.get_by_role("button", name=word("me.quiet.day.5"))).to_have_attribute(
            "aria-pressed", "true"
        )
