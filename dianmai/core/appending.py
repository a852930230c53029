"""Appending what one asker asks for in a row: decided one after the other, committed together, in that order.

The next thing is decided as soon as the one before it stands in the queue, not once it is stored: what somebody sends
in a row shares a commit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from dianmai.core.committing import Committer
from dianmai.core.db import Database, answering_when_down
from dianmai.core.errors import Unavailable
from dianmai.core.ids import lane_of
from dianmai.core.journal import Committed, Line, Placed, StaleGuard, StreamGuard
from dianmai.core.placing import Placing
from dianmai.core.streams import Streams

DECIDE_AGAIN = 5
COMMITTERS = 2
"""While one waits for the database the other's batch is made ready: neither of them has to stand still."""


class Decided(NamedTuple):
    """What an appending operation wants stored, what that rests on, and its answer once it is."""

    lines: Sequence[Line]
    guards: Sequence[StreamGuard]
    credential: int | None
    answer: Callable[[Sequence[Placed]], Any]


Decide = Callable[[], Awaitable[Decided]]
Tell = Callable[[int, Any], None]
"""Told which one has ended, and its answer or the exception it ended with."""


class Appends:
    """The way of appending operations to the group commit."""

    def __init__(
        self,
        database: Database,
        placing: Placing,
        streams: Streams,
        on_committed: Callable[[Sequence[Committed]], None],
    ) -> None:
        self._streams = streams
        self._committers = [Committer(database, placing, on_committed) for _ in range(COMMITTERS)]

    @property
    def alive(self) -> bool:
        """Whether nothing has ended that must go on."""
        return all(committer.alive for committer in self._committers)

    def start(self) -> None:
        for committer in self._committers:
            committer.start()

    async def stop(self) -> None:
        """Ends at once, and refuses whoever waits; of what is just being committed, the same nonce will tell."""
        await asyncio.gather(*(committer.stop() for committer in self._committers))

    async def in_order(self, decide: Sequence[Decide], tell: Tell) -> None:
        """Carries out all of it and tells of each how it has ended. What was decided on members who have moved is
        decided again, before anything later of the same asker."""
        left, stale_rounds = list(range(len(decide))), 0
        while left:
            queued, left = await self._queue(left, decide, tell)
            stale = [
                number for number, decided, placing in queued if await self._is_stale(number, decided, placing, tell)
            ]
            left = stale + left
            stale_rounds += bool(stale)
            if stale_rounds == DECIDE_AGAIN:
                break
        for number in left:
            tell(number, Unavailable("storage_unavailable", retry_after_ms=100))

    async def _queue(
        self, numbers: Sequence[int], decide: Sequence[Decide], tell: Tell
    ) -> tuple[list[tuple[int, Decided, "asyncio.Future[list[Placed]]"]], list[int]]:
        """Decides and queues one after the other, and says which are left: from the first one that knows of other
        members of a stream than what is queued there. That will be decided again, and must stay in front."""
        queued: list[tuple[int, Decided, asyncio.Future[list[Placed]]]] = []
        epochs: dict[str, int] = {}
        for place, number in enumerate(numbers):
            try:
                with answering_when_down():
                    decided = await decide[number]()
                if any(epochs.setdefault(g.stream, g.member_epoch) != g.member_epoch for g in decided.guards):
                    return queued, list(numbers[place:])
                queued.append((number, decided, self._append(decided)))
            except Exception as error:
                tell(number, error)
        return queued, []

    async def _is_stale(
        self, number: int, decided: Decided, placing: "asyncio.Future[list[Placed]]", tell: Tell
    ) -> bool:
        """Waits for its commit and tells how it ended, unless it must be decided again."""
        try:
            how = decided.answer(await placing)
        except StaleGuard as stale:
            self._streams.forget(stale.streams)
            return True
        except Exception as error:
            how = error
        tell(number, how)
        return False

    def _append(self, decided: Decided) -> "asyncio.Future[list[Placed]]":
        """One stream has one committer, so that what waits for it shares a commit; what one learns serves the next."""
        lines = decided.lines
        committer = self._committers[lane_of(lines[0].draft.stream) % COMMITTERS if lines else 0]
        return committer.append(lines, decided.guards, decided.credential)
