"""R3 every device gets the message: without a network the client opens all the same, and sends when it is back."""

import pytest
from playwright.async_api import Page, expect

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from tests.stories.browser import chromium, holds, look, screen
from tests.stories.devices import device
from tests.world import World

# Until the list of conversations, as it will be when the page is opened next, has the text in it.
REMEMBERED = """async (text) => {
  const done = (asked) => new Promise((resolve) => (asked.onsuccess = () => resolve(asked.result)))
  const name = (await indexedDB.databases()).map((one) => one.name).find((one) => one.startsWith('dianmai-'))
  const db = await done(indexedDB.open(name))
  for (let kept; !JSON.stringify(kept ?? '').includes(text); await new Promise(requestAnimationFrame))
    kept = await done(db.transaction('values').objectStore('values').get('conversations'))
  db.close()
}"""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def test_a_reload_without_a_network_shows_what_was_there_and_sends_later_what_is_written(
    server: Running, world: World
) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with device(server, area.id) as hers, chromium() as browser:
        stream = (await hers.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        async with screen(browser, server, manager, "phone", "zh-CN") as phone:
            await hers.ask("chat.send", Send(stream=stream, text="今天下午两点巡店"), Sent)
            await phone.get_by_text("今天下午两点巡店").first.wait_for()
            await kept_on_the_device(phone)
            await phone.evaluate(REMEMBERED, "今天下午两点巡店")

            await phone.context.set_offline(True)
            await phone.get_by_text("没有网络").wait_for()
            await phone.reload()
            await phone.get_by_text("今天下午两点巡店").first.click()
            await phone.get_by_placeholder("写消息").fill("没网时写的")
            await phone.get_by_role("button", name="发送").click()
            await expect(phone.get_by_role("log").get_by_text("没网时写的")).to_be_visible()
            await phone.get_by_text("1 条待发送").wait_for()
            await look(phone, "phone-without-a-network")
            assert not [e for e in hers.heard if e.body.get("text") == "没网时写的"]

            await phone.context.set_offline(False)
            answer = await hers.hears_that(lambda e: e.body.get("text") == "没网时写的")
            assert answer.actor == manager.id
            await expect(phone.get_by_text("没有网络")).to_be_hidden()
            await expect(phone.get_by_text("1 条待发送")).to_be_hidden()


async def test_the_worker_keeps_the_client_and_nothing_that_people_wrote(server: Running, world: World) -> None:
    async with chromium() as browser, screen(browser, server, world.wang_min, "desktop") as desktop:
        await kept_on_the_device(desktop)
        await desktop.goto(f"{server.url}/people")
        await desktop.wait_for_load_state("networkidle")
        kept: list[str] = await desktop.evaluate(
            "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name)"
            ".then((cache) => cache.keys())))).then((all) => all.flat().map((one) => new URL(one.url).pathname))"
        )
        assert "/" in kept
        assert not [path for path in kept if path.startswith(("/api", "/files", "/socket"))]
        assert (await desktop.request.get(f"{server.url}/worker.js")).headers["cache-control"] == "no-cache"
        manifest = await desktop.request.get(f"{server.url}/manifest.webmanifest")
        assert manifest.headers["content-type"].startswith("application/manifest+json")
        icons = [icon["src"] for icon in (await manifest.json())["icons"]]
        assert all([(await desktop.request.get(server.url + icon)).ok for icon in icons])


async def kept_on_the_device(page: Page) -> None:
    """The worker has kept all files of the client and is in charge of this page."""
    await holds(page, "navigator.serviceWorker.controller?.state === 'activated'")
