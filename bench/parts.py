"""The parts of the night: each a long form of a test or a bench, with its limits and its limit of time."""

import argparse
import importlib.util
import itertools
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial

from bench.goals import MINUTE, ROOT, Goal, Limit, by_figures, by_status, commit, last_json, run
from bench.serving import place

SIMULATED_S = 180 * MINUTE

Part = Callable[[argparse.Namespace], Iterator[Goal]]


def faults(wish: argparse.Namespace) -> Iterator[Goal]:
    """D1–D4 and O2 over many kills and halts of 20 s, and the control that proves they would be seen."""
    rounds = wish.rounds
    words = ["bin/faults", "--json", "--halt", "20", "--rounds", str(rounds)]
    yield from by_figures(
        f"kill -9 and SIGSTOP, {rounds} rounds:",
        [*words, "--control-rounds", str(wish.control_rounds)],
        (rounds + wish.control_rounds) * 20 + 5 * MINUTE,
        *(Limit(key, "=", 0) for key in ("lost", "duplicated", "gaps", "out_of_order", "not_heard")),
        *(Limit(f"{key}_after_the_end", "=", 0) for key in ("accepted", "delivered")),
        Limit("left", "≥", 1),
        Limit("acked", "≥", 100 * rounds),
        Limit("longest_recovery_s", "≤", 10),
        Limit("control_lost", "≥", 1),
    )


def lines(_: argparse.Namespace) -> Iterator[Goal]:
    """D1–D3 over bad lines, at length."""
    words = [sys.executable, "-m", "pytest", "tests/faults/test_bad_lines.py", "tests/faults/test_disk_full.py"]
    longer = {"FAULTS_CUTS": "1000", "FAULTS_LINE_S": "60"}
    yield by_status("bad lines, 1,000 cut commits; full disks", [*words, "--timeout=1200"], 25 * MINUTE, **longer)
    killed = [sys.executable, "-m", "pytest", "-s", "tests/faults/test_uploads_killed.py", "--timeout=1200"]
    yield by_status("uploads, 50 kills of their server", killed, 25 * MINUTE, DIANMAI_NIGHTLY="1")


def powercut(wish: argparse.Namespace) -> Iterator[Goal]:
    """D1 when the power goes: acknowledged ⊆ found on the disk."""
    name = f"power cut, {wish.power_cuts} cuts:"
    words = ["bin/faults", "--json", "--rounds", "0", "--power-cuts", str(wish.power_cuts)]
    found, why = last_json(words, wish.power_cuts * 30 + 5 * MINUTE)
    if found is None:
        yield Goal(name, "no result", "0 lost", "FAIL", why)
    elif "power_skipped" in found:
        yield Goal(name, "-", "0 lost", "SKIP", found["power_skipped"])
    else:
        same = [Limit("power_lost", "=", 0), Limit("power_gaps", "=", 0)]
        for limit in (*same, Limit("power_acked", "≥", 1_000), Limit("power_control_lost", "≥", 1)):
            yield limit.goal(name, found)


def simulator(wish: argparse.Namespace) -> Iterator[Goal]:
    """The synchronisation under a hundred thousand seeds, on every core; goes on by ranges of them with --resume."""
    state = wish.state.with_name(f"simulator-{commit()[:12]}.json")
    state.parent.mkdir(parents=True, exist_ok=True)
    if not wish.resume:
        state.unlink(missing_ok=True)
    words = [sys.executable, "-m", "tests.sim", "--seeds", str(wish.seeds), "--state", str(state)]
    if importlib.util.find_spec("tests.sim.__main__") is None:
        yield Goal("simulator", "-", "0 failures", "SKIP", "there is no tests.sim")
        return
    found, why = last_json([*words, "--seconds", str(SIMULATED_S)], SIMULATED_S + 5 * MINUTE)
    if found is None:
        yield Goal("simulator", "no result", "a result", "FAIL", why)
        return
    yield Limit("failures", "=", 0).goal("simulator:", found)
    if found["seeds"] < wish.seeds:
        yield Goal("simulator: seeds", found["seeds"], f"≥ {wish.seeds}", "SKIP", "goes on with --resume")
    else:
        yield Limit("seeds", "≥", wish.seeds).goal("simulator:", found)


