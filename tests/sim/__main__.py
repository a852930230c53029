"""`python -m tests.sim --seed 7` runs one seed; `--seeds 100000` many, going on where an earlier call has stopped.

The last line is one JSON object: how many seeds, steps and facts, and which seeds failed.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from tests.sim.options import STEPS, drawn
from tests.sim.simulation import Result, run

KEPT_FAILURES = 20


def main() -> int:
    """Runs what is asked for; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seed", type=int, help="one seed, with all that it decides")
    parser.add_argument("--seeds", type=int, default=500, help="how many, from 0 on")
    parser.add_argument("--steps", type=int, default=STEPS, help="how much happens in each before it is mended")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--state", type=Path, help="a file that keeps how far it has come")
    given = parser.parse_args()
    if given.seed is not None:
        return _one(given.seed, given.steps)
    return _many(given.seeds, given.steps, given.seconds, given.state)


def _one(seed: int, steps: int) -> int:
    options = drawn(seed, steps)
    print(json.dumps(options.told()))
    result = run(options)
    print(result.failure or "every promise was kept")
    print(json.dumps(_summary(1, result.steps, result.facts, result.entries, [seed] if result.failure else [])))
    return 1 if result.failure else 0


def _many(seeds: int, steps: int, seconds: float, state: Path | None) -> int:
    done = json.loads(state.read_text()) if state and state.exists() else _summary(0, 0, 0, 0, [])
    began = said = time.monotonic()
    for seed in range(done["seeds"], seeds):
        now = time.monotonic()
        if now - began > seconds:
            break
        result = run(drawn(seed, steps))
        if result.failure:
            _report(seed, steps, result)
            done["failed"] = [*done["failed"], seed][:KEPT_FAILURES]
        done["failures"] += bool(result.failure)
        done["seeds"] = seed + 1
        done["steps"] += result.steps
        done["facts"] += result.facts
        done["entries"] += result.entries
        if now - said > 10:
            said = now
            print(f"{done['seeds']} of {seeds} seeds, {done['failures']} failed", flush=True)
            if state:
                state.write_text(json.dumps(done))
    if state:
        state.write_text(json.dumps(done))
    print(json.dumps(done))
    return 1 if done["failures"] else 0


def _report(seed: int, steps: int, result: Result) -> None:
    print(f"seed {seed}: {result.failure}\n  {json.dumps(drawn(seed, steps).told())}", flush=True)


def _summary(seeds: int, steps: int, facts: int, entries: int, failed: list[int]) -> dict[str, object]:
    return {
        "seeds": seeds, "steps": steps, "facts": facts, "entries": entries, "failures": len(failed), "failed": failed,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
