"""A child that is kept: back however often it ends, never two of them, gone when told."""

import asyncio
import os
import signal

from dianmai.engines import Child, Kept
from dianmai.engines.keeping import LONGEST_PAUSE_S, pause_s


async def until_ended(child: Child) -> None:
    assert await child.ends_within(10)


def test_the_pause_grows_to_its_limit_and_never_beyond() -> None:
    assert pause_s(2) < pause_s(3) < LONGEST_PAUSE_S
    assert pause_s(1_000_000) == LONGEST_PAUSE_S


async def test_stopping_in_the_middle_of_a_new_start_leaves_nobody() -> None:
    children: list[Child] = []
    starting_again = asyncio.Event()

    async def start() -> Child:
        child = Child(["/bin/sleep", "600"])
        children.append(child)
        try:
            if len(children) > 1:
                starting_again.set()
                await asyncio.Event().wait()
        except BaseException:
            child.send(signal.SIGKILL)
            raise
        return child

    kept = Kept("Trial", start, lambda _: None)
    await kept.start()
    os.kill(children[0].pid, signal.SIGKILL)
    await starting_again.wait()
    await kept.stop()
    for child in children:
        await until_ended(child)


async def test_a_start_that_fails_is_tried_again() -> None:
    children: list[Child] = []
    tries = 0
    back = asyncio.Event()

    async def start() -> Child:
        nonlocal tries
        tries += 1
        if 1 < tries < 4:
            raise OSError("not now")
        children.append(Child(["/bin/sleep", "600"]))
        if tries > 1:
            back.set()
        return children[-1]

    kept = Kept("Trial", start, lambda _: None)
    await kept.start()
    os.kill(children[0].pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        await back.wait()
    await kept.stop()
    assert len(children) == 2
    for child in children:
        await until_ended(child)
