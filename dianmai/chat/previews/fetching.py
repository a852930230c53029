"""Looking at what stands behind a link: the page for its words, its picture for a small copy of our own."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from dianmai.chat.previews.said_of_pages import Said, preview_of
from dianmai.core.errors import Refusal
from dianmai.egress import Blocked, Egress, Failed, Wanted
from dianmai.wire.cards import LinkPreview
from dianmai.wire.files import FileRef

PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
PAGE_BYTES: Final = 512 * 1024
PICTURE_BYTES: Final = 3 * 1024 * 1024
PATIENCE_S: Final = 5.0
SIDE: Final = 480
_CHILD: Final = Path(__file__).with_name("page_child.py")

Keep = Callable[[bytes, int], Awaitable[FileRef]]
"""Keeps a picture at most so many pixels wide and high, and says which file it is. Refuses what is none."""


@dataclass(frozen=True, slots=True)
class Looking:
    """The way out and the way to keep a picture."""

    egress: Egress
    keep: Keep

    async def at(self, link: str) -> LinkPreview | None:
        """What stands behind a link; None where nothing can be shown. One look: nobody is asked twice in a row."""
        try:
            page = await self.egress.fetch(Wanted(link, PAGES, most_bytes=PAGE_BYTES, cut=True))
        except (Blocked, Failed):
            return None
        said = await read_page(page.content, page.charset, page.url)
        found = preview_of(link, urlsplit(page.url).hostname or "", said)
        if found is None or not said.picture:
            return found
        return msgspec.structs.replace(found, picture=await self._picture(said.picture))

    async def _picture(self, url: str) -> FileRef | None:
        """A page without its picture is worth showing: whatever is wrong with that one, there is none."""
        try:
            picture = await self.egress.fetch(Wanted(url, PICTURES, most_bytes=PICTURE_BYTES))
            return await self.keep(picture.content, SIDE)
        except (Blocked, Failed, Refusal):
            return None


async def read_page(content: bytes, charset: str, url: str) -> Said:
    """What a page says of itself, read by a child process: pages are written by anybody."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_CHILD),
        charset,
        url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await asyncio.wait_for(child.communicate(content), PATIENCE_S)
    except TimeoutError:
        return Said()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return msgspec.json.decode(said, type=Said) if child.returncode == 0 else Said()
