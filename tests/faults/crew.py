"""People who write while something breaks, and the questions that are asked about them."""

import asyncio
import random
import sys
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from bench import seeding
from tests.faults import promises
from tests.faults.promises import Verdict
from tests.faults.writer import Writer

WRITERS = 8
CONVERSATIONS = 4
RECOVERY_LIMIT_S = 30.0


class Crew:
    """Eight people at work in four conversations that they all are in."""

    def __init__(self, dsn: str, streams: Sequence[str], writers: Sequence[Writer], spare: list[str]) -> None:
        self.streams = streams
        self.writers = writers
        self.spare = spare
        """Tokens of people who are in the conversations as well, and are not at work."""
        self._dsn = dsn
        self._tasks = [asyncio.create_task(writer.run(), name=f"writer {writer.number}") for writer in writers]

    async def all_acknowledge(self) -> float:
        """Waits until everybody had something acknowledged that they wrote from now on; how many seconds it took."""
        since = time.monotonic()
        await self.until(lambda: all(w.acknowledged_at > since for w in self.writers), "everybody is acknowledged")
        return time.monotonic() - since

    async def settle(self, *, heard: bool = True) -> None:
        """Ends the writing; waits until everything is acknowledged and everybody has heard everything."""
        for writer in self.writers:
            writer.writing = False
        await self.until(lambda: all(w.settled for w in self.writers), "everything written is acknowledged")
        if heard:
            heads = await promises.heads(self._dsn, self.streams)
            await self.until(lambda: all(w.has_heard(heads) for w in self.writers), "everybody has heard everything")

    async def verdict(self, *, heard: bool = True) -> Verdict:
        """What is broken of what was promised to them."""
        found = await promises.verdict(self._dsn, self.streams, self.writers, heard=heard)
        for example in found.examples:
            say(example)
        return found

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Waits for what is announced by nobody; fails at the limit, or when a writer has failed."""
        until = time.monotonic() + RECOVERY_LIMIT_S
        while not condition():
            for task in self._tasks:
                if task.done():
                    task.result()
            if time.monotonic() > until:
                raise TimeoutError(f"after {RECOVERY_LIMIT_S:.0f} s it is still not so that {what}")
            await asyncio.sleep(0.005)

    async def leave(self) -> None:
        """Ends them where they are."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def at_work(dsn: str, ports: Sequence[int], chance: random.Random, spare: int = 0) -> AsyncGenerator[Crew]:
    """A crew that writes over these ports: whoever is cut off comes back over another one."""
    chats = await seeding.conversations(dsn, WRITERS + spare, CONVERSATIONS)
    urls = [f"ws://127.0.0.1:{port}/socket" for port in ports]
    crew = Crew(
        dsn,
        chats.streams,
        [
            Writer(n, urls, token, chats.streams, random.Random(chance.random()))
            for n, token in enumerate(chats.tokens[:WRITERS])
        ],
        chats.tokens[WRITERS:],
    )
    try:
        await crew.all_acknowledge()
        yield crew
    finally:
        await crew.leave()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
