"""bin/nightly: the long forms of tests and benches, each with a limit of time. Prints one line for each goal.

A goal is a figure and its limit; a goal that could not be looked at says why, and does not count as reached.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from bench.serving import place

ROOT = Path(__file__).parent.parent
MINUTE = 60

Result = Literal["PASS", "FAIL", "SKIP"]


class Goal(NamedTuple):
    """One line of the night's report."""

    name: str
    figure: object
    limit: str
    result: Result
    why: str = ""

    def line(self) -> str:
        why = f"  ({self.why})" if self.why else ""
        return f"{self.result}  {self.name}: {self.figure}, limit {self.limit}{why}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/nightly", description="Runs what is too long for every change")
    parser.add_argument("--rounds", type=int, default=200, help="kills (default 200)")
    parser.add_argument("--control-rounds", type=int, default=15, help="kills of the control (default 15)")
    parser.add_argument("--only", choices=sorted(PARTS), action="append", help="only this part; may be repeated")
    wish = parser.parse_args()
    goals: list[Goal] = []
    for name in wish.only or PARTS:
        for goal in PARTS[name](wish):
            print(goal.line(), flush=True)
            goals.append(goal)
    reached = sum(goal.result == "PASS" for goal in goals)
    failed = sum(goal.result == "FAIL" for goal in goals)
    print(f"{reached} passed, {failed} failed, {len(goals) - reached - failed} skipped")
    return 1 if failed else 0


def faults(wish: argparse.Namespace) -> Iterator[Goal]:
    """D1–D4 over many kills, and the control that proves they would be seen."""
    patience = (wish.rounds + wish.control_rounds) * 15 + 2 * MINUTE
    words = ["bin/faults", "--json", "--rounds", str(wish.rounds), "--control-rounds", str(wish.control_rounds)]
    found, why = _last_json(words, patience)
    if found is None:
        yield Goal("kill -9", "no result", "0 broken promises", "FAIL", why)
        return
    for key in ("lost", "duplicated", "gaps", "out_of_order", "not_heard"):
        yield _judged(f"kill -9, {found['rounds']} rounds: {key}", found[key], "0", found[key] == 0)
    acked = 500 * found["rounds"]
    yield _judged("kill -9: acknowledged meanwhile", found["acked"], f"at least {acked}", found["acked"] >= acked)
    longest = found["longest_recovery_s"]
    yield _judged("kill -9: longest recovery in s", longest, "10", longest <= 10)
    lost = found["control_lost"]
    if lost is None:
        yield Goal(
            "control: lost without synchronous commit", "-", "more than 0", "SKIP", "no control rounds asked for"
        )
    else:
        yield _judged("control: lost without synchronous commit", lost, "more than 0", lost > 0)


def properties(_: argparse.Namespace) -> Iterator[Goal]:
    """Every property test with the long profile."""
    files = [
        str(p.relative_to(ROOT)) for p in sorted((ROOT / "tests").rglob("test_*.py")) if "hypothesis" in p.read_text()
    ]
    if not files:
        yield Goal("property tests, long", "-", "0 failures", "SKIP", "there are none")
        return
    words = [sys.executable, "-m", "pytest", "-n", "2", "-p", "bench.long_profile", "--timeout=900", *files]
    status, said = _run(words, 40 * MINUTE)
    yield _judged(
        f"property tests, long, {len(files)} files", f"exit status {status}", "0", status == 0, _last_line(said)
    )


def stories(_: argparse.Namespace) -> Iterator[Goal]:
    """The stories: those without a browser once, those in a browser at every size in every language."""
    words = [sys.executable, "-m", "pytest", "-n", "2", "tests/stories", "-m"]
    status, said = _run([*words, "not browser"], 30 * MINUTE)
    yield _judged("stories without a browser", f"exit status {status}", "0", status == 0, _last_line(said))
    for size, language in itertools.product(("phone", "till", "desktop"), ("zh-CN", "en")):
        status, said = _run([*words, "browser"], 30 * MINUTE, DIANMAI_SIZE=size, DIANMAI_LANGUAGE=language)
        name = f"stories in a browser, {size}, {language}"
        yield _judged(name, f"exit status {status}", "0", status == 0, _last_line(said))


