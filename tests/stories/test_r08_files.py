"""R8 file transfer, images and short video: what is sent arrives whole, whatever happens to the page on the way."""

import asyncio
import hashlib
import random
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Error, Locator, Page, Request, Route, expect

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened
from tests.stories.browser import accessible, chromium, look, screen, word
from tests.stories.devices import device
from tests.world import Member, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

MIB = 1024 * 1024
SIZE = 20 * MIB
A_MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# A second of film, as a phone's browser makes it.
FILM = """async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 })
  const context = canvas.getContext('2d')
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' })
  const chunks = []
  recorder.ondataavailable = ({ data }) => chunks.push(data)
  recorder.start(100)
  for (let n = 0; n < 30; n++) {
    context.fillStyle = `hsl(${n * 12} 60% 45%)`
    context.fillRect(0, 0, 320, 240)
    await new Promise((go) => setTimeout(go, 40))
  }
  const ended = new Promise((go) => (recorder.onstop = go))
  recorder.stop()
  await ended
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer())
  return Array.from(bytes)
}"""


async def test_a_large_file_goes_on_after_a_reload_and_arrives_whole(
    server: Running, world: World, tmp_path: Path
) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    plan = tmp_path / "陈列方案.zip"
    plan.write_bytes(random.Random(8).randbytes(SIZE))
    async with chromium() as browser:
        chat = await between(server, area, manager)
        async with screen(browser, server, manager, "phone") as phone:
            await phone.goto(server.url + chat)
            await choose_files(phone, plan)
            await expect(phone.get_by_text("陈列方案.zip")).to_be_visible()
            await slow_down(phone, 0.7)
            parts: list[int] = []
            phone.on("request", lambda request: note_part(request, parts))
            await phone.get_by_role("button", name=word("chat.send"), exact=True).click()
            await phone.get_by_role("progressbar").wait_for()
            await look(phone, "file-on-its-way")
            # What is written meanwhile does not wait for the file.
            await phone.get_by_placeholder(word("chat.write")).fill("方案在传，稍等")
            await phone.get_by_role("button", name=word("chat.send"), exact=True).click()
            while len(parts) < 2:
                await phone.wait_for_timeout(50)

            parts.clear()
            await phone.unroute_all()
            await phone.reload()
            await phone.get_by_role("link", name="陈列方案.zip").wait_for()
            assert min(parts) > 0, "it began anew"
            await expect(phone.get_by_role("progressbar")).to_have_count(0)
            assert await phone.evaluate(BYTES_KEPT) == 0
            await look(phone, "file-sent")
        async with screen(browser, server, area, "desktop") as desktop:
            await desktop.goto(server.url + chat)
            link = desktop.get_by_role("log").get_by_role("link", name="陈列方案.zip")
            await link.wait_for()
            texts = await desktop.get_by_role("article").all_inner_texts()
            assert "方案在传" in texts[0] and "陈列方案.zip" in texts[1]
            await look(desktop, "file-arrived")
            async with desktop.expect_download() as coming:
                await link.click()
            download = await coming.value
            assert download.suggested_filename == "陈列方案.zip"
            arrived = Path(await download.path()).read_bytes()
            assert hashlib.sha256(arrived).digest() == hashlib.sha256(plan.read_bytes()).digest()


async def test_an_upload_is_stopped_and_nothing_of_it_stays(server: Running, world: World, tmp_path: Path) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    film = tmp_path / "巡店录像.bin"
    film.write_bytes(bytes(8 * MIB))
    async with chromium() as browser, screen(browser, server, manager, "phone") as phone:
        await phone.goto(server.url + await between(server, area, manager))
        await slow_down(phone, 4)
        await choose_files(phone, film)
        await phone.get_by_role("button", name=word("chat.send"), exact=True).click()
        await phone.get_by_role("progressbar").wait_for()
        async with phone.expect_response(lambda answer: answer.request.method == "DELETE"):
            await phone.get_by_role("button", name=word("chat.stop_upload", name="巡店录像.bin")).click()
        await expect(phone.get_by_role("progressbar")).to_have_count(0)
        await phone.wait_for_function(f"async () => (await ({BYTES_KEPT})()) === 0")
        await phone.reload()
        await phone.get_by_placeholder(word("chat.write")).wait_for()
        await expect(phone.get_by_text("巡店录像.bin")).to_have_count(0)
        left = await server.app.engine.database.pool.fetchval("SELECT count(*) FROM upload")
        assert left == 0


