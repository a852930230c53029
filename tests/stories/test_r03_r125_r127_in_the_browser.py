"""R3 phone, PC and till all get the message; R125 one client for every system, a browser; R127 plain as a messenger."""

import re

import pytest
from playwright.async_api import expect

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from dianmai.wire.notices import Board, GetBoard
from tests.stories.browser import (
    ASKED_SIZE,
    LANGUAGE,
    Language,
    Size,
    accessible,
    chromium,
    either,
    look,
    screen,
    word,
)
from tests.stories.devices import device
from tests.stories.notices import below, confirm, publish
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SCREENS = ("/chats", "/notices", "/people", "/me", "/me/sessions", "/me/appearance", "/board", "/notices/new")
LOOKS: tuple[tuple[Size, Language], ...] = (("phone", "zh-CN"), ("till", "en"), ("desktop", "zh-CN"))
if ASKED_SIZE:
    LOOKS = ((ASKED_SIZE, LANGUAGE),)


async def test_a_message_shows_on_phone_desktop_and_till_and_is_answered_from_the_till(
    server: Running, world: World
) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with device(server, area.id) as hers, chromium() as browser:
        stream = (await hers.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        async with (
            screen(browser, server, manager, "phone", exactly=True) as phone,
            screen(browser, server, manager, "desktop", exactly=True) as desktop,
            screen(browser, server, manager, "till", exactly=True) as till,
        ):
            await hers.ask("chat.send", Send(stream=stream, text="今天下午两点巡店"), Sent)
            for page in (phone, desktop, till):
                await page.get_by_text("今天下午两点巡店").first.wait_for()
            await till.get_by_text("今天下午两点巡店").first.click()
            writing = till.get_by_placeholder(word("chat.write"))
            await writing.fill("收到，<b>都在</b>")
            await till.get_by_role("button", name=word("chat.send"), exact=True).click()
            answer = await hers.hears_that(lambda e: e.body.get("text") == "收到，<b>都在</b>")
            assert answer.actor == manager.id
            await phone.get_by_text("收到，<b>都在</b>").first.wait_for()
            await look(till, "till-answered")


async def test_a_store_manager_confirms_a_notice_on_the_phone_and_headquarters_sees_it(
    server: Running, world: World
) -> None:
    manager, hq = world.nanjing_lu.manager, world.wang_min
    async with (
        device(server, hq.id) as office,
        chromium() as browser,
        screen(browser, server, manager, "phone") as phone,
    ):
        published = await publish(office, below(world.nanjing_lu.id), title="周一调价")
        await phone.get_by_text("周一调价").first.wait_for()
        await phone.goto(f"{server.url}/notices/{published.notice}")
        await phone.get_by_role("button", name=word("notices.confirm")).click()
        await phone.get_by_text(word("notices.state.confirmed")).first.wait_for()
        await look(phone, "phone-confirmed")
        board = await office.ask("notices.board", GetBoard(notice=published.notice), Board)
        assert (board.total.delivered, board.total.read, board.total.confirmed) == (1, 1, 1)


async def test_headquarters_publishes_from_the_desktop_and_the_board_fills_up(server: Running, world: World) -> None:
    async with (
        device(server, world.xujiahui.manager.id) as manager,
        device(server, world.xujiahui.cashier.id) as cashier,
        chromium() as browser,
        screen(browser, server, world.wang_min, "desktop") as desktop,
    ):
        await desktop.goto(f"{server.url}/notices/new")
        await desktop.get_by_role("textbox", name=word("notices.compose.subject"), exact=True).fill("换海报")
        await desktop.get_by_role("textbox", name=word("notices.compose.text")).fill("开门前换上**新海报**")
        await desktop.get_by_role("button", name=word("notices.audience.first_part")).click()
        await desktop.get_by_text(either("店长", "Store manager"), exact=True).click()
        await desktop.get_by_role("button", name=word("notices.audience.ok")).click()
        await expect(desktop.get_by_role("button", name=word("notices.audience.whole_company"))).to_be_visible()
        await desktop.get_by_text(word("notices.audience.people", count=6)).first.wait_for()
        await desktop.get_by_role("button", name=word("notices.compose.review_for", count=6)).click()
        await look(desktop, "desktop-review")
        await (
            desktop.get_by_role("dialog")
            .get_by_role("button", name=word("notices.compose.publish_to", count=6))
            .click()
        )
        entry = await manager.hears_that(lambda e: e.kind == "notice.published")
        assert entry.body["title"] == "换海报"
        await desktop.wait_for_url("**/board/**")
        await desktop.get_by_text("华东大区").first.wait_for()
        await confirm(manager, entry.body["notice"])
        reached = desktop.get_by_text(word("board.confirmed_of", count=1, of=6)).filter(visible=True)
        await expect(reached.first).to_be_visible(timeout=15_000)
        await look(desktop, "desktop-board")
        assert not [e for e in cashier.heard if e.kind == "notice.published"]


@pytest.mark.parametrize(("size", "language"), LOOKS)
async def test_every_screen_passes_axe_without_a_key_shown_raw(
    server: Running, world: World, size: Size, language: Language
) -> None:
    async with device(server, world.wang_min.id) as office, chromium() as browser:
        published = await publish(office, below(world.nanjing_lu.id))
        async with screen(browser, server, world.wang_min, size, language, exactly=True) as page:
            for path in (*SCREENS, f"/board/{published.notice}", f"/notices/{published.notice}"):
                await page.goto(server.url + path)
                await page.wait_for_load_state("networkidle")
                await look(page, f"{size}-{language}{path.replace('/', '-')}")
                assert await accessible(page) == [], path
                text = await page.inner_text("body")
                assert not re.search(r"\b(?:app|chat|notices|people|board|me|kit)\.[a-z_]+\b", text), path