def wheel(_: argparse.Namespace) -> Iterator[Goal]:
    """What `pip install .` makes of what is committed is the same server, away from the checkout."""
    with place() as directory:
        python = directory / "venv" / "bin" / "python"
        steps = (
            ["git", "clone", "--quiet", str(ROOT), str(directory / "source")],
            [sys.executable, "-m", "venv", "--without-pip", str(directory / "venv")],
            [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", str(directory / "source")],
        )
        for step in steps:
            status, said = _run(step, 10 * MINUTE)
            if status:
                yield Goal("wheel", f"exit status {status}", "0", "FAIL", f"{' '.join(step)}: {_last_line(said)}")
                return
        story = [sys.executable, "-m", "pytest", "tests/stories/test_r157_try_it_for_nothing.py"]
        status, said = _run(story, 10 * MINUTE, DIANMAI_PROGRAM=str(python.with_name("dianmai")))
    yield _judged("wheel: the trial's story", f"exit status {status}", "0", status == 0, _last_line(said))


def fanout(_: argparse.Namespace) -> Iterator[Goal]:
    """P1 and P2."""
    found, why = _last_json(["bin/bench", "fanout", "--json"], 5 * MINUTE)
    if found is None:
        yield Goal("P1, P2", "no result", "a result", "FAIL", why)
        return
    why = f"{found['disturbed_runs']} runs beside other work" if found["disturbed_runs"] else ""
    for key, least in (
        ("durable_deliveries_per_s", 450_000),
        ("durable_deliveries_per_s_w16", 1_000_000),
        ("deliveries_per_server_cpu_s", 300_000),
    ):
        yield _judged(f"P1 {key}", found[key], f"at least {least}", found[key] >= least, why)
    for key in ("ack_p99_ms", "delivery_p99_ms"):
        most = found["limit_p99_ms"]
        yield _judged(f"P2 {key}", found[key], f"{most}", found[key] <= most, why)


def notice(_: argparse.Namespace) -> Iterator[Goal]:
    """P6."""
    found, why = _last_json(["bin/bench", "notice", "--json"], 6 * MINUTE)
    if found is None:
        yield Goal("P6", "no result", "a result", "FAIL", why)
        return
    for key, most in (
        ("published_ms", 500),
        ("last_delivery_ms", 100),
        ("last_device_ms", 2_000),
        ("receipts_cpu_s", 5),
    ):
        yield _judged(f"P6 {key}", found[key], str(most), found[key] <= most)


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Goal]]] = {
    "faults": faults,
    "properties": properties,
    "stories": stories,
    "wheel": wheel,
    "fanout": fanout,
    "notice": notice,
}


def _judged(name: str, figure: object, limit: str, reached: bool, why: str = "") -> Goal:
    return Goal(name, figure, limit, "PASS" if reached else "FAIL", why)


def _last_json(words: list[str], patience_s: float) -> tuple[dict[str, Any] | None, str]:
    """The object in the last line of what a program says; or why there is none."""
    _, said = _run(words, patience_s)
    try:
        return json.loads(_last_line(said)), ""
    except ValueError:
        return None, _last_line(said)


def _run(words: list[str], patience_s: float, **environment: str) -> tuple[int, str]:
    """Runs a program to its end, at most so long; its progress goes to stderr."""
    own = {**os.environ, **environment}
    process = subprocess.Popen(words, cwd=ROOT, env=own, stdout=subprocess.PIPE, text=True)
    try:
        said, _ = process.communicate(timeout=patience_s)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.communicate(timeout=MINUTE)
        except subprocess.TimeoutExpired:
            process.kill()
        return 124, f"ended after {patience_s:.0f} s"
    return process.returncode, said


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "it said nothing"


if __name__ == "__main__":
    sys.exit(main())