async def test_voices_films_and_papers_of_a_conversation(server: Running, world: World, tmp_path: Path) -> None:
    manager, area = world.nanjing_lu.manager, world.wu_fang
    async with chromium(*A_MICROPHONE) as browser:
        chat = await between(server, area, manager)
        async with screen(browser, server, manager, "phone") as phone:
            await phone.goto(server.url + chat)
            talk = phone.get_by_role("button", name=word("chat.hold_to_talk"))
            for _ in range(2):
                await hold(phone, talk, 1300)
            await expect(phone.get_by_role("button", name=play_label())).to_have_count(2, timeout=20_000)
            film = tmp_path / "堆头.webm"
            film.write_bytes(bytes(await phone.evaluate(FILM)))
            paper = tmp_path / "周报.xlsx"
            paper.write_bytes(b"PK\x03\x04" + bytes(2000))
            await choose_files(phone, film, paper)
            await expect(phone.get_by_text("周报.xlsx")).to_be_visible()
            await look(phone, "tray")
            await phone.get_by_role("button", name=word("chat.send"), exact=True).click()
            await phone.get_by_role("link", name="周报.xlsx").wait_for()
            await look(phone, "voice-film-paper")

        async with screen(browser, server, area, "desktop") as desktop:
            await desktop.goto(server.url + chat)
            voices = desktop.get_by_role("button", name=play_label())
            await expect(voices).to_have_count(2, timeout=20_000)
            await look(desktop, "voice-film-paper")
            await voices.first.click()
            await desktop.get_by_role("button", name=word("chat.voice_speed", speed="1.5")).first.click()
            await look(desktop, "voice-playing")
            # Heard to its end, the next one begins by itself.
            second = desktop.get_by_role("article").nth(1)
            await second.get_by_role("button", name=pause_label()).wait_for()

            await desktop.get_by_role("button", name=word("chat.play_video", name="堆头.webm")).click()
            await desktop.wait_for_function("document.querySelector('dialog video')?.readyState >= 2")
            await look(desktop, "film")
            await desktop.get_by_role("button", name=word("kit.close")).click()

            await desktop.get_by_role("button", name=word("chat.files"), exact=True).click()
            pane = desktop.locator(".pane", has=desktop.get_by_role("group", name=word("chat.files_kind")))
            await expect(pane.get_by_role("listitem")).to_have_count(4)
            assert not await accessible(desktop)
            await look(desktop, "files")
            for view, count in (("papers", 1), ("voices", 2), ("seen", 1)):
                await pane.get_by_role("button", name=word(f"chat.files_of.{view}"), exact=True).click()
                await expect(pane.get_by_role("listitem")).to_have_count(count)
            assert not await accessible(desktop)


BYTES_KEPT = """async () => {
  const done = (asked) => new Promise((resolve) => (asked.onsuccess = () => resolve(asked.result)))
  const name = (await indexedDB.databases()).map((one) => one.name).find((one) => one.startsWith('dianmai-'))
  const db = await done(indexedDB.open(name))
  const count = await done(db.transaction('bytes').objectStore('bytes').count())
  db.close()
  return count
}"""


async def between(server: Running, one: Member, other: Member) -> str:
    """The address of the conversation of two people."""
    async with device(server, one.id, connected=False) as hers:
        stream = (await hers.ask("chat.open_direct", OpenDirect(person=other.id), Opened)).stream
    return "/chats/" + stream.partition(":")[2]


async def choose_files(page: Page, *paths: Path) -> None:
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name=word("chat.add_files")).click()
    await (await choosing.value).set_files(paths)


async def slow_down(page: Page, seconds: float) -> None:
    """A line on which each part takes so long, also after a reload."""

    async def later(route: Route) -> None:
        if route.request.method == "PUT":
            await asyncio.sleep(seconds)
        with suppress(Error):  # the page was reloaded meanwhile
            await route.continue_()

    await page.route("**/uploads/*", later)


def note_part(request: Request, parts: list[int]) -> None:
    if request.method == "PUT":
        parts.append(int(parse_qs(urlsplit(request.url).query)["at"][0]))


async def hold(page: Page, button: Locator, milliseconds: int) -> None:
    box = await button.bounding_box()
    assert box
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.mouse.down()
    await page.get_by_text(word("chat.let_go_to_send")).wait_for()
    await page.wait_for_timeout(milliseconds)
    await look(page, "recording")
    await page.mouse.up()


def pause_label() -> str:
    return word("chat.voice_pause", duration="").strip(" ，,")


def play_label() -> str:
    """What the button of a voice is called, up to its length."""
    return word("chat.voice_play", duration="").strip(" ，,")
