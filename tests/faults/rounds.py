"""Rounds of kill -9 and of standing still, while eight people write to four conversations over two nodes."""

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.edge.client import Closed, Refusal
from tests.faults import leaving
from tests.faults.crew import RECOVERY_LIMIT_S, Crew, at_work, say
from tests.faults.killing import halt, kill, wake
from tests.faults.leaving import Leaver
from tests.faults.promises import Verdict
from tests.faults.rig import PARTS, Part, Rig, standing

BETWEEN_S = (0.2, 0.8)
HALT_S = 6.0
"""Longer than the five seconds after which a node that is cut off must have closed its sockets."""
HALT_EVERY = 5
MOST_LEAVERS = 40


@dataclass
class Outcome:
    """What became of all rounds."""

    rounds: int
    halts: int
    seed: int
    verdict: Verdict
    leavers: Sequence[Leaver]
    longest_recovery_s: float
    seconds: float

    @property
    def accepted_after_the_end(self) -> int:
        return sum(leaver.accepted for leaver in self.leavers)

    @property
    def delivered_after_the_end(self) -> int:
        return sum(leaver.delivered for leaver in self.leavers)

    @property
    def broken(self) -> int:
        return self.verdict.broken + self.accepted_after_the_end + self.delivered_after_the_end

    def figures(self) -> dict[str, Any]:
        found = self.verdict
        return {
            "rounds": self.rounds,
            "halts": self.halts,
            "seed": self.seed,
            "acked": found.acked,
            "lost": found.lost,
            "duplicated": found.duplicated,
            "gaps": found.gaps,
            "out_of_order": found.out_of_order,
            "not_heard": found.not_heard,
            "left": len(self.leavers),
            "accepted_after_the_end": self.accepted_after_the_end,
            "delivered_after_the_end": self.delivered_after_the_end,
            "longest_recovery_s": round(self.longest_recovery_s, 2),
            "seconds": round(self.seconds, 1),
            "asserted": found.asserted + 2 * len(self.leavers),
        }


async def run(rounds: int, seed: int, halt_s: float = HALT_S) -> Outcome:
    """Kills and stops parts of two nodes on one database; everything promised must hold."""
    async with standing() as rig:
        return await _Rounds(rig, seed, halt_s).run(rounds)


async def run_control(rounds: int, seed: int) -> Outcome:
    """Kills a PostgreSQL with `synchronous_commit = off`: it must lose some of what was acknowledged."""
    async with standing({"synchronous_commit": "off"}) as rig:
        return await _Rounds(rig, seed, HALT_S, control=True).run(rounds)


class _Rounds:
    def __init__(self, rig: Rig, seed: int, halt_s: float, *, control: bool = False) -> None:
        self._rig = rig
        self._seed = seed
        self._chance = random.Random(seed)
        self._halt_s = halt_s
        self._control = control
        self._leavers: list[Leaver] = []
        self._halts = 0

    async def run(self, rounds: int) -> Outcome:
        say(f"{rounds} rounds, seed {self._seed}")
        began, longest = time.monotonic(), 0.0
        spare = 0 if self._control else min(MOST_LEAVERS, rounds // HALT_EVERY)
        async with at_work(self._rig.dsn, self._rig.ports, self._chance, spare) as crew:
            try:
                for number, (parts, halted) in enumerate(self._plan(rounds), start=1):
                    await asyncio.sleep(self._chance.uniform(*BETWEEN_S))
                    recovery = await (self._halted(parts, crew) if halted else self._killed(parts, crew))
                    longest = max(longest, recovery)
                    how = "stopped" if halted else "killed"
                    say(f"round {number}: {how} {', '.join(parts)}, everybody writes after {recovery:.2f} s")
                await crew.settle(heard=not self._control)
            except TimeoutError:
                say(self._rig.last_words())
                raise
            found = await crew.verdict(heard=not self._control)
            if found.broken and not self._control:
                say(self._rig.last_words())
        seconds = time.monotonic() - began
        return Outcome(rounds, self._halts, self._seed, found, self._leavers, longest, seconds)

    def _plan(self, rounds: int) -> list[tuple[Sequence[Part], bool]]:
        """What happens: every part comes up, in an order that nobody knows."""
        if self._control:
            return [(("PostgreSQL",), False)] * rounds
        killed: list[Sequence[Part]] = [*((part,) for part in PARTS), PARTS]
        halts = rounds // HALT_EVERY
        # A node stops in the shortest run as well: that is where somebody's access ends meanwhile.
        stopped: list[Part] = [self._chance.choice(PARTS[:2]), *self._chance.sample(PARTS, len(PARTS))]
        plan: list[tuple[Sequence[Part], bool]] = [([stopped[n % len(stopped)]], True) for n in range(halts)]
        plan += [(killed[n % len(killed)], False) for n in range(rounds - halts)]
        self._chance.shuffle(plan)
        return plan

    async def _killed(self, parts: Sequence[Part], crew: Crew) -> float:
        """One kill; the seconds until everybody's messages are acknowledged again."""
        kill(self._rig.pids(parts))
        return await crew.all_acknowledge()

    async def _halted(self, parts: Sequence[Part], crew: Crew) -> float:
        """One part stands still for a while. Without the database nobody can write before it goes on; else they can."""
        self._halts += 1
        leaver = await self._about_to_leave(parts, crew)
        pids = self._rig.pids(parts)
        halt(pids)
        try:
            going_on = asyncio.create_task(asyncio.sleep(self._halt_s))
            if leaver is not None:
                await leaver.leave()
            recovery = 0.0 if "PostgreSQL" in parts else await crew.all_acknowledge()
            await going_on
        finally:
            wake(pids)
        if leaver is not None:
            await leaver.listen()
            self._leavers.append(leaver)
        return max(recovery, await crew.all_acknowledge())

    async def _about_to_leave(self, parts: Sequence[Part], crew: Crew) -> Leaver | None:
        node = next((self._rig.nodes[part] for part in parts if part in self._rig.nodes), None)
        if node is None or not crew.spare:
            return None
        token = crew.spare.pop()
        async with asyncio.timeout(RECOVERY_LIMIT_S):
            while True:
                with contextlib.suppress(Refusal, Closed, OSError, asyncio.IncompleteReadError):
                    return await leaving.connected(self._rig.dsn, node.port, token, crew.streams[0])
                await asyncio.sleep(0.1)
