"""R3 the store's till gets the message too; R128 several people share it, one at a time, each by name and password."""

from typing import Any

import pytest
from playwright.async_api import Page

from dianmai import accounts
from dianmai.app import Running
from dianmai.wire.accounts import Devices, EndDevice, GetDevices
from dianmai.wire.base import Nothing
from tests.stories.browser import PASSWORD, Language, Size, accessible, chromium, look, screen
from tests.stories.devices import device
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WORDS: dict[str, tuple[str, str, str, str, str]] = {
    "zh-CN": ("这台设备叫什么", "设为", "换人", "其他人", "登录"),
    "en": ("What to call this device", "Use this computer", "Switch person", "Someone else", "Sign in"),
}


async def make_shared(page: Page, server: Running, language: Language, name: str = "收银台 1") -> None:
    field, share = WORDS[language][:2]
    await page.goto(f"{server.url}/me/devices")
    await page.wait_for_load_state("networkidle")
    await page.get_by_label(field).fill(name)
    await page.get_by_role("button", name=share).click()
    await page.get_by_text(name, exact=True).wait_for()


async def step_aside(page: Page, server: Running, language: Language) -> None:
    """Presses what lets somebody else in, until the people of the device are shown."""
    switch = WORDS[language][2]
    await page.goto(f"{server.url}/me")
    await page.wait_for_load_state("networkidle")  # people press when the page stands
    await page.get_by_role("button", name=switch).click()
    await page.get_by_role("dialog").get_by_role("button", name=switch).click()
    await page.wait_for_url("**/sign-in**")
    await page.get_by_role("button", name=WORDS[language][3]).wait_for()


async def come_back(page: Page, name: str, language: Language, password: str = PASSWORD) -> None:
    await page.get_by_role("button", name=name).click()
    await page.locator("input").fill(password)
    await page.get_by_role("button", name=WORDS[language][4], exact=True).click()


async def post(
    page: Page, op: str, body: dict[str, Any], token: str | None = None, *, own_page: bool = True
) -> tuple[int, str]:
    """Status and code of a call that the page's browser makes; with `token`, of a program that shows it."""
    script = """async ([op, body, token, own]) => {
      const headers = {'Content-Type': 'application/json', ...(own ? {'X-Dianmai': '1'} : {})}
      if (token) headers.Authorization = `Bearer ${token}`
      const answer = await fetch(`/api/${op}`, {method: 'POST', headers, body: JSON.stringify(body)})
      return [answer.status, (await answer.json()).error?.code ?? 'ok']
    }"""
    status, code = await page.evaluate(script, [op, body, token, own_page])
    return status, code


async def cookies(page: Page) -> dict[str, Any]:
    return {c["name"]: c for c in await page.context.cookies()}  # pyright: ignore[reportTypedDictNotRequiredAccess]


@pytest.mark.parametrize(("size", "language"), [("till", "zh-CN"), ("phone", "en")])
async def test_two_people_take_turns_at_one_till(server: Running, world: World, size: Size, language: Language) -> None:
    manager, cashier = world.nanjing_lu.manager, world.nanjing_lu.cashier
    await accounts.demo_sign_ins(server.app.engine, {cashier.employee_no: PASSWORD})
    async with chromium() as browser, screen(browser, server, manager, size, language) as page:
        await make_shared(page, server, language)
        await look(page, f"till-{size}-registered")
        assert await accessible(page) == []
        held = (await cookies(page))["__Host-dianmai-device"]
        assert held["httpOnly"] and held["secure"]
        await step_aside(page, server, language)
        await page.get_by_role("button", name=WORDS[language][3]).click()
        await page.locator("input").nth(0).fill(cashier.employee_no)
        await page.locator("input").nth(1).fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/chats**")
        cashiers = (await cookies(page))["__Host-dianmai"]["value"]
        await step_aside(page, server, language)
        await page.get_by_role("button", name=cashier.name).wait_for()
        await look(page, f"till-{size}-tiles")
        assert await accessible(page) == []
        tile = await page.get_by_role("button", name=manager.name).bounding_box()
        assert tile is not None and tile["height"] >= 56
        assert await page.evaluate("localStorage.getItem('dianmai.me')") is None
        stores = await page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))")
        assert not [name for name in stores if str(cashier.id) in name], "nothing of the cashier's is left"
        assert (await post(page, "accounts.me", {}, cashiers))[0] == 401
        assert await post(page, "accounts.here", {}, own_page=False) == (403, "csrf_failed")
        await come_back(page, manager.name, language, "not the password")
        await page.get_by_role("alert").wait_for()
        await look(page, f"till-{size}-wrong-password")
        assert await accessible(page) == []
        await page.locator("input").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/chats**")
        await page.goto(f"{server.url}/me")
        await page.get_by_role("heading", name=manager.name).wait_for()
        await look(page, f"till-{size}-me")
        assert await accessible(page) == []


async def test_what_a_till_refuses_and_how_its_end_ends_all(server: Running, world: World) -> None:
    manager, store = world.nanjing_lu.manager, world.nanjing_lu
    async with (
        chromium() as browser,
        screen(browser, server, manager, "till", "zh-CN") as page,
        device(server, world.wu_fang.id, connected=False) as area,
    ):
        asked = {"person": manager.id, "password": PASSWORD}
        assert await post(page, "accounts.switch", asked) == (401, "not_shared_device")
        assert await post(page, "accounts.register_device", {"name": "x", "unit": world.tianhe.id}) == (
            403,
            "forbidden",
        )
        await make_shared(page, server, "zh-CN")
        for person in (store.cashier.id, 999_999):
            assert await post(page, "accounts.switch", {**asked, "person": person}) == (404, "not_held")
        assert await post(page, "accounts.switch", {**asked, "password": "wrong"}) == (401, "wrong_password")
        assert await post(page, "accounts.switch", {**asked, "person": "1"}) == (422, "invalid_type")
        token = (await cookies(page))["__Host-dianmai-device"]["value"]
        assert await post(page, "accounts.me", {}, token) == (401, "sign_in_required")
        assert await post(page, "accounts.here", {}, token) == (200, "ok")
        (till,) = (await area.ask("accounts.devices", GetDevices(unit=store.id), Devices)).devices
        await page.get_by_role("button", name="停用收银台 1").click()
        await page.get_by_role("button", name="先不停用").wait_for()
        await page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished)).then(() => null)")
        await look(page, "till-ending")
        assert await accessible(page) == []
        await area.ask("accounts.end_device", EndDevice(device=till.id), Nothing)
        await page.wait_for_url("**/sign-in?why=ended", timeout=5_000)
        await page.get_by_label("工号").wait_for()  # an ordinary sign-in page: nobody is held here any more
        assert await page.get_by_role("button", name=manager.name).count() == 0
        assert "__Host-dianmai-device" not in await cookies(page)
        assert await post(page, "accounts.switch", asked, token) == (401, "not_shared_device")
