"""Many seeds are run in ranges: one call goes on where others have stopped, and does nothing twice."""

import json
from pathlib import Path

import pytest

from tests.sim import __main__ as running


def test_what_is_left_is_what_no_range_covers() -> None:
    assert list(running._ranges(0, 120, [])) == [(0, 50), (50, 100), (100, 120)]
    assert list(running._ranges(0, 120, [[0, 50], [60, 70]])) == [(50, 60), (70, 120)]
    assert list(running._ranges(40, 60, [[0, 50]])) == [(50, 60)]
    assert list(running._ranges(0, 50, [[0, 500]])) == []


def test_a_second_call_does_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "state.json"
    words = ["tests.sim", "--steps", "5", "--jobs", "1", "--state", str(state)]
    for first, last in (("3", "5"), ("0", "7")):
        monkeypatch.setattr("sys.argv", [*words, "--first", first, "--seeds", last])
        assert running.main() == 0
    done = json.loads(state.read_text())
    assert (done["seeds"], done["ranges"], done["failures"]) == (7, [[0, 7]], 0)
