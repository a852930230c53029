"""The long form: `python -m tests.fuzz --seconds 600 --json` feeds each target for so long and says what broke.

With atheris (a fuzzer led by what code an input reaches) where it is installed, with blind mutations elsewhere. Each
target has a process of its own: a crash of one ends that one.
"""

import argparse
import importlib.util
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WATCHED = 8.0
"""How much slower code is that atheris watches."""
TARGETS = ("frame", "body", "cursors", "roster_csv", "roster_xlsx", "rich")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Feeds the decoders with bytes")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    parser.add_argument("--only", choices=TARGETS, action="append", help="only this target; may be repeated")
    parser.add_argument("--blind", action="store_true", help="without atheris")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--in-this-process", choices=TARGETS, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.in_this_process:
        return _feed(wish.in_this_process, wish.seconds, blind=wish.blind)
    blind = wish.blind or importlib.util.find_spec("atheris") is None
    chosen = wish.only or list(TARGETS)
    outcomes = [_run(target, wish.seconds, blind=blind) for target in chosen]
    figures = {
        "targets": len(chosen),
        "executions": sum(outcome["executions"] for outcome in outcomes),
        "failures": sum(outcome["failed"] for outcome in outcomes),
        "seconds_each": wish.seconds,
        "guided": not blind,
    }
    print(json.dumps(figures) if wish.json else ", ".join(f"{key} {value}" for key, value in figures.items()))
    return 1 if figures["failures"] else 0


def _run(target: str, seconds: int, *, blind: bool) -> dict[str, Any]:
    words = [sys.executable, "-m", "tests.fuzz", "--seconds", str(seconds), "--in-this-process", target]
    ended = subprocess.run([*words, *["--blind"] * blind], capture_output=True, timeout=seconds * 3 + 120, check=False)
    said = (ended.stdout + ended.stderr).decode("utf-8", "replace")
    done = re.findall(r"Done (\d+) runs|#(\d+)\t", said)
    executions = max((int(first or second) for first, second in done), default=0)
    # One that did nothing has not passed.
    failed = ended.returncode != 0 or executions == 0
    print(f"{target}: {executions} executions, {'FAILED' if failed else 'nothing found'}", flush=True)
    if failed:
        print("\n".join(said.splitlines()[-40:]), flush=True)
    return {"executions": executions, "failed": failed}


def _feed(target: str, seconds: int, *, blind: bool) -> int:
    if blind:
        return _blindly(target, seconds)
    import atheris

    with atheris.instrument_imports(include=["dianmai"]):
        from tests.fuzz import corpus, targets

    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(corpus.of(target)):
            (Path(folder) / str(number)).write_bytes(data)
        options = [f"-max_total_time={seconds}", "-max_len=20000", "-malloc_limit_mb=64", "-rss_limit_mb=1024"]
        artifacts = f"-artifact_prefix={tempfile.gettempdir()}/dianmai-fuzz-{target}-"
        atheris.Setup(
            [sys.argv[0], *options, artifacts, folder],
            lambda data: targets.feed(target, data, patience=WATCHED),
        )
        atheris.Fuzz()
    return 0


def _blindly(target: str, seconds: int) -> int:
    from tests.fuzz import corpus, targets

    seed = random.SystemRandom().getrandbits(32)
    chance, kept, runs = random.Random(seed), corpus.of(target), 0
    print(f"seed {seed}")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = corpus.mutated(chance.choice(kept), chance)
        runs += 1
        try:
            targets.feed(target, data)
        except Exception as error:
            print(f"Done {runs} runs: {type(error).__name__}: {error} for {data!r}")
            return 1
    print(f"Done {runs} runs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
