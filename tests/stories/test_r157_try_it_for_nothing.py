"""R157 a trial costs nothing: one command in an empty directory, no settings, and one is in and sees the product.

`DIANMAI_PROGRAM` names another `dianmai` to try than this checkout's: `bin/nightly` installs one.
"""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bench.serving import place
from dianmai.app import SIGN_INS
from dianmai.app.demo import FIRST_NOTICE, PASSWORD
from tests.stories.browser import ASKED_SIZE, chromium, look, signed_in, word

TOP = Path(__file__).parents[2]
MANAGER = "A00101"
PROGRAM = os.environ.get("DIANMAI_PROGRAM")
READY = "Dianmai is ready at "


class Trial:
    """A started `dianmai serve --demo` and what it has said until it was ready."""

    def __init__(self, process: Process, said: list[str]) -> None:
        self.process = process
        self.said = said
        self.url = said[-1].removeprefix(READY)

    async def stop(self) -> float:
        """Ends it as an administrator would; answers how many seconds that took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert await self.process.wait() == 0
        return time.monotonic() - started


@asynccontextmanager
async def trial(directory: Path) -> AsyncIterator[Trial]:
    """Where the data lies and which port is free is all that a test must choose beside other servers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DIANMAI_", "DATABASE_URL"))}
    kept["PYTHONPATH"] = "" if PROGRAM else str(TOP)
    process = await asyncio.create_subprocess_exec(
        *([PROGRAM] if PROGRAM else [sys.executable, "-m", "dianmai.cli"]),
        *("serve", "--demo", "--port", "0"),
        cwd=directory,
        env={**kept, "DIANMAI_DATA_DIR": str(directory / "data")},
        stdout=PIPE,
    )
    try:
        yield Trial(process, await _until_ready(process))
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _until_ready(process: Process) -> list[str]:
    assert process.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(90):
        while not said or not said[-1].startswith(READY):
            line = await process.stdout.readline()
            assert line, f"it ended while starting: {said}"
            said.append(line.decode().rstrip())
    return said


async def read_the_first_notice(page: Page) -> None:
    await page.get_by_text(FIRST_NOTICE.title).first.click()
    await page.get_by_text("请在今天闭店前确认。", exact=True).wait_for()


@pytest.mark.browser
@pytest.mark.timeout(240)
async def test_r157_one_command_and_one_is_in_and_a_second_start_keeps_what_was_done() -> None:
    with place() as directory:
        async with trial(directory) as first, chromium() as browser:
            told = "\n".join(first.said)
            assert "demonstration chain of 300 stores" in told
            assert PASSWORD in told
            assert all(number in told and name in told for number, name, _ in SIGN_INS)
            async with signed_in(browser, first.url, (MANAGER, PASSWORD), ASKED_SIZE or "phone") as page:
                await page.goto(f"{first.url}/notices")
                await read_the_first_notice(page)
                await page.get_by_role("button", name=word("notices.confirm")).click()
                await expect(page.get_by_text(word("notices.state.confirmed")).first).to_be_visible()
                await look(page, "a-trials-first-notice")
                assert await first.stop() < 15, "with a browser still connected"
        async with trial(directory) as second, chromium() as browser:
            told = "\n".join(second.said)
            assert PASSWORD in told, "it says at every start how to sign in"
            assert not any(word in told for word in ("Filling", "imported", "schema"))
            async with signed_in(browser, second.url, (MANAGER, PASSWORD), ASKED_SIZE or "phone") as page:
                await page.goto(f"{second.url}/notices/1")
                await expect(page.get_by_text(word("notices.state.confirmed")).first).to_be_visible()
            assert await second.stop() < 15
