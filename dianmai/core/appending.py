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
        """Ends after what is being committed; what still waits is refused."""
        await asyncio.gather(*(committer.stop() for committer in self._committers))

    async def in_order(self, decide: Sequence[Decide], tell: Tell) -> None:
        """Carries out all of it; each ends for itself. What was decided on members who have moved is decided again,
        before anything later of the same asker."""
        left = list(range(len(decide)))
        for _ in range(DECIDE_AGAIN):
            queued: list[tuple[int, Decided, asyncio.Future[list[Placed]]]] = []
            for number in left:
                try:
                    with answering_when_down():
                        decided = await decide[number]()
                    queued.append((number, decided, self._append(decided)))
                except Exception as error:
                    tell(number, error)
            left = list[int]()
            for number, decided, placing in queued:
                try:
                    placed = await placing
                except StaleGuard as stale:
                    self._streams.forget(stale.streams)
                    left.append(number)
                except Exception as error:
                    tell(number, error)
                else:
                    tell(number, decided.answer(placed))
            if not left:
                return
        for number in left:
            tell(number, Unavailable("storage_unavailable", retry_after_ms=100))

    def _append(self, decided: Decided) -> "asyncio.Future[list[Placed]]":
        """One stream has one committer, so that what waits for it shares a commit; what one learns serves the next."""
        lines = decided.lines
        committer = self._committers[lane_of(lines[0].draft.stream) % COMMITTERS if lines else 0]
        return committer.append(lines, decided.guards, decided.credential)
