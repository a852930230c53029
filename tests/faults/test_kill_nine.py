"""D1–D4 and O2: whatever is killed or stands still, an acknowledged message is there, once, in its place, and everybody
comes to have it; whoever may no longer is heard and told nothing."""

import asyncio
import os
import random

import pytest

from tests.faults.crew import RECOVERY_LIMIT_S
from tests.faults.rounds import Outcome, run, run_control

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]


def seed() -> int:
    """A new one for each run unless `FAULTS_SEED` repeats one; the rounds print it."""
    return int(os.environ.get("FAULTS_SEED") or random.SystemRandom().getrandbits(32))


def test_ten_kills_and_halts_lose_double_and_disorder_nothing() -> None:
    outcome: Outcome = asyncio.run(run(10, seed()))
    found = outcome.verdict
    assert found.acked > 200
    assert (found.lost, found.duplicated, found.gaps, found.out_of_order, found.not_heard) == (0, 0, 0, 0, 0), (
        found.examples
    )
    assert outcome.leavers
    assert (outcome.accepted_after_the_end, outcome.delivered_after_the_end) == (0, 0)
    assert outcome.longest_recovery_s < RECOVERY_LIMIT_S


@pytest.mark.control
def test_the_same_kills_lose_something_when_commits_are_not_waited_for() -> None:
    assert asyncio.run(run_control(15, seed())).verdict.lost > 0
