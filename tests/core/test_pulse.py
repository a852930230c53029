"""The pulse ends the waiting for a silent database, and never the work of a healthy one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from dianmai.core import pulse
from dianmai.core.errors import Unavailable
from dianmai.core.pulse import Pulse

Answer = Callable[[], Awaitable[None]]


class Line:
    """A connection that does what `answer` does."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.closed = False

    async def execute(self, _: str) -> None:
        await self._answer()

    def is_closed(self) -> bool:
        return self.closed

    def terminate(self) -> None:
        self.closed = True


class Watch:
    """A pulse over a pool that everybody waits for, and what it has done."""

    def __init__(self) -> None:
        self.answer: Answer = self.well
        self.no_line: BaseException | None = None
        self.connected = self.answered = self.given_up = 0
        self.pulse = Pulse(self.connect, lambda: True, self.give_up)

    async def connect(self) -> Any:
        self.connected += 1
        if self.no_line is not None:
            raise Unavailable("storage_unavailable") from self.no_line
        return Line(lambda: self.answer())

    async def well(self) -> None:
        self.answered += 1

    async def dead(self) -> None:
        self.answer = self.well
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    async def silent(self) -> None:
        await asyncio.Event().wait()

    def give_up(self) -> None:
        self.given_up += 1


@pytest.fixture
async def watch(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watch]:
    monkeypatch.setattr(pulse, "EVERY_S", 0.001)
    monkeypatch.setattr(pulse, "TURN_S", 0.001)
    watch = Watch()
    yield watch
    await watch.pulse.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a turn of the loop at a time
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "said", [asyncpg.TooManyConnectionsError("too many clients"), ConnectionRefusedError(), OSError(24, "EMFILE")]
)
async def test_that_it_gets_no_connection_cuts_nobody_off(watch: Watch, said: BaseException) -> None:
    watch.no_line = said
    watch.pulse.start()
    await until(lambda: watch.connected > 3 * pulse.PATIENT_TURNS)
    assert watch.given_up == 0
    watch.no_line = None
    await until(lambda: watch.answered > 0)


async def test_a_connection_of_its_own_that_has_died_is_replaced_first(watch: Watch) -> None:
    watch.pulse.start()
    await until(lambda: watch.answered > 0)
    watch.answer = watch.dead
    await until(lambda: watch.connected == 2 and watch.answer == watch.well)
    before = watch.answered
    await until(lambda: watch.answered > before)
    assert watch.given_up == 0


async def test_nobody_waits_for_a_database_that_falls_silent(watch: Watch) -> None:
    watch.pulse.start()
    await until(lambda: watch.answered > 0)
    watch.answer = watch.silent
    await until(lambda: watch.given_up > 0)


async def test_nobody_waits_for_a_database_to_which_there_is_no_way(watch: Watch) -> None:
    watch.no_line = OSError(101, "Network is unreachable")
    watch.pulse.start()
    await until(lambda: watch.given_up > 0)
    assert watch.connected > 1


async def test_it_stops_also_while_a_question_is_being_withdrawn(watch: Watch) -> None:
    withdrawing = asyncio.Event()

    async def slow_to_withdraw() -> None:
        try:
            await watch.silent()
        finally:
            withdrawing.set()
            await watch.silent()

    watch.answer = slow_to_withdraw
    watch.pulse.start()
    await withdrawing.wait()
    async with asyncio.timeout(10):
        await watch.pulse.stop()
    assert watch.given_up == 1
