"""What the model of the journal makes of 600 little histories, for the client's own tests to replay.

`python -m tests.sim.vectors` writes `web/tests/vectors.json`. An entry is written as its seq; an outcome as what of it
is not empty: `d`ropped, `l`eft, `e`ntries, `c`ursors, `f`ill, `r`elevel.
"""

import json
import random
from pathlib import Path
from typing import Any

from tests.sim.journal import Journal, Outcome

COUNT = 600
STREAMS = ("a", "b")
FILE = Path(__file__).parents[2] / "web" / "tests" / "vectors.json"


def text() -> str:
    """The whole file, the same every time."""
    return "[\n" + ",\n".join(json.dumps(_history(seed), separators=(",", ":")) for seed in range(COUNT)) + "\n]\n"


def _history(seed: int) -> list[Any]:
    rng = random.Random(seed)
    cursors = {s: rng.randint(0, 6) for s in STREAMS if rng.random() < 0.6}
    journal = Journal(dict(cursors))
    steps: list[Any] = []
    for _ in range(rng.randint(3, 7)):
        step, outcome = _step(rng, journal)
        steps.append([*step, _short(outcome)])
    return [cursors, steps, journal.known()]


def _step(rng: random.Random, journal: Journal) -> tuple[list[Any], Outcome]:
    stream = rng.choice(STREAMS)
    match rng.choice(("live", "live", "live", "level", "level", "filled", "changed", "start", "unfilled")):
        case "live":
            seqs = _some(rng)
            return ["live", stream, seqs], journal.live(stream, _entries(stream, seqs))
        case "level":
            return _level(rng, journal)
        case "filled":
            after, seqs, head = rng.randint(0, 6), _some(rng), rng.randint(0, 9)
            answer = {"entries": _entries(stream, seqs), "head": head}
            return ["filled", stream, after, seqs, head], journal.filled(stream, after, answer)
        case "changed":
            joined = [[s, rng.randint(0, 40), rng.randint(1, 9)] for s in STREAMS if rng.random() < 0.5]
            left = [s for s in STREAMS if rng.random() < 0.3]
            return ["changed", joined, left], journal.changed([_state(*j) for j in joined], left)
        case "start":
            journal.start_levelling()
            return ["start"], Outcome()
        case _:
            return ["unfilled", stream], journal.unfilled(stream)


def _level(rng: random.Random, journal: Journal) -> tuple[list[Any], Outcome]:
    # At times the answer belongs to cursors of a moment ago.
    asked = {s: max(0, c - rng.choice((0, 0, 0, 1))) for s, c in journal.known().items()}
    states = [[s, rng.randint(0, 9), rng.randint(1, 4)] for s in STREAMS if rng.random() < 0.8]
    given = {s: _some(rng) for s, _, _ in states if rng.random() < 0.7}
    over = [s for s, _, _ in states if rng.random() < 0.3]
    whole, more = rng.random() < 0.8, rng.random() < 0.3
    answer = {
        "streams": [_state(*s) for s in states],
        "whole": whole,
        "entries": [e for s, seqs in given.items() for e in _entries(s, seqs)],
        "start_over": over,
        "more": more,
    }
    return ["level", asked, states, given, over, whole, more], journal.level(answer, asked)


def _some(rng: random.Random) -> list[int]:
    first = rng.randint(1, 8)
    return list(range(first, first + rng.randint(0 if first > 4 else 1, 4)))


def _entries(stream: str, seqs: list[int]) -> list[dict[str, Any]]:
    return [{"stream": stream, "seq": seq} for seq in seqs]


def _state(stream: str, head: int, first: int) -> dict[str, Any]:
    return {"stream": stream, "head": head, "first": first}


def _short(out: Outcome) -> dict[str, Any]:
    short = {
        "d": out.dropped, "l": out.left, "e": [[e["stream"], e["seq"]] for e in out.entries], "c": out.cursors,
        "f": [list(fill) for fill in out.fill], "r": out.relevel,
    }  # fmt: skip
    return {name: value for name, value in short.items() if value}


if __name__ == "__main__":
    FILE.write_text(text())
