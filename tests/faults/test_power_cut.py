"""D1 when the power goes: acknowledged at the cut ⊆ found on the disk."""

import asyncio
import os
import random

import pytest

from tests.faults import disks, powercut

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]


@pytest.fixture(scope="module", autouse=True)
def _disks() -> None:
    try:
        disks.require_disks()
    except disks.NoDisks as error:
        print(f"skipped: {error}")
        pytest.skip(str(error))


def seed() -> int:
    return int(os.environ.get("FAULTS_SEED") or random.SystemRandom().getrandbits(32))


def test_nothing_acknowledged_is_lost_when_the_power_is_cut_three_times() -> None:
    found = asyncio.run(powercut.run(3, seed()))
    assert found.acked > 100
    assert (found.lost, found.gaps) == (0, 0)


@pytest.mark.control
def test_the_same_cuts_lose_something_without_fsync() -> None:
    assert asyncio.run(powercut.run(2, seed(), {"fsync": "off"})).lost > 0
