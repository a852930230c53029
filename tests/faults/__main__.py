"""bin/faults: the fault rounds at any length, for people and for the night."""

import argparse
import asyncio
import json
import random
import sys
from typing import Any

from tests.faults.rounds import run, run_control


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bin/faults", description="Kills parts of the running system, checks what is promised"
    )
    parser.add_argument("--rounds", type=int, default=10, help="how many kills (default 10)")
    parser.add_argument("--control-rounds", type=int, default=0, help="kills of the control, which must lose something")
    parser.add_argument("--seed", type=int, help="repeats an earlier run's choices")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    wish = parser.parse_args()
    seed = random.SystemRandom().getrandbits(32) if wish.seed is None else wish.seed
    figures, held = asyncio.run(_all(wish.rounds, wish.control_rounds, seed))
    if wish.json:
        print(json.dumps(figures))
    else:
        print(", ".join(f"{key} {value}" for key, value in figures.items()))
    return 0 if held else 1


async def _all(rounds: int, control_rounds: int, seed: int) -> tuple[dict[str, Any], bool]:
    outcome = await run(rounds, seed)
    figures = outcome.figures() | {"control_rounds": control_rounds, "control_lost": None}
    held = outcome.verdict.broken == 0 and outcome.verdict.acked > 0
    if control_rounds:
        control = await run_control(control_rounds, seed)
        figures |= {"control_acked": control.verdict.acked, "control_lost": control.verdict.lost}
        held = held and control.verdict.lost > 0
    return figures, held


if __name__ == "__main__":
    sys.exit(main())
