"""Every promise of the sync protocol under every kind of trouble, in 500 small worlds; `-m tests.sim` runs more."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sim.options import drawn
from tests.sim.simulation import run

SEEDS = 500
PARTS = 4
ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_promise_is_kept_after_every_step_and_all_devices_become_level(part: int) -> None:
    facts = entries = 0
    for seed in range(part, SEEDS, PARTS):
        result = run(drawn(seed))
        again = f"python -m tests.sim --seed {seed}"
        assert result.failure is None, f"{result.failure}\n{again}\n{json.dumps(drawn(seed).told())}"
        assert result.facts > 500, f"seed {seed} did nothing"
        facts += result.facts
        entries += result.entries
    assert entries > 10_000 and facts > 500_000


def test_access_ends_for_those_alone_whom_it_concerns_while_servers_lose_the_database() -> None:
    troubles = dict.fromkeys(("silence", "sign out", "revoke", "cut database"), 3.0)
    for seed in range(20):
        assert run(replace(drawn(seed), troubles=troubles)).failure is None, f"seed {seed}"


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
