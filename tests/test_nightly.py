"""The night's report: a figure beside its limit, and going on where it was ended."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import nightly
from bench.goals import Goal, Limit, Night, last_json, run

WISH = argparse.Namespace(only=None, minutes=1)


@pytest.mark.parametrize(
    ("limit", "figure", "result"),
    [
        (Limit("lost", "=", 0), 0, "PASS"),
        (Limit("lost", "=", 0), 1, "FAIL"),
        (Limit("rate", "≥", 10), 9.9, "FAIL"),
        (Limit("p99_ms", "≤", 10), 10, "PASS"),
        (Limit("missing", "≤", 10), 10, "FAIL"),
    ],
)
def test_a_figure_is_judged_by_its_limit(limit: Limit, figure: float, result: str) -> None:
    assert limit.goal("a bench:", {"lost": figure, "rate": figure, "p99_ms": figure}).result == result


def test_a_night_that_was_ended_goes_on_with_what_has_not_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looked: list[str] = []

    def part(name: str, result: str) -> object:
        def look(_: argparse.Namespace) -> Iterator[Goal]:
            looked.append(name)
            yield Goal(name, 1, "= 1", "PASS" if result == "PASS" else "FAIL")

        return look

    monkeypatch.setattr(nightly, "PARTS", {"good": part("good", "PASS"), "bad": part("bad", "FAIL")})
    state = tmp_path / "nightly.json"
    assert nightly.report(WISH, Night(state, resume=False)) == 1
    assert nightly.report(WISH, Night(state, resume=True)) == 1
    assert looked == ["good", "bad", "bad"]
    said = capsys.readouterr().out.splitlines()
    assert said[-3:] == [
        "PASS  good: 1, limit = 1  (passed earlier tonight)",
        "FAIL  bad: 1, limit = 1",
        "1 passed, 1 failed, 0 skipped",
    ]
    nightly.report(WISH, Night(state, resume=False))
    assert looked[-2:] == ["good", "bad"]


def test_a_program_that_takes_too_long_is_ended_and_one_without_figures_has_failed() -> None:
    assert run(["sleep", "60"], 0.05)[0] == 124
    assert last_json(["echo", "no figures"], 10) == (None, "no figures")
    assert last_json(["echo", '{"lost": 0}'], 10) == ({"lost": 0}, "")