def protocol(_: argparse.Namespace) -> Iterator[Goal]:
    """The protocol's suite against one process, three workers and three nodes, each with everything."""
    words = [sys.executable, "-m", "pytest", "-n", "2", "--timeout=600", "tests/protocol"]
    yield by_status("protocol, every layout", words, 40 * MINUTE, DIANMAI_NIGHTLY="1")


def planted(_: argparse.Namespace) -> Iterator[Goal]:
    """What every other test would not be missed by: each planted bug is found, each control loses something."""
    words = [sys.executable, "-m", "pytest", "-n", "2", "-m", "control", "--timeout=1800", "tests"]
    yield by_status("controls and planted bugs", words, 40 * MINUTE, DIANMAI_NIGHTLY="1")


def fuzz(wish: argparse.Namespace) -> Iterator[Goal]:
    """The decoders, fed with bytes."""
    words = [sys.executable, "-m", "tests.fuzz", "--seconds", str(wish.fuzz_seconds), "--json"]
    patience = 8 * (3 * wish.fuzz_seconds + 2 * MINUTE)
    limits = (Limit("failures", "=", 0), Limit("executions", "≥", 1_000))
    yield from _if_there("tests.fuzz", "fuzzing:", words, patience, *limits)


def autobahn(_: argparse.Namespace) -> Iterator[Goal]:
    """The Autobahn cases that apply, whole, cut in two anywhere and byte by byte."""
    yield by_status(
        "Autobahn cases that apply", [sys.executable, "-m", "tests.protocol.autobahn", "--json"], 20 * MINUTE
    )


def properties(_: argparse.Namespace) -> Iterator[Goal]:
    """Every property test with the long profile."""
    found = sorted((ROOT / "tests").rglob("test_*.py"))
    files = [str(path.relative_to(ROOT)) for path in found if "hypothesis" in path.read_text()]
    words = [sys.executable, "-m", "pytest", "-n", "2", "-p", "bench.long_profile", "--timeout=900", *files]
    yield by_status(f"property tests, long, {len(files)} files", words, 40 * MINUTE)


def stories(_: argparse.Namespace) -> Iterator[Goal]:
    """The stories: those without a browser once, those in a browser at every size in every language."""
    words = [sys.executable, "-m", "pytest", "-n", "2", "tests/stories", "-m"]
    yield by_status("stories without a browser", [*words, "not browser"], 30 * MINUTE)
    for size, language in itertools.product(("phone", "till", "desktop"), ("zh-CN", "en")):
        name = f"stories in a browser, {size}, {language}"
        yield by_status(name, [*words, "browser"], 30 * MINUTE, DIANMAI_SIZE=size, DIANMAI_LANGUAGE=language)


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
            status, said = run(step, 10 * MINUTE)
            if status:
                yield Goal("wheel", f"exit status {status}", "0", "FAIL", f"{' '.join(step)}: {said[-200:]}")
                return
        story = [sys.executable, "-m", "pytest", "tests/stories/test_r157_try_it_for_nothing.py"]
        program = str(python.with_name("dianmai"))
        yield by_status("wheel: the trial's story", story, 10 * MINUTE, DIANMAI_PROGRAM=program)


