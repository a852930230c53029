"""Every promise of the sync protocol under every kind of trouble, in 180 small worlds; `-m tests.sim` runs more."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sim.options import drawn
from tests.sim.simulation import run

SEEDS = 180
PARTS = 4
OPEN = (134,)
"""A list fetched through another server names a stream its member has joined and left again before the socket's own
server has looked: that socket never heard it, so it is not told `left`, and keeps the stream until it is level anew."""
MENDED = (475, 483)
"""Seeds that have found something."""
ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_promise_is_kept_after_every_step_and_all_devices_become_level(part: int) -> None:
    facts = entries = 0
    for seed in sorted(set(range(part, SEEDS, PARTS)) - set(OPEN)):
        result = run(drawn(seed))
        again = f"python -m tests.sim --seed {seed}"
        assert result.failure is None, f"{result.failure}\n{again}\n{json.dumps(drawn(seed).told())}"
        assert result.facts > 500, f"seed {seed} did nothing"
        facts += result.facts
        entries += result.entries
    assert entries > 5_000 and facts > 200_000


@pytest.mark.xfail(reason="a stream joined and left unheard", strict=False)
@pytest.mark.parametrize("seed", OPEN)
def test_what_is_still_open(seed: int) -> None:
    assert run(drawn(seed)).failure is None


@pytest.mark.parametrize("seed", MENDED)
def test_what_was_found_once_stays_mended(seed: int) -> None:
    assert run(replace(drawn(seed), late_s=0.0)).failure is None


def test_a_seed_gives_the_same_in_another_process_whose_hashes_differ() -> None:
    code = "from tests.sim.options import drawn; from tests.sim.simulation import run; print(run(drawn(11)).trace)"
    traces = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert traces[0] == traces[1] and len(traces[0].strip()) == 16
