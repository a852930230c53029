"""Questions asked together: one query for all who wait, never an answer from before the question."""

import asyncio
from collections.abc import Sequence

import pytest

from dianmai.core.together import Together


class Oracle:
    """Answers with the double of what is asked, when it is let."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may = asyncio.Event()

    async def answer(self, questions: Sequence[int]) -> list[int]:
        self.asked.append(list(questions))
        await self.may.wait()
        if 13 in questions:
            raise ValueError("thirteen")
        return [2 * question for question in questions]


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_whoever_comes_while_a_query_is_under_way_shares_the_next_one() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    first = asyncio.create_task(together.answer(1))
    await turns()
    others = [asyncio.create_task(together.answer(n)) for n in (2, 3, 4)]
    await turns()
    assert oracle.asked == [[1]]
    oracle.may.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert oracle.asked == [[1], [2, 3, 4]]


async def test_no_query_is_asked_more_than_it_may_be() -> None:
    oracle = Oracle()
    together = Together(oracle.answer, most=2)
    oracle.may.set()
    assert await asyncio.gather(*(together.answer(n) for n in range(5))) == [0, 2, 4, 6, 8]
    assert oracle.asked == [[0, 1], [2, 3], [4]]


async def test_what_goes_wrong_goes_wrong_for_those_who_asked_together_and_for_nobody_later() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    oracle.may.set()
    answers = await asyncio.gather(together.answer(12), together.answer(13), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["thirteen", "thirteen"]
    assert await together.answer(14) == 28


async def test_who_goes_away_takes_nobody_along() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    going, staying = asyncio.create_task(together.answer(1)), asyncio.create_task(together.answer(2))
    await turns()
    going.cancel()
    oracle.may.set()
    assert await staying == 4
    with pytest.raises(asyncio.CancelledError):
        await going
