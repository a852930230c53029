"""The web client in a real browser, at the sizes and in the languages people use it in.

Each story has a size of its own and is told in Chinese. `DIANMAI_SIZE` and `DIANMAI_LANGUAGE` tell them all at another
size or in another language, as `bin/nightly` does with every combination.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, cast

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
WEB = Path(__file__).parents[2] / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "shop-floor-8420"
SHOTS = os.environ.get("DIANMAI_SHOTS")

Size = Literal["phone", "till", "desktop"]
Language = Literal["zh-CN", "en"]
ASKED_SIZE = cast("Size | None", os.environ.get("DIANMAI_SIZE"))
LANGUAGE = cast("Language", os.environ.get("DIANMAI_LANGUAGE", "zh-CN"))


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """A browser, started with `more` words."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *more])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def screen(
    browser: Browser,
    server: Running,
    member: Member,
    size: Size,
    language: Language = LANGUAGE,
    *,
    exactly: bool = False,
) -> AsyncIterator[Page]:
    """A screen on which this person has signed in by the sign-in page.

    Of this size unless another one is asked for from outside; `exactly`: of this size whatever is asked.
    """
    await accounts.demo_sign_ins(server.app.engine, {member.employee_no: PASSWORD})
    size = size if exactly else ASKED_SIZE or size
    async with signed_in(browser, server.url, (member.employee_no, PASSWORD), size, language) as page:
        yield page


@asynccontextmanager
async def signed_in(
    browser: Browser, url: str, credentials: tuple[str, str], size: Size, language: Language = LANGUAGE
) -> AsyncIterator[Page]:
    """A screen on which somebody has signed in with employee number and password."""
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
        await page.goto(url)
        for place, word in enumerate(credentials):
            await page.locator("input").nth(place).fill(word)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/chats**")
        yield page
    finally:
        await context.close()


def word(key: str, **given: object) -> str:
    """What the client says for `notices.compose.review`, in the language of the stories."""
    feature, *path = key.split(".")
    said: Any = json.loads((WEB / "src" / feature / f"words.{LANGUAGE[:2]}.json").read_text("utf-8"))
    for name in path:
        said = said[name]
    forms = said.split(" | ")
    return forms[0 if given.get("count") == 1 else -1].format(**given)


def either(chinese: str, english: str) -> str:
    """What the server says in both languages, such as a position's title."""
    return chinese if LANGUAGE == "zh-CN" else english


async def look(page: Page, name: str) -> None:
    """Keeps a picture of the page when somebody wants to look at it (`DIANMAI_SHOTS=folder`)."""
    if SHOTS:
        size = page.viewport_size or {"width": 0}
        await page.screenshot(path=f"{SHOTS}/{name}-{size['width']}-{LANGUAGE}.png")


async def accessible(page: Page) -> list[str]:
    """What axe finds wrong on the page as it is, one line each."""
    await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


def _fail(error: object) -> None:
    raise AssertionError(f"the page raised {error}")
