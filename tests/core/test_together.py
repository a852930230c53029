"""Questions asked together: one query for all who wait, never an answer from before the question."""

import asyncio
from collections.abc import Sequence

import pytest

from dianmai.core import together as together_module
from dianmai.core.errors import Unavailable
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


async def test_no_query_is_heavier_than_it_may_be_but_for_a_heavy_question_alone() -> None:
    oracle = Oracle()
    together = Together(oracle.answer, weigh=lambda question: question, heaviest=10)
    oracle.may.set()
    assert await asyncio.gather(*(together.answer(n) for n in (6, 4, 1, 30, 2))) == [12, 8, 2, 60, 4]
    assert oracle.asked == [[6, 4], [1], [30], [2]]


async def test_what_is_wrong_with_a_question_goes_wrong_for_nobody_else() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    oracle.may.set()
    answers = await asyncio.gather(*(together.answer(n) for n in (11, 12, 13, 14, 15)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["22", "24", "thirteen", "28", "30"]
    assert await together.answer(14) == 28


async def test_a_database_that_is_away_is_asked_once_for_all() -> None:
    asked: list[Sequence[int]] = []

    async def away(questions: Sequence[int]) -> list[int]:
        asked.append(questions)
        raise Unavailable("storage_unavailable")

    together = Together(away)
    answers = await asyncio.gather(*(together.answer(n) for n in range(5)), return_exceptions=True)
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert len(asked) == 1


async def test_when_too_many_wait_the_next_are_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together_module, "MOST_WAITING", 3)
    oracle = Oracle()
    together = Together(oracle.answer)
    waiting = [asyncio.create_task(together.answer(n)) for n in range(3)]
    await turns(1)
    with pytest.raises(Unavailable) as refused:
        await together.answer(3)
    assert refused.value.code == "too_busy"
    assert refused.value.retry_after_ms
    oracle.may.set()
    assert await asyncio.gather(*waiting) == [0, 2, 4]


async def test_nothing_is_asked_for_who_has_gone() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    first, going, staying = (asyncio.create_task(together.answer(n)) for n in (1, 2, 3))
    await turns(1)
    going.cancel()
    oracle.may.set()
    assert await asyncio.gather(first, staying) == [2, 6]
    assert oracle.asked == [[1, 3]]


async def test_who_asks_for_the_others_takes_them_along_when_it_is_stopped() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    asking = [asyncio.create_task(together.answer(n)) for n in (1, 2)]
    await turns()
    later = asyncio.create_task(together.answer(3))
    await turns()
    task = together._asking  # pyright: ignore[reportPrivateUsage] - the engine's end ends it too
    assert task is not None
    task.cancel()
    ended = await asyncio.gather(*asking, later, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended)


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
