"""What this process keeps of what seldom changes, so that those who ask often need not look each time.

A value goes when its stream moves, in this process or another: whoever changes what it was read from appends there.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from dianmai.core.db import Queries
from dianmai.core.journal import Committed

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Keepable(Generic[T]):
    """What can be kept: how it is read, and the stream in which every change of it is told."""

    stream: str
    read: Callable[[Queries], Awaitable[T]]


class Kept:
    """One process's memory."""

    def __init__(self, db: Queries) -> None:
        self._db = db
        self._values: dict[Keepable[object], object] = {}
        self._moves: dict[str, int] = {}

    async def value(self, of: Keepable[T]) -> T:
        """The value as it was when its stream last moved."""
        key = cast("Keepable[object]", of)
        if key in self._values:
            return cast("T", self._values[key])
        moves = self._moves.setdefault(of.stream, 0)
        found = await of.read(self._db)
        # What moved while it was being read may be missing in it: such a value serves once.
        if self._moves[of.stream] == moves:
            self._values[key] = found
        return found

    def follow(self, committed: Sequence[Committed]) -> None:
        """Drops what is no longer certain."""
        for commit in committed:
            if commit.stream in self._moves:
                self._moves[commit.stream] += 1
                for key in [key for key in self._values if key.stream == commit.stream]:
                    del self._values[key]
