"""R20 who joins is in at once, by a one-time code; R113 signing in works again after a session has ended."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from anyio import to_thread

from dianmai import accounts
from dianmai.app import Running
from dianmai.wire.accounts import GetSessions, IssueCode, IssuedCode, Sessions
from tests.stories import browser
from tests.stories.devices import device
from tests.world import World

PASSWORD = "three-blue-cups"


async def post(server: Running, op: str, body: dict[str, Any], **headers: str) -> tuple[int, dict[str, Any], str]:
    """Status, answer and cookie of one call, as a browser makes it."""

    def call() -> tuple[int, dict[str, Any], str]:
        always = {"Content-Type": "application/json", "X-Dianmai": "1", "Origin": server.url}
        request = urllib.request.Request(f"{server.url}/api/{op}", json.dumps(body).encode(), {**always, **headers})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
                return answer.status, json.loads(answer.read()), cookie
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read()), ""

    return await to_thread.run_sync(call)


async def test_a_new_cashier_activates_with_the_managers_code_and_is_in(server: Running, world: World) -> None:
    cashier = world.nanjing_lu.cashier
    async with device(server, world.nanjing_lu.manager.id, connected=False) as manager:
        issued = await manager.ask("accounts.issue_code", IssueCode(person=cashier.id), IssuedCode)
    asked = {"employee_no": cashier.employee_no, "code": issued.code, "password": PASSWORD}
    status, answer, cookie = await post(server, "accounts.activate", asked)
    assert (status, answer["me"]["person"]["name"]) == (200, cashier.name)
    assert cookie.startswith("__Host-dianmai=")
    status, answer, _ = await post(server, "accounts.activate", asked)
    assert (status, answer["error"]["code"]) == (401, "wrong_code")
    status, answer, _ = await post(server, "accounts.me", {}, Cookie=cookie)
    assert answer["person"]["id"] == cashier.id


async def test_a_browser_with_the_cookie_of_an_ended_session_signs_in_again(server: Running, world: World) -> None:
    cashier = world.nanjing_lu.cashier
    async with device(server, world.nanjing_lu.manager.id, connected=False) as manager:
        issued = await manager.ask("accounts.issue_code", IssueCode(person=cashier.id), IssuedCode)
    asked = {"employee_no": cashier.employee_no, "code": issued.code, "password": PASSWORD}
    _, _, cookie = await post(server, "accounts.activate", asked)
    await post(server, "accounts.sign_out", {}, Cookie=cookie)
    status, answer, _ = await post(server, "accounts.me", {}, Cookie=cookie, **{"Accept-Language": "en"})
    assert (status, answer["error"]["code"]) == (401, "session_revoked")
    credentials = {"employee_no": cashier.employee_no, "password": PASSWORD}
    status, _, again = await post(server, "accounts.sign_in", credentials, Cookie=cookie)
    assert status == 200
    assert again not in ("", cookie)
    async with device(server, cashier.id, connected=False) as own:
        assert len((await own.ask("accounts.sessions", GetSessions(), Sessions)).sessions) == 2


async def test_a_wrong_password_is_answered_in_the_readers_language(server: Running, world: World) -> None:
    asked = {"employee_no": world.wang_min.employee_no, "password": "not-the-one"}
    _, chinese, _ = await post(server, "accounts.sign_in", asked, **{"Accept-Language": "zh-CN"})
    _, english, _ = await post(server, "accounts.sign_in", asked, **{"Accept-Language": "en"})
    assert chinese["error"]["code"] == english["error"]["code"] == "wrong_credentials"
    assert chinese["error"]["message"] != english["error"]["message"]
    assert english["error"]["message"].isascii()


@pytest.mark.browser
@pytest.mark.timeout(120)
async def test_ones_sessions_are_told_apart_by_device_and_times_this_one_first(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    await accounts.demo_sign_ins(server.app.engine, {manager.employee_no: browser.PASSWORD})
    asked = {"employee_no": manager.employee_no, "password": browser.PASSWORD}
    async with browser.chromium() as chromium, browser.screen(chromium, server, manager, "desktop", "zh-CN") as page:
        await post(server, "accounts.sign_in", {**asked, "device": {"name": "微信 · iPhone", "kind": "phone"}})
        await page.goto(f"{server.url}/me/sessions")
        rows = page.locator("li:has(time)")
        await rows.nth(1).wait_for()
        first, second = await rows.nth(0).inner_text(), await rows.nth(1).inner_text()
        await browser.look(page, "sessions")
        assert all(part in first for part in ("电脑 · ", "登录", "正在使用", "本机"))
        assert all(part in second for part in ("手机 · 微信 · iPhone", "登录", "上次使用：今天", "让它下线"))


@pytest.mark.browser
@pytest.mark.timeout(120)
async def test_who_tried_too_often_reads_in_how_many_minutes_they_may_try_again(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    async with browser.chromium() as chromium, browser.screen(chromium, server, manager, "phone", "zh-CN") as page:
        await page.evaluate("localStorage.clear()")
        await page.context.clear_cookies()
        for _ in range(10):
            await post(server, "accounts.sign_in", {"employee_no": manager.employee_no, "password": "not-the-one"})
        await page.goto(f"{server.url}/sign-in")
        await page.locator("input").nth(0).fill(manager.employee_no)
        await page.locator("input").nth(1).fill(browser.PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_text("请 15 分钟后再试").wait_for()
