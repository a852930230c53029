"""Keeping Python's search for garbage from stopping the loop.

With 5,000 sockets open a full search takes 170 ms, in which nobody is answered, and comes when most is going on. What
has lived for some seconds will mostly live on: it is put aside, and only what is new is searched. Hardly anything here
dies in circles, so once an hour is enough to look at everything.
"""

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from time import monotonic

EVERY_S = 5.0
HOUR_S = 3600.0
YOUNG = 50_000
MIDDLE = 20
NEVER = 1_000_000_000


class Garbage:
    """Decides what is searched for garbage, and when."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._searched = clock()
        gc.set_threshold(YOUNG, MIDDLE, NEVER)
        gc.collect()
        gc.freeze()

    def tidy(self) -> None:
        """Puts aside what is there now; once an hour searches everything first."""
        if self._clock() - self._searched >= HOUR_S:
            self._searched = self._clock()
            gc.unfreeze()
            gc.collect()
        else:
            gc.collect(1)
        gc.freeze()

    async def keep_tidy(self) -> None:
        """Tidies every few seconds for as long as the server runs."""
        while True:
            await asyncio.sleep(EVERY_S)
            self.tidy()


@asynccontextmanager
async def tidy() -> AsyncGenerator[None]:
    """Keeps this process tidy meanwhile."""
    tidying = asyncio.create_task(Garbage().keep_tidy(), name="garbage")
    try:
        yield
    finally:
        tidying.cancel()
