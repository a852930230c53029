"""Who lacks much is not read for together with everybody else who does."""

import asyncio
from typing import Any

import pytest

from dianmai.core import missed
from dianmai.core.missed import Missed, Range


class Journal:
    """An empty journal that remembers how many rows were asked of it at once."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def fetch(self, _: str, streams: list[str], after: list[int], until: list[int]) -> list[Any]:
        self.asked.append(sum(until) - sum(after))
        return []


async def test_a_query_reads_no_more_rows_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "ROWS_AT_ONCE", 100)
    journal: Any = Journal()
    reading = Missed(journal)
    lacking = [[Range(f"chat:{n}", 0, 20), Range(f"group:{n}", 5, 25)] for n in range(5)]
    assert await asyncio.gather(*(reading.entries(ranges) for ranges in lacking)) == [[]] * 5
    assert journal.asked == [80, 80, 40]
