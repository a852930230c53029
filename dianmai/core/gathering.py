"""Gathers small writes of many people (receipts, read cursors) and writes them with one transaction.

Whoever asked waits until the write is committed; nothing is acknowledged before.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from dianmai.core.access import Actor
from dianmai.core.errors import Refusal, Unavailable
from dianmai.core.transactions import Transaction

CROWD: Final = 20
WAIT_IN_A_CROWD_S: Final = 0.7

ItemT = TypeVar("ItemT")
AnswerT = TypeVar("AnswerT")

Flush = Callable[[Transaction, Sequence[tuple[Actor, ItemT]]], Awaitable[Sequence[AnswerT | Refusal]]]
Write = Callable[[Sequence[tuple[Actor, ItemT]]], Awaitable[Sequence[AnswerT | Refusal]]]


class Gatherer(Generic[ItemT, AnswerT]):
    """Collects items for `wait_s` seconds (or until `limit`), then has `flush` write them in one transaction.

    In a crowd, when the last write carried `CROWD` items or more, it collects for `crowd_wait_s`: writing a few has its
    price whoever they are, and one among many may wait a moment longer than one alone.
    An item counts as one, or as many as `weigh` says: what is written at once is to be held at once.
    `flush` answers each item in order. The engine connects it (`connect`) and re-checks each actor's access.
    """

    def __init__(
        self,
        name: str,
        flush: "Flush[ItemT, AnswerT]",
        *,
        wait_s: float = 0.3,
        crowd_wait_s: float = WAIT_IN_A_CROWD_S,
        limit: int = 500,
        weigh: Callable[[ItemT], int] = lambda _: 1,
    ) -> None:
        self.name = name
        self.flush = flush
        self._wait_s = wait_s
        self._crowd_wait_s = crowd_wait_s
        self._limit = limit
        self._weigh = weigh

    def connect(self, write: "Write[ItemT, AnswerT]") -> "Gathering[ItemT, AnswerT]":
        return Gathering(self.name, write, (self._wait_s, self._crowd_wait_s), self._limit, self._weigh)


class Gathering(Generic[ItemT, AnswerT]):
    """One engine's running collection for a `Gatherer`."""

    def __init__(
        self,
        name: str,
        write: "Write[ItemT, AnswerT]",
        waits_s: tuple[float, float],
        limit: int,
        weigh: Callable[[ItemT], int],
    ) -> None:
        self._name = name
        self._write = write
        self._alone_s, self._crowd_s = waits_s
        self._limit = limit
        self._weigh = weigh
        self._weight = 0
        self._items: list[tuple[Actor, ItemT, asyncio.Future[AnswerT]]] = []
        self._task: asyncio.Task[None] | None = None
        self._full = asyncio.Event()
        self._finishing = False

    async def add(self, actor: Actor, item: ItemT) -> AnswerT:
        """Waits until the item is written and answers what became of it."""
        if self._weight > 40 * self._limit:
            raise Unavailable("storage_unavailable", retry_after_ms=1000)
        done: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        self._items.append((actor, item, done))
        self._weight += self._weigh(item)
        if self._weight >= self._limit:
            self._full.set()
        if self._task is None:
            self._task = asyncio.create_task(self._work(), name=f"gather {self._name}")
        return await done

    async def finish(self) -> None:
        """Writes what has been gathered and returns when it is committed."""
        self._finishing = True
        self._full.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        wait_s = self._alone_s
        while self._items:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._full.wait()
            batch = self._take()
            wait_s = self._crowd_s if len(batch) >= CROWD else self._alone_s
            # What comes while a batch is written waits its time like the first: or each write would carry a few items.
            if self._weight < self._limit and not self._finishing:
                self._full.clear()
            await self._write_batch(batch)
        self._task = None

    def _take(self) -> Sequence[tuple[Actor, ItemT, "asyncio.Future[AnswerT]"]]:
        """The next items, one at least, that together are no more than the limit."""
        count = weight = 0
        for _, item, _ in self._items:
            heavier = weight + self._weigh(item)
            if count and heavier > self._limit:
                break
            count, weight = count + 1, heavier
        batch, self._items = self._items[:count], self._items[count:]
        self._weight -= weight
        return batch

    async def _write_batch(self, batch: Sequence[tuple[Actor, ItemT, "asyncio.Future[AnswerT]"]]) -> None:
        try:
            answers = await self._write([(actor, item) for actor, item, _ in batch])
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, Refusal):
                # One item that cannot be written must not fail those of strangers.
                half = len(batch) // 2
                await self._write_batch(batch[:half])
                await self._write_batch(batch[half:])
                return
            for _, _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        for (_, _, done), answer in zip(batch, answers, strict=True):
            if done.done():
                continue
            if isinstance(answer, Refusal):
                done.set_exception(answer)
            else:
                done.set_result(answer)
