"""`python -m tests.sim --seed 7` runs one seed; `--seeds 100000` many, on every core, going on where an earlier call
has stopped. The last line is one JSON object: how many seeds, steps and facts, which failed, which ranges are done.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

from tests.sim.options import STEPS, drawn
from tests.sim.simulation import run

KEPT_FAILURES = 20
RANGE = 50
SAY_S = 10.0

Summary = dict[str, Any]


def main() -> int:
    """Runs what is asked for; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seed", type=int, help="one seed, with all that it decides")
    parser.add_argument("--first", type=int, default=0, help="the first of many (default 0)")
    parser.add_argument("--seeds", type=int, default=500, help="where many end (default 500)")
    parser.add_argument("--steps", type=int, default=STEPS, help="how much happens in each before it is mended")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing more after so long")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: as many as cores)")
    parser.add_argument("--state", type=Path, help="a file that keeps how far it has come")
    given = parser.parse_args()
    if given.seed is not None:
        print(json.dumps(drawn(given.seed, given.steps).told()))
        done = _run_range(given.seed, given.seed + 1, given.steps)
        print("\n".join(done.pop("said")) or "every promise was kept")
    else:
        done = _many(given)
    print(json.dumps(done))
    return 1 if done["failures"] else 0


def _many(given: argparse.Namespace) -> Summary:
    """Ranges of seeds, several at a time. One that was under way when it stopped is done again by the next call."""
    kept: Path | None = given.state
    done = json.loads(kept.read_text()) if kept and kept.exists() else _nothing()
    left = _ranges(given.first, given.seeds, done["ranges"])
    began = said = time.monotonic()
    under_way: set[Future[Summary]] = set()
    with ProcessPoolExecutor(given.jobs) as processes:
        while True:
            while len(under_way) < given.jobs and time.monotonic() - began < given.seconds:
                if (some := next(left, None)) is None:
                    break
                under_way.add(processes.submit(_run_range, *some, given.steps))
            if not under_way:
                return done
            ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in ended:
                _add(done, future.result())
            if kept:
                kept.write_text(json.dumps(done))
            if time.monotonic() - said > SAY_S:
                said = time.monotonic()
                print(f"{done['seeds']} seeds, {done['failures']} failed", flush=True)


def _run_range(first: int, last: int, steps: int) -> Summary:
    found: Summary = {**_nothing(), "seeds": last - first, "ranges": [[first, last]], "said": []}
    for seed in range(first, last):
        options = drawn(seed, steps)
        result = run(options)
        if result.failure:
            found["said"].append(f"seed {seed}: {result.failure}\n  {json.dumps(options.told())}")
            found["failed"].append(seed)
            found["failures"] += 1
        found["steps"] += result.steps
        found["facts"] += result.facts
        found["entries"] += result.entries
    return found


def _nothing() -> Summary:
    return {"seeds": 0, "steps": 0, "facts": 0, "entries": 0, "failures": 0, "failed": [], "ranges": []}


def _add(done: Summary, found: Summary) -> None:
    for line in found["said"]:
        print(line, flush=True)
    for name in ("seeds", "steps", "facts", "entries", "failures"):
        done[name] += found[name]
    done["failed"] = sorted([*done["failed"], *found["failed"]])[:KEPT_FAILURES]
    ranges: list[list[int]] = []
    for first, last in sorted([*done["ranges"], *found["ranges"]]):
        if ranges and ranges[-1][1] == first:
            ranges[-1][1] = last
        else:
            ranges.append([first, last])
    done["ranges"] = ranges


def _ranges(first: int, last: int, done: list[list[int]]) -> Iterator[tuple[int, int]]:
    """What is still to be run, piece by piece."""
    for begin, end in [*done, [last, last]]:
        stop = min(begin, last)
        while first < stop:
            yield first, min(first + RANGE, stop)
            first = min(first + RANGE, stop)
        first = max(first, end)


if __name__ == "__main__":
    sys.exit(main())
