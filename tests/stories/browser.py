"""The web client in a real browser, at the sizes and in the languages people use it in."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Page, async_playwright

from dianmai import accounts
from dianmai.app import Running
from tests.world import Member

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES: dict[str, tuple[int, int]] = {"phone": (390, 844), "till": (1024, 768), "desktop": (1440, 900)}
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "shop-floor-8420"
SHOTS = os.environ.get("DIANMAI_SHOTS")

Size = Literal["phone", "till", "desktop"]
Language = Literal["zh-CN", "en"]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def screen(
    browser: Browser, server: Running, member: Member, size: Size, language: Language = "zh-CN"
) -> AsyncIterator[Page]:
    """A screen of this size on which this person has signed in by the sign-in page."""
    await accounts.demo_sign_ins(server.app.engine, {member.employee_no: PASSWORD})
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale=language,
        timezone_id="Asia/Shanghai",
        has_touch=size != "desktop",
    )
    context.set_default_timeout(20_000)
    page = await context.new_page()
    page.on("pageerror", lambda error: _fail(error))
    try:
        await page.goto(server.url)
        await page.locator("input").nth(0).fill(member.employee_no)
        await page.locator("input").nth(1).fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/chats**")
        yield page
    finally:
        await context.close()


async def look(page: Page, name: str) -> None:
    """Keeps a picture of the page when somebody wants to look at it (`DIANMAI_SHOTS=folder`)."""
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png")


async def accessible(page: Page) -> list[str]:
    """What axe finds wrong on the page as it is, one line each."""
    await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


def _fail(error: object) -> None:
    raise AssertionError(f"the page raised {error}")
