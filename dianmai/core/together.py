"""Questions that many ask in the same moment, asked of the database once for all of them.

When everybody comes back at once, most of a query's cost is not its answer but the way there and back. While one
query is under way the next questions gather; there is no timer, and whoever is alone is asked for at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

QuestionT = TypeVar("QuestionT")
AnswerT = TypeVar("AnswerT")

MOST = 200


class Together(Generic[QuestionT, AnswerT]):
    """`ask` answers many questions, in their order. An answer is never older than its question."""

    def __init__(self, ask: Callable[[Sequence[QuestionT]], Awaitable[Sequence[AnswerT]]], most: int = MOST) -> None:
        self._ask = ask
        self._most = most
        self._waiting: list[tuple[QuestionT, asyncio.Future[AnswerT]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def answer(self, question: QuestionT) -> AnswerT:
        """The answer to one question. What goes wrong with the query goes wrong for all it was asked for."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[AnswerT] = loop.create_future()
        self._waiting.append((question, done))
        if self._asking is None:
            self._asking = loop.create_task(self._ask_while_waiting())
        return await done

    async def _ask_while_waiting(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._ask_for(batch)
        finally:
            self._asking = None
            for _, done in self._waiting:
                done.cancel()
            self._waiting = []

    async def _ask_for(self, batch: "Sequence[tuple[QuestionT, asyncio.Future[AnswerT]]]") -> None:
        try:
            answers = await self._ask([question for question, _ in batch])
        except asyncio.CancelledError:
            for _, done in batch:
                done.cancel()
            raise
        except Exception as error:
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        for (_, done), answer in zip(batch, answers, strict=True):
            if not done.done():
                done.set_result(answer)
