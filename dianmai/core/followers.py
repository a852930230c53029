"""Followers: what happens because something was appended. In order within a stream, never on the send path.

Each follower keeps one durable cursor per lane. Its work and its cursor move in one transaction, so what it does in the
database happens exactly once, on any number of nodes.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog

from dianmai.core.engine import Engine
from dianmai.core.errors import Refusal, Unavailable
from dianmai.core.ids import LANES
from dianmai.core.journal import Committed
from dianmai.core.transactions import Transaction
from dianmai.core.vital import finish, start_vital

log = structlog.get_logger()

AT_ONCE = 200
LOOKED_AT = 2_000
POLL_S = 1.0
LONGEST_PAUSE_S = 30.0
TOGETHER_S = 0.5
BUSY = 0.7  # of a core
RESTS_WHEN_BUSY = 9


@dataclass(frozen=True, slots=True)
class Followed:
    """An entry as followers see it. `nonce` is theirs to derive (`name:stream:seq`)."""

    stream: str
    seq: int
    kind: str
    actor: int
    body: bytes
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Follower:
    """Follows entries of some kinds. `follow` gets them in order and does everything through the transaction.

    One that is `patient` leaves the machine to others: it lets the entries of half a second come together, and rests
    after each step (`Rests`).
    """

    name: str
    kinds: frozenset[str]
    follow: Callable[[Transaction, Sequence[Followed]], Awaitable[None]]
    patient: bool = False


@dataclass(frozen=True, slots=True)
class _Failing:
    """A lane that could not be followed: how long it rests, and until when."""

    pause: float
    until: float


class Rests:
    """How long somebody patient rests after a step: as long as it took, and nine times as long while this process has
    its hands full. Falling behind harms nobody for a while; in the way of those who write it would."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, worked: Callable[[], float] = time.process_time
    ) -> None:
        self._clock, self._worked = clock, worked
        self._began = self._looked = clock()
        self._worked_then = worked()

    def next_s(self) -> float:
        """The seconds to rest after the step that has just ended."""
        now, worked = self._clock(), self._worked()
        took, busy = now - self._began, (worked - self._worked_then) > BUSY * (now - self._looked)
        self._looked, self._worked_then = now, worked
        return took * (RESTS_WHEN_BUSY if busy else 1)

    def over(self) -> None:
        """The next step begins."""
        self._began = self._clock()


class Followers:
    """Runs all followers of this process."""

    def __init__(self, engine: Engine, followers: Iterable[Follower]) -> None:
        self._engine = engine
        self._followers = list(followers)
        self._wake = {f.name: asyncio.Event() for f in self._followers}
        self._tasks: list[asyncio.Task[None]] = []
        self._failing: dict[tuple[str, int], _Failing] = {}

    @property
    def alive(self) -> bool:
        """Whether nothing has ended that must go on."""
        return not any(task.done() for task in self._tasks)

    async def start(self) -> None:
        for follower in self._followers:
            await self._engine.database.pool.execute(_REGISTER, follower.name, LANES)
        self._engine.listeners.add(self._hint, elsewhere=True)
        self._tasks = [start_vital(self._run(f), f"follower {f.name}") for f in self._followers]

    async def stop(self) -> None:
        await finish(self._tasks)

    def _hint(self, committed: Sequence[Committed]) -> None:
        kinds = {e.kind for c in committed for e in c.entries}
        for follower in self._followers:
            if follower.kinds & kinds:
                self._wake[follower.name].set()

    async def _run(self, follower: Follower) -> None:
        pause = POLL_S
        while True:
            try:
                await self._become_level(follower)
                pause = POLL_S
            except Refusal as refusal:
                log.warning("follower waits", follower=follower.name, code=refusal.code)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            except Exception:
                log.exception("following failed", follower=follower.name)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):  # `wait_for` swallows a cancellation that comes with the wake
                    await self._wake[follower.name].wait()
            if follower.patient:
                await asyncio.sleep(TOGETHER_S)
            self._wake[follower.name].clear()

    async def _become_level(self, follower: Follower) -> None:
        rests = Rests()
        while await self.step(follower):
            if follower.patient:
                await asyncio.sleep(rests.next_s())
                rests.over()

    async def step(self, follower: Follower) -> bool:
        """Follows the next entries of one lane that is behind; False when no lane is.

        A lane whose entries cannot be followed rests for a while, and longer each time; the other lanes go on.
        """
        taken: list[int] = []

        async def work(tx: Transaction) -> bool:
            taken.clear()
            # Where nothing lies that concerns it, most of the time, a follower passes all its lanes at once.
            await tx.db.execute(_SKIP, follower.name, list(follower.kinds), self._resting(follower), LOOKED_AT)
            behind = await tx.db.fetchrow(_BEHIND, follower.name, self._resting(follower))
            if behind is None:
                return False
            taken.append(behind["lane"])
            until = min(behind["head"], behind["pos"] + LOOKED_AT)
            rows = await tx.db.fetch(_NEXT, behind["lane"], behind["pos"], until, list(follower.kinds), AT_ONCE)
            if rows:
                await follower.follow(tx, [Followed(*row[:6]) for row in rows])
            followed = rows[-1]["pos"] if len(rows) == AT_ONCE else until
            await tx.db.execute(_MOVE, follower.name, behind["lane"], followed)
            return True

        try:
            return await self._engine.write(work)
        except Unavailable:
            raise
        except Exception:
            if not taken:
                raise
            log.exception("follower failed", follower=follower.name, lane=taken[0])
            self._rest(follower, taken[0])
            return True

    def _resting(self, follower: Follower) -> list[int]:
        now = time.monotonic()
        return [lane for (name, lane), f in self._failing.items() if name == follower.name and f.until > now]

    def _rest(self, follower: Follower, lane: int) -> None:
        known = self._failing.get((follower.name, lane))
        pause = POLL_S if known is None else min(known.pause * 2, LONGEST_PAUSE_S)
        self._failing[follower.name, lane] = _Failing(pause, time.monotonic() + pause)


_REGISTER = "INSERT INTO follower (name, lane) SELECT $1, generate_series(0, $2::integer - 1) ON CONFLICT DO NOTHING"
_SKIP = """
WITH idle AS (
  SELECT f.lane, least(l.pos, f.pos + $4) AS until FROM follower f JOIN lane l ON l.lane = f.lane AND l.pos > f.pos
  WHERE f.name = $1 AND f.lane <> ALL($3::smallint[]) AND NOT EXISTS (
    SELECT FROM entry e WHERE e.lane = f.lane AND e.pos > f.pos AND e.pos <= least(l.pos, f.pos + $4)
      AND e.kind = ANY($2::text[]))
  ORDER BY f.lane FOR UPDATE OF f SKIP LOCKED)
UPDATE follower f SET pos = idle.until FROM idle WHERE f.name = $1 AND f.lane = idle.lane AND f.pos < idle.until"""
_BEHIND = """
SELECT f.lane, f.pos, l.pos AS head FROM follower f JOIN lane l ON l.lane = f.lane AND l.pos > f.pos
WHERE f.name = $1 AND f.lane <> ALL($2::smallint[]) ORDER BY random() LIMIT 1 FOR UPDATE OF f SKIP LOCKED"""
_NEXT = """
SELECT stream, seq, kind, actor, body, target, pos FROM entry
WHERE lane = $1 AND pos > $2 AND pos <= $3 AND kind = ANY($4::text[]) ORDER BY pos LIMIT $5"""
_MOVE = "UPDATE follower SET pos = $3 WHERE name = $1 AND lane = $2"
