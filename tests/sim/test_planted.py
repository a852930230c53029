"""The simulator has teeth: each planted bug is found by a seed that is known to find it, or by one of the first."""

from dataclasses import replace

import pytest

from tests.sim.options import drawn
from tests.sim.planted import PLANTED, planted
from tests.sim.simulation import run

FOUND_BY = {
    "acknowledged_before_commit": 2,
    "nonces_forgotten": 2,
    "seq_from_a_sequence": 6,
    "nobody_detached": 2,
    "alive_for_ever": 29,
    "bus_believed": 4,
    "hints_delivered_as_they_come": 0,
    "positions_forgotten": 7,
    "guards_ignored": 6,
    "receipts_go_back": 1,
    "read_cursors_go_back": 1,
    "another_nonce_each_time": 2,
    "floors_ignored": 8,
    "hole_not_noticed": 1,
    "cursor_before_entries": 24,
    "start_over_keeps_what_was": 11,
    "left_is_forgotten": 12,
    "hole_given_up": 475,
}


@pytest.mark.control
@pytest.mark.parametrize("bug", FOUND_BY)
def test_a_planted_bug_is_found(bug: str) -> None:
    with planted(bug):
        for seed in (FOUND_BY[bug], *range(60)):
            # A few need answers to be prompt, whatever the seed says of them.
            if run(drawn(seed)).failure or run(replace(drawn(seed), late_s=0.0)).failure:
                return
    pytest.fail(f"nothing was noticed of {bug}: {PLANTED[bug].__doc__}")


@pytest.mark.control
def test_a_server_that_delivers_without_knowing_is_found_where_links_fall_silent_and_access_ends() -> None:
    troubles = dict.fromkeys(("silence", "sign out", "revoke", "cut database"), 3.0)
    with planted("stale_edge_delivers"):
        assert any(run(replace(drawn(seed), troubles=troubles)).failure for seed in (77, 115, 598, *range(60)))
