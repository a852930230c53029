"""Questions that many ask in the same moment, asked of the database once for all of them.

When everybody comes back at once, most of a query's cost is not its answer but the way there and back. While one
query is under way the next questions gather; there is no timer, and whoever is alone is asked for at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from dianmai.core.errors import Unavailable, not_all_at_once

QuestionT = TypeVar("QuestionT")
AnswerT = TypeVar("AnswerT")

MOST = 200
MOST_WAITING = 10_000


class Together(Generic[QuestionT, AnswerT]):
    """`ask` answers many questions, in their order. An answer is never older than its question.

    At once it is asked at most `most` questions that `weigh` no more than `heaviest` together, or a heavier one alone.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[QuestionT]], Awaitable[Sequence[AnswerT]]],
        most: int = MOST,
        *,
        weigh: Callable[[QuestionT], int] = lambda _: 0,
        heaviest: int = 0,
    ) -> None:
        self._ask = ask
        self._most = most
        self._weigh = weigh
        self._heaviest = heaviest
        self._waiting: deque[tuple[QuestionT, asyncio.Future[AnswerT]]] = deque()
        self._asking: asyncio.Task[None] | None = None

    async def answer(self, question: QuestionT) -> AnswerT:
        """The answer to one question. Refuses with `too_busy` when too many wait already."""
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("too_busy", retry_after_ms=not_all_at_once())
        loop = asyncio.get_running_loop()
        done: asyncio.Future[AnswerT] = loop.create_future()
        self._waiting.append((question, done))
        if self._asking is None:
            self._asking = loop.create_task(self._ask_while_waiting())
        return await done

    async def _ask_while_waiting(self) -> None:
        batch: list[tuple[QuestionT, asyncio.Future[AnswerT]]] = []
        try:
            while batch := self._next():
                await self._ask_for(batch)
        finally:
            self._asking = None
            for _, done in (*batch, *self._waiting):
                done.cancel()
            self._waiting.clear()

    def _next(self) -> "list[tuple[QuestionT, asyncio.Future[AnswerT]]]":
        """What is asked next; nothing for those who have gone."""
        batch: list[tuple[QuestionT, asyncio.Future[AnswerT]]] = []
        weight = 0
        while self._waiting and len(batch) < self._most:
            question, done = self._waiting[0]
            if not done.done():
                weight += self._weigh(question)
                if batch and weight > self._heaviest:
                    break
                batch.append((question, done))
            self._waiting.popleft()
        return batch

    async def _ask_for(self, batch: "Sequence[tuple[QuestionT, asyncio.Future[AnswerT]]]") -> None:
        try:
            answers = await self._ask([question for question, _ in batch])
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, Unavailable):
                # One question may be what is wrong: it shall fail alone.
                half = len(batch) // 2
                await self._ask_for(batch[:half])
                await self._ask_for(batch[half:])
                return
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        for (_, done), answer in zip(batch, answers, strict=True):
            if not done.done():
                done.set_result(answer)
