"""R102 one box finds what was said, sent and published, R12 with the words highlighted; R4 and it leads to its place.

R114 who is no longer in a group finds nothing of it from that moment.
"""

import asyncio
from pathlib import Path

import pytest

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from dianmai.wire.search import Hits, Search
from tests.stories.browser import Size, accessible, chromium, look, screen, word
from tests.stories.chain import import_people, without
from tests.stories.devices import Device, device
from tests.stories.notices import EVERYONE, publish
from tests.world import World

PATIENCE_S = 15.0


async def found(own: Device, text: str) -> list[str]:
    hits = (await own.ask("search.find", Search(text=text), Hits)).hits
    return [hit.text for hit in hits]


async def until_found(own: Device, text: str, count: int = 1) -> list[str]:
    """What is found once search has followed: a second after it was said, at most."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if len(hits := await found(own, text)) >= count:
                return hits
            await asyncio.sleep(0.1)


async def store_group(server: Running, world: World) -> str:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            stream = await server.app.engine.database.pool.fetchval(
                "SELECT stream FROM conversation WHERE key = $1", f"store:{world.nanjing_lu.id}"
            )
            if stream:
                return stream
            await asyncio.sleep(0.1)


async def test_what_was_said_is_found_within_seconds_and_by_a_leaver_not_at_all(
    server: Running, world: World, tmp_path: Path
) -> None:
    group = await store_group(server, world)
    clerk, cashier = world.nanjing_lu.clerks[0], world.nanjing_lu.cashier
    async with device(server, clerk.id) as one, device(server, cashier.id) as other:
        await one.ask("chat.send", Send(stream=group, text="三号冷柜温度报警，已经打电话报修"), Sent)
        assert await until_found(other, "冷柜 报修") == ["三号冷柜温度报警，已经打电话报修"]
        async with device(server, world.tianhe.manager.id) as elsewhere:
            assert await found(elsewhere, "冷柜") == []
        await import_people(server, tmp_path, without(cashier))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                gone = await server.app.engine.database.pool.fetchval(
                    "SELECT left_at IS NOT NULL FROM member WHERE stream = $1 AND actor = $2", group, cashier.id
                )
                if gone:
                    break
                await asyncio.sleep(0.1)
        assert await found(one, "冷柜 报修") != []


@pytest.mark.browser
@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_one_box_finds_everything_and_leads_to_its_place(server: Running, world: World, size: Size) -> None:
    group = await store_group(server, world)
    manager, clerk = world.nanjing_lu.manager, world.nanjing_lu.clerks[0]
    async with device(server, clerk.id) as own, device(server, world.wang_min.id) as office:
        await own.ask("chat.send", Send(stream=group, text="三号冷柜温度报警，已经打电话报修"), Sent)
        for n in range(80):
            await own.ask("chat.send", Send(stream=group, text=f"第 {n + 1} 箱已经上架"), Sent)
        direct = (await own.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        await own.ask("chat.send", Send(stream=direct, text="店长，冷柜师傅下午两点到"), Sent)
        await publish(office, EVERYONE)
        await until_found(own, "冷柜", 2)
    async with chromium() as browser, screen(browser, server, manager, size) as page:
        await page.get_by_text("冷柜师傅").first.wait_for()
        if size == "desktop":
            await page.keyboard.press("Control+k")
        else:
            await page.get_by_role("button", name=word("search.open"), exact=True).click()
        await page.get_by_text(word("search.start")).wait_for()
        await look(page, "search-empty")
        box = page.get_by_role("searchbox")
        await box.fill("冷柜")
        hit = page.get_by_role("link").filter(has_text="三号冷柜温度报警")
        await hit.wait_for()
        assert await hit.locator("mark").all_text_contents() == ["冷柜"]
        assert await accessible(page) == []
        await look(page, "search-hits")
        await box.fill("南京路")
        await page.get_by_role("heading", name=word("search.view.chats")).wait_for()
        await page.get_by_role("heading", name=word("search.people_and_units")).wait_for()
        await look(page, "search-people")
        await box.fill("没有人说过的话")
        await page.get_by_text(word("search.none", text="没有人说过的话")).wait_for()
        await look(page, "search-none")
        await box.fill("冷柜")
        await page.get_by_role("button", name=word("search.by")).click()
        await page.get_by_role("dialog").get_by_role("searchbox").fill(clerk.name)
        await look(page, "search-pick")
        await page.get_by_role("dialog").get_by_role("button").filter(has_text=clerk.name).first.click()
        await hit.wait_for()
        await look(page, "search-filtered")
        await hit.click()
        place = page.get_by_role("log").get_by_text("三号冷柜温度报警，已经打电话报修")
        await place.wait_for()
        await asyncio.sleep(0.5)
        assert await place.is_visible()
        await look(page, "search-place")
        if size == "desktop":
            assert await hit.is_visible()  # what was found stays beside its place
        else:
            await page.get_by_role("button", name=word("kit.back")).click()
            await hit.wait_for()


@pytest.mark.browser
async def test_without_a_network_it_says_so_and_finds_what_the_device_knows(server: Running, world: World) -> None:
    group = await store_group(server, world)
    manager = world.nanjing_lu.manager
    async with device(server, world.nanjing_lu.clerks[0].id) as own:
        await own.ask("chat.send", Send(stream=group, text="早上好"), Sent)
    async with chromium() as browser, screen(browser, server, manager, "phone") as page:
        await page.get_by_text("早上好").first.wait_for()
        await page.get_by_role("button", name=word("search.open"), exact=True).click()
        await page.get_by_text(word("search.start")).wait_for()
        await page.context.set_offline(True)
        await page.get_by_role("searchbox").fill("南京路")
        await page.get_by_text(word("search.offline")).wait_for()
        await page.get_by_role("heading", name=word("search.view.chats")).wait_for()
        await look(page, "search-offline")
