"""What a goal of the night is, how a program is asked for its figures, and what is known from earlier that night."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import msgspec

ROOT = Path(__file__).parent.parent
MINUTE = 60

Result = Literal["PASS", "FAIL", "SKIP"]


class Goal(msgspec.Struct, frozen=True):
    """One line of the night's report."""

    name: str
    figure: object
    limit: str
    result: Result
    why: str = ""

    def line(self) -> str:
        why = f"  ({self.why})" if self.why else ""
        return f"{self.result}  {self.name}: {self.figure}, limit {self.limit}{why}"


Sign = Literal["≥", "≤", "="]


class Limit(NamedTuple):
    """A figure by its key, and how far it may go."""

    key: str
    sign: Sign
    bound: float

    def goal(self, name: str, found: dict[str, Any], why: str = "") -> Goal:
        figure = found.get(self.key)
        words = f"{self.sign} {self.bound:g}"
        if not isinstance(figure, int | float):
            return Goal(f"{name} {self.key}", figure, words, "FAIL", "it was not measured")
        reached = {"≥": figure >= self.bound, "≤": figure <= self.bound, "=": figure == self.bound}[self.sign]
        return Goal(f"{name} {self.key}", figure, words, "PASS" if reached else "FAIL", why)


class Night:
    """What has been reached since a night began, in a file: what was ended half-way goes on where it was."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        self._path = path
        self._commit = commit()
        self._reached: dict[str, list[Goal]] = {}
        if resume and path.exists():
            noted = msgspec.json.decode(path.read_bytes(), type=_Noted)
            if noted.commit == self._commit:
                self._reached = noted.reached

    def reached(self, part: str) -> list[Goal] | None:
        """The goals of a part without a failure, from earlier tonight."""
        return self._reached.get(part)

    def note(self, part: str, goals: list[Goal]) -> None:
        """Remembers a part unless something failed in it."""
        if any(goal.result == "FAIL" for goal in goals):
            return
        self._reached[part] = goals
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".new")
        unfinished.write_bytes(msgspec.json.encode(_Noted(self._commit, self._reached)))
        unfinished.replace(self._path)


class _Noted(msgspec.Struct):
    commit: str
    reached: dict[str, list[Goal]]


def commit() -> str:
    """What is looked at: of another commit nothing is known."""
    return run(["git", "rev-parse", "HEAD"], MINUTE)[1].strip()


def by_status(name: str, words: list[str], patience_s: float, **environment: str) -> Goal:
    """A program that says by its exit status whether all is well."""
    status, said = run(words, patience_s, **environment)
    return Goal(name, f"exit status {status}", "0", "FAIL" if status else "PASS", last_line(said))


def by_figures(
    name: str, words: list[str], patience_s: float, *limits: Limit, why: Callable[[dict[str, Any]], str] | None = None
) -> list[Goal]:
    """A program whose last line is a JSON object, and the limits of its figures."""
    found, said = last_json(words, patience_s)
    if found is None:
        return [Goal(name.rstrip(":"), "no result", "a result", "FAIL", said)]
    return [limit.goal(name, found, why(found) if why else "") for limit in limits]


def last_json(words: list[str], patience_s: float) -> tuple[dict[str, Any] | None, str]:
    """The object in the last line of what a program says; or why there is none."""
    _, said = run(words, patience_s)
    try:
        found = json.loads(last_line(said))
    except ValueError:
        return None, last_line(said)
    return (cast("dict[str, Any]", found), "") if isinstance(found, dict) else (None, last_line(said))


def run(words: list[str], patience_s: float, **environment: str) -> tuple[int, str]:
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


def last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
