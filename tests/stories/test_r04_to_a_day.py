"""R4: record and trace-back. From a day in the conversation or from its search to the day one remembers."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from tests.stories.browser import accessible, chromium, holds, look, screen, word
from tests.stories.devices import Device, device
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
HERE = ZoneInfo("Asia/Shanghai")
# A little at each look, until a day's line is there.
UP = """(document.querySelector('.jump.down') !== null && document.querySelector('.messages .day button') !== null)
  || (document.querySelector('.messages .rows').scrollBy(0, -60), false)"""


async def two_months(server: Running, own: Device, person: int) -> tuple[str, datetime, int]:
    """A conversation begun at the end of the month before; the day of that, and how much was said."""
    stream = (await own.ask("chat.open_direct", OpenDirect(person=person), Opened)).stream
    now = datetime.now(HERE)
    begun = now.replace(day=1, hour=9, minute=0) - timedelta(days=3)
    many = 80
    for n in range(many):
        sent = await own.ask("chat.send", Send(stream=stream, text=f"第 {n} 句"), Sent)
        # Of the first day 60 sentences, the others of today. The ledger is not looked at here.
        at = begun + timedelta(minutes=n) if n < 60 else now - timedelta(minutes=many - n)
        await server.app.engine.database.pool.execute(
            "UPDATE entry SET at = $3 WHERE stream = $1 AND seq = $2", stream, sent.seq, at.astimezone(UTC)
        )
    return stream, begun, many


async def pick(page: Page, begun: datetime) -> None:
    """Turns to the month before and takes its day."""
    sheet = page.get_by_role("dialog", name=word("chat.days.title"))
    await expect(sheet.locator("button.said")).not_to_have_count(0)
    await sheet.get_by_role("button", name=word("chat.days.before")).click()
    day = sheet.get_by_role("button", name=word("chat.days.day", day=begun.day, count=60))
    await day.wait_for()
    await look(page, "calendar")
    assert await accessible(page) == []
    await expect(sheet.locator("button.said")).to_have_count(1)
    await expect(sheet.get_by_role("button", name=word("chat.days.before"))).to_be_disabled()
    await day.click()
    await sheet.wait_for(state="detached")


async def test_from_a_days_line_and_from_the_search_to_the_day(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    async with device(server, world.wu_fang.id) as hers, chromium() as browser:
        stream, begun, many = await two_months(server, hers, manager.id)
        for size in ("phone", "desktop"):
            async with screen(browser, server, manager, size, exactly=True) as page:
                await page.goto(f"{server.url}/chats/{stream.removeprefix('chat:')}")
                last = page.locator(".bubble").get_by_text(f"第 {many - 1} 句", exact=True)
                await last.wait_for()
                await expect(last).to_be_in_viewport()
                # Away from the end, where the list would follow what comes.
                await holds(page, UP)
                # Not by its place: older messages that come in just now move it.
                await page.locator(".day button").last.dispatch_event("click")
                await pick(page, begun)
                await expect(page.locator(".bubble").get_by_text("第 0 句", exact=True)).to_be_in_viewport()
                await expect(
                    page.locator(".bubble").get_by_text(f"第 {many - 1} 句", exact=True)
                ).not_to_be_in_viewport()
                await look(page, "on-the-day")
                await page.get_by_role("button", name=word("search.open_inside")).first.click()
                await page.get_by_role("button", name=word("chat.days.open"), exact=True).first.click()
                await pick(page, begun)
                await expect(page.locator(".bubble").get_by_text("第 0 句", exact=True)).to_be_in_viewport()
