"""Messages on a page: finding one, and what its menu offers."""

from playwright.async_api import Locator, Page

from tests.stories.browser import word


def message(page: Page, text: str) -> Locator:
    """The message on the page that says this."""
    return page.get_by_role("article").filter(has_text=text)


async def menu_of(page: Page, text: str, part: str = ".bubble") -> Locator:
    """The menu of a message, opened by pressing long on a phone, by the right button on a desktop."""
    pressed = message(page, text).locator(part).filter(has_text=text)
    if await page.evaluate("matchMedia('(pointer: coarse)').matches"):
        await pressed.dispatch_event(
            "pointerdown", {"pointerType": "touch", "isPrimary": True, "clientX": 80, "clientY": 300}
        )
    else:
        await pressed.click(button="right")
    menu = page.get_by_role("dialog", name=word("chat.more_with"))
    await menu.wait_for()
    return menu


async def press(page: Page, text: str, action: str, part: str = ".bubble") -> None:
    """Chooses something from the menu of a message."""
    await (await menu_of(page, text, part)).get_by_role("button", name=word(action), exact=True).click()
