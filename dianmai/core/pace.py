"""How often one member may write in a stream that is slowed down, by what this process has heard.

Only slow streams are listened to. What was said before this process first asked is looked up once per stream.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from dianmai.core.db import Queries
from dianmai.core.journal import Committed

LONGEST_S = 3600
MOST_SPEAKERS = 10_000
LOOKED_BACK = 1_000


class _Spoke(NamedTuple):
    at: float
    nonce: str


class Pace:
    """One process's memory of who has spoken when."""

    def __init__(self, db: Queries, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._spoke: dict[str, dict[int, _Spoke]] = {}
        self.clock = clock

    async def wait_s(self, stream: str, actor: int, nonce: str, pause_s: int) -> float:
        """How long the actor must still wait before writing; 0: now, and the turn is taken.

        The same nonce keeps its turn: it is the same thing once more.
        """
        spoke = self._spoke.get(stream)
        if spoke is None:
            spoke = await self._look_back(stream)
        now = self.clock()
        last = spoke.get(actor)
        if last is not None and last.nonce == nonce:
            return 0
        if last is not None and now - last.at < pause_s:
            return last.at + pause_s - now
        self._note(spoke, actor, _Spoke(now, nonce))
        return 0

    def follow(self, committed: Sequence[Committed]) -> None:
        """Notes who has written in the streams that are slow, here or elsewhere."""
        if not self._spoke:
            return
        for commit in committed:
            spoke = self._spoke.get(commit.stream)
            if spoke is not None:
                for entry in commit.entries:
                    if entry.no is not None:
                        self._note(spoke, entry.actor, _Spoke(self.clock(), entry.nonce))

    async def _look_back(self, stream: str) -> dict[int, _Spoke]:
        heard = self._spoke.setdefault(stream, {})
        rows = await self._db.fetch(_SPOKE, stream, LOOKED_BACK)
        for actor, ago, nonce in rows:
            heard.setdefault(actor, _Spoke(self.clock() - ago, nonce))
        return heard

    def _note(self, spoke: dict[int, _Spoke], actor: int, what: _Spoke) -> None:
        if len(spoke) >= MOST_SPEAKERS:
            long_ago = what.at - LONGEST_S
            for one in [one for one, last in spoke.items() if last.at < long_ago]:
                del spoke[one]
        spoke[actor] = what


_SPOKE = """
SELECT DISTINCT ON (actor) actor, extract(epoch FROM clock_timestamp() - at)::float8, nonce
FROM (SELECT actor, at, nonce, no FROM entry WHERE stream = $1 AND no IS NOT NULL ORDER BY no DESC LIMIT $2) AS late
ORDER BY actor, no DESC"""
