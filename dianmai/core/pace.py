"""How often one member may write in a stream that is slowed down, by what this process has heard.

Only slow streams are listened to. What was said before this process first asked is looked up once per stream.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from dianmai.core.db import Queries
from dianmai.core.journal import Committed

MOST_SPEAKERS = 10_000
MOST_STREAMS = 1_000
LOOKED_BACK = 1_000


class _Spoke(NamedTuple):
    at: float
    nonce: str


class _Heard:
    """Who has last spoken in one stream when. `looked_back`: also what was said before it was listened to."""

    def __init__(self) -> None:
        self.last: dict[int, _Spoke] = {}
        self.looked_back = False
        self.looking = asyncio.Lock()

    def note(self, actor: int, spoke: _Spoke) -> None:
        """Takes what is news. The turn somebody has taken here is not moved by hearing that it was used."""
        before = self.last.get(actor)
        if before is not None and (before.nonce == spoke.nonce or before.at >= spoke.at):
            return
        # Whoever has just spoken stands last: the first is who may soonest be forgotten.
        self.last.pop(actor, None)
        self.last[actor] = spoke
        if len(self.last) > MOST_SPEAKERS:
            del self.last[next(iter(self.last))]


class Pace:
    """One process's memory of who has spoken when."""

    def __init__(self, db: Queries, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._heard: dict[str, _Heard] = {}
        self.clock = clock

    async def wait_s(self, stream: str, actor: int, nonce: str, pause_s: int, *, take: bool = True) -> float:
        """How long the actor must still wait before writing; 0: now, and the turn is taken unless only asked about.

        The same nonce keeps its turn: it is the same thing once more.
        """
        heard = self._listening(stream)
        if not heard.looked_back:
            await self._look_back(stream, heard)
        now = self.clock()
        last = heard.last.get(actor)
        if last is not None and last.nonce == nonce:
            return 0
        if last is not None and now - last.at < pause_s:
            return last.at + pause_s - now
        if take:
            heard.note(actor, _Spoke(now, nonce))
        return 0

    def follow(self, committed: Sequence[Committed]) -> None:
        """Notes who has written in the streams that are slow, here or elsewhere; it may be heard late."""
        if not self._heard:
            return
        for commit in committed:
            heard = self._heard.get(commit.stream)
            if heard is not None:
                for entry in commit.entries:
                    if entry.no is not None:
                        ago = max(0.0, (datetime.now(UTC) - entry.at).total_seconds())
                        heard.note(entry.actor, _Spoke(self.clock() - ago, entry.nonce))

    def _listening(self, stream: str) -> _Heard:
        """What is heard of a stream. Of those nobody has asked about for long it is looked up again some day."""
        heard = self._heard.pop(stream, None) or _Heard()
        self._heard[stream] = heard
        if len(self._heard) > MOST_STREAMS:
            del self._heard[next(iter(self._heard))]
        return heard

    async def _look_back(self, stream: str, heard: _Heard) -> None:
        """Once, however many ask; nobody takes a turn before it is done."""
        async with heard.looking:
            if heard.looked_back:
                return
            rows = await self._db.fetch(_SPOKE, stream, LOOKED_BACK)
            now = self.clock()
            said = [(now - ago, actor, nonce) for actor, ago, nonce in rows]
            meanwhile, heard.last = heard.last, {}
            for at, actor, nonce in sorted(said):
                heard.note(actor, _Spoke(at, nonce))
            for actor, spoke in meanwhile.items():
                heard.note(actor, spoke)
            heard.looked_back = True


_SPOKE = """
SELECT DISTINCT ON (actor) actor, extract(epoch FROM clock_timestamp() - at)::float8, nonce
FROM (SELECT actor, at, nonce, no FROM entry WHERE stream = $1 AND no IS NOT NULL ORDER BY no DESC LIMIT $2) AS late
ORDER BY actor, no DESC"""