def bench(name: str, goal: str, minutes: int, limits: tuple[Limit, ...], _: argparse.Namespace) -> Iterator[Goal]:
    """A bench with its limits. Beside other work a figure says little, so that is said with it."""
    needs = {"gcc": "gcc"} | ({"ejabberdctl": "ejabberd"} if name == "peers" else {})
    for program, package in needs.items():
        if shutil.which(program, path="/usr/sbin:/usr/bin:/usr/local/bin:/sbin:/bin") is None:
            yield Goal(goal, "-", "its limits", "SKIP", f"{package} is not installed")
            return
    found, why = last_json(["bin/bench", name, "--json"], minutes * MINUTE)
    if found is None:
        yield Goal(goal, "no result", "a result", "FAIL", why)
        return
    disturbed = f"{found['disturbed_runs']} runs beside other work" if found.get("disturbed_runs") else ""
    if "limit_p99_ms" in found:  # P2 depends on how long a bare commit takes here
        limits = (*limits, *(Limit(key, "≤", found["limit_p99_ms"]) for key in ("ack_p99_ms", "delivery_p99_ms")))
    for limit in limits:
        yield limit.goal(goal, found, disturbed)
    yield Limit("asserted", "≥", 1).goal(goal, found)


def _if_there(module: str, name: str, words: list[str], patience_s: float, *limits: Limit) -> Iterator[Goal]:
    if importlib.util.find_spec(f"{module}.__main__") is None:
        yield Goal(name, "-", "0 failures", "SKIP", f"there is no {module}")
        return
    yield from by_figures(name, words, patience_s, *limits)


def _benches() -> dict[str, Part]:
    described: dict[str, tuple[str, int, tuple[Limit, ...]]] = {
        "fanout": (
            "P1, P2",
            6,
            (
                Limit("durable_deliveries_per_s", "≥", 450_000),
                Limit("durable_deliveries_per_s_w16", "≥", 1_000_000),
                Limit("deliveries_per_server_cpu_s", "≥", 300_000),
            ),
        ),
        "pairs": ("P3", 6, (Limit("durable_messages_per_s", "≥", 11_000),)),
        "idle": ("P4", 6, (Limit("kib_per_connection", "≤", 24), Limit("idle_cpu_pct", "≤", 2))),
        "storm": (
            "P5",
            8,
            (
                Limit("resumes_per_s", "≥", 500),
                Limit("all_caught_up_ms", "≤", 10_000),
                Limit("caught_up_p99_ms", "≤", 2_000),
                Limit("others_ack_p99_ms", "≤", 1_000),
            ),
        ),
        "notice": (
            "P6",
            6,
            (
                Limit("published_ms", "≤", 500),
                Limit("last_delivery_ms", "≤", 100),
                Limit("last_device_ms", "≤", 2_000),
                Limit("receipts_cpu_s", "≤", 5),
            ),
        ),
        "post": ("P9", 6, (Limit("posts_per_s_16", "≥", 1_500), Limit("posts_per_s_64", "≥", 3_000))),
        "growth": (
            "P11",
            10,
            (
                Limit("fanout_cpu_us_per_delivery_ratio", "≤", 1.25),
                Limit("resume_cpu_ms_ratio", "≤", 1.25),
                Limit("notice_cpu_us_per_recipient_ratio", "≤", 1.25),
            ),
        ),
        "search": (
            "P8",
            15,
            (
                Limit("messages", "≥", 1_000_000),
                Limit("p99_ms", "≤", 40),
                Limit("common_p99_ms", "≤", 40),
                Limit("recall", "=", 1),
                Limit("send_p99_ratio", "≤", 1.1),
            ),
        ),
        "scale": ("1, 2, 3 workers", 8, ()),
        "peers": ("P1, P3 beside ejabberd", 14, (Limit("fanout_ratio", "≥", 15), Limit("pairs_ratio", "≥", 5))),
    }
    return {name: partial(bench, name, *rest) for name, rest in described.items()}


PARTS: dict[str, Part] = {
    "faults": faults,
    "lines": lines,
    "powercut": powercut,
    "simulator": simulator,
    "protocol": protocol,
    "planted": planted,
    "fuzz": fuzz,
    "autobahn": autobahn,
    "properties": properties,
    "stories": stories,
    "wheel": wheel,
    **_benches(),
}
