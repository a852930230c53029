"""`bin/bench search` small: it fills, searches, compares with a look at every message, sends, and says all figures."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="the load generator is built with gcc")


@pytest.mark.timeout(240)
def test_the_bench_of_search_finds_everything_and_says_what_it_cost() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "search", "--messages", "20000", "--json"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["messages"] == 20_000
    assert said["recall"] == 1.0
    assert said["asserted"] > 1_000
    for figure in ("p50_ms", "p99_ms", "common_p99_ms", "send_p99_ratio", "index_mib"):
        assert said[figure] > 0
    assert {"calibration", "environment"} <= said.keys()
