"""What this process knows since its last commit: heads of streams, credentials that are alive, the database's clock.

None of it is trusted: the statement that writes says what it rests on, and writes nothing where that has moved
(`placing.write_known`). Knowing only saves asking.
"""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from datetime import datetime, timedelta

from dianmai.core.chaining import Head

REMEMBERED_STREAMS = 50_000
REMEMBERED_CREDENTIALS = 100_000


class Known:
    """One committer's memory."""

    def __init__(self) -> None:
        self._heads: dict[str, Head] = {}
        self._alive: dict[int, datetime] = {}
        self._clock: tuple[datetime, float] | None = None
        self.ends = -1

    def heads(self, streams: Collection[str]) -> dict[str, Head] | None:
        """Copies of these streams' heads, or None when one is unknown."""
        found: dict[str, Head] = {}
        for stream in streams:
            head = self._heads.get(stream)
            if head is None:
                return None
            found[stream] = copy(head)
        return found

    def all_alive(self, credentials: Iterable[int | None], at: datetime) -> bool:
        """Whether each of these was alive when access last ended, and has not run out since."""
        alive = self._alive
        return all(c is None or ((until := alive.get(c)) is not None and until > at) for c in credentials)

    def now(self, elapsed: float) -> datetime | None:
        """The database's time, a little late rather than early: its last word and what has passed here since.

        `elapsed` comes from a clock that is finer than the loop's own, which stands still within a turn: two commits
        would be told the same time.
        """
        if self._clock is None:
            return None
        said, then = self._clock
        return said + timedelta(seconds=elapsed - then)

    def not_before(self, at: datetime) -> datetime:
        """This time, unless a later one was given already: clocks that run apart must not turn the order round."""
        return at if self._clock is None else max(at, self._clock[0])

    def learn(self, heads: Mapping[str, Head], said: datetime, elapsed: float) -> None:
        """Keeps what a commit has left behind."""
        if len(self._heads) + len(heads) > REMEMBERED_STREAMS:
            self._heads.clear()
        self._heads.update(heads)
        self._clock = (said, elapsed)

    def learn_alive(self, ends: int, alive: Mapping[int, datetime]) -> None:
        """Keeps which credentials are alive (until when) since access last ended."""
        if ends != self.ends or len(self._alive) + len(alive) > REMEMBERED_CREDENTIALS:
            self._alive.clear()
            self.ends = ends
        self._alive.update(alive)

    def forget(self, streams: Iterable[str]) -> None:
        for stream in streams:
            self._heads.pop(stream, None)
