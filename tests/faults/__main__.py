"""bin/faults: the fault rounds at any length, for people and for the night."""

import argparse
import asyncio
import json
import random
import sys
from typing import Any

from tests.faults import disks, powercut
from tests.faults.rounds import HALT_S, run, run_control


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bin/faults", description="Kills and stops parts of two nodes while people write, checks what is promised"
    )
    parser.add_argument("--rounds", type=int, default=10, help="how many parts are killed or stopped (default 10)")
    parser.add_argument("--halt", type=float, default=HALT_S, help=f"seconds a part stands still (default {HALT_S:g})")
    parser.add_argument(
        "--control-rounds", type=int, default=10, help="kills of the control, which must lose something (default 10)"
    )
    parser.add_argument("--power-cuts", type=int, default=0, help="power cuts of the database's disk (default 0)")
    parser.add_argument("--seed", type=int, help="repeats an earlier run's choices")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    wish = parser.parse_args()
    seed = random.SystemRandom().getrandbits(32) if wish.seed is None else wish.seed
    figures, held = asyncio.run(_all(wish, seed))
    if wish.json:
        print(json.dumps(figures))
    else:
        print(", ".join(f"{key} {value}" for key, value in figures.items()))
    return 0 if held else 1


async def _all(wish: argparse.Namespace, seed: int) -> tuple[dict[str, Any], bool]:
    figures: dict[str, Any] = {}
    held = True
    if wish.rounds:
        outcome = await run(wish.rounds, seed, wish.halt)
        figures = outcome.figures() | {"control_rounds": wish.control_rounds, "control_lost": None}
        held = outcome.broken == 0 and outcome.verdict.acked > 0
        if wish.control_rounds:
            control = await run_control(wish.control_rounds, seed)
            figures |= {"control_acked": control.verdict.acked, "control_lost": control.verdict.lost}
            held = held and control.verdict.lost > 0
    if wish.power_cuts:
        try:
            disks.require_disks()
        except disks.NoDisks as error:
            return figures | {"power_skipped": str(error)}, held
        cuts = await powercut.run(wish.power_cuts, seed)
        unsafe = await powercut.run(2, seed, {"fsync": "off"})
        figures |= {f"power_{key}": figure for key, figure in cuts.figures().items()}
        figures |= {"power_control_lost": unsafe.lost}
        held = held and cuts.acked > 0 and cuts.lost == cuts.gaps == 0 and unsafe.lost > 0
    return figures, held


if __name__ == "__main__":
    sys.exit(main())
