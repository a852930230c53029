"""Has an uploaded picture looked at by a child process."""

import asyncio
import sys
from pathlib import Path

import msgspec

from dianmai.core.errors import Invalid
from dianmai.files import words as words

PATIENCE_S = 20.0
CHILD = Path(__file__).with_name("picture_child.py")


class Seen(msgspec.Struct, frozen=True):
    """What the child says: a size in pixels, or why the picture is refused."""

    width: int = 0
    height: int = 0
    code: str | None = None
    limit: int | None = None


async def look(turns: asyncio.Semaphore, source: Path, target: Path, side: int | None = None) -> Seen:
    """The picture's size, once it is its turn; `target` then has it without its hidden data.

    With `side`, `target` has a small copy, at most so many pixels wide and high, and its size is told.
    Refuses `image_too_large` and `corrupt_image`.
    """
    async with turns:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-E",
            "-s",
            str(CHILD),
            str(source),
            str(target),
            *([] if side is None else [str(side)]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            said, _ = await asyncio.wait_for(child.communicate(), PATIENCE_S)
        except TimeoutError:
            raise Invalid("corrupt_image", field="file") from None
        finally:
            if child.returncode is None:  # it took too long, or nobody waits for it any more
                child.kill()
                await child.wait()
    seen = msgspec.json.decode(said, type=Seen) if said else Seen(code="corrupt_image")
    if seen.code is not None:
        raise Invalid(seen.code, field="file", limit=seen.limit)
    return seen
