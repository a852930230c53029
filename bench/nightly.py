"""bin/nightly: the long forms of tests and benches, each with a limit of time. Prints one line for each goal.

A goal is a figure and its limit; a goal that could not be looked at says why, and does not count as reached.
"""

import argparse
import sys
import time
from pathlib import Path

from bench.goals import MINUTE, ROOT, Goal, Night
from bench.parts import PARTS

STATE = ROOT / "build" / "nightly.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/nightly", description="Runs what is too long for every change")
    parser.add_argument("--rounds", type=int, default=200, help="kills and halts (default 200)")
    parser.add_argument("--control-rounds", type=int, default=15, help="kills of the control (default 15)")
    parser.add_argument("--power-cuts", type=int, default=50, help="power cuts (default 50)")
    parser.add_argument("--seeds", type=int, default=100_000, help="seeds of the simulator (default 100,000)")
    parser.add_argument("--fuzz-seconds", type=int, default=600, help="for each decoder (default 600)")
    parser.add_argument("--minutes", type=int, default=600, help="starts nothing new after so long (default 600)")
    parser.add_argument("--only", choices=sorted(PARTS), action="append", help="only this part; may be repeated")
    parser.add_argument("--resume", action="store_true", help="does not repeat what this commit has passed already")
    parser.add_argument("--state", type=Path, default=STATE, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    return report(wish, Night(wish.state, resume=wish.resume))


def report(wish: argparse.Namespace, night: Night) -> int:
    """Runs the parts, one after the other, since each would be the other's disturbance."""
    goals: list[Goal] = []
    until = time.monotonic() + wish.minutes * MINUTE
    for name in wish.only or PARTS:
        earlier = night.reached(name)
        if earlier is not None:
            _say([Goal(g.name, g.figure, g.limit, g.result, "passed earlier tonight") for g in earlier], goals)
        elif time.monotonic() > until:
            _say([Goal(name, "-", "its limits", "SKIP", f"the night's {wish.minutes} minutes were over")], goals)
        else:
            reached: list[Goal] = []
            for goal in PARTS[name](wish):
                reached.append(goal)
                _say([goal], goals)
            night.note(name, reached)
    passed = sum(goal.result == "PASS" for goal in goals)
    failed = sum(goal.result == "FAIL" for goal in goals)
    print(f"{passed} passed, {failed} failed, {len(goals) - passed - failed} skipped")
    return 1 if failed else 0


def _say(new: list[Goal], goals: list[Goal]) -> None:
    for goal in new:
        print(goal.line(), flush=True)
        goals.append(goal)


if __name__ == "__main__":
    sys.exit(main())
