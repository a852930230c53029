"""The model of `web/src/core/journal.ts`, line by line: how a device puts what it hears in order.

That the two are the same is not a matter of reading: `vectors.py` writes down what this one does, and the client's own
tests replay it (`web/tests/vectors.test.ts`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Entry = dict[str, Any]
State = dict[str, Any]

TAIL = 30
MOST_KNOWN = 2_000


@dataclass(slots=True)
class Held:
    have: int | None
    head: int
    early: dict[int, Entry] = field(default_factory=dict)
    filling: bool = False


@dataclass(slots=True)
class Outcome:
    dropped: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    fill: list[tuple[str, int]] = field(default_factory=list)
    relevel: bool = False

    @property
    def busy(self) -> bool:
        return bool(self.entries or self.left or self.dropped or self.cursors)


class Journal:
    """Takes batches as they come and lets every stream's entries through once, in seq order."""

    def __init__(self, cursors: dict[str, int] | None = None) -> None:
        self._streams = {stream: Held(have, have) for stream, have in (cursors or {}).items()}
        self._levelling = False
        self._said_meanwhile: dict[str, bool] = {}

    def known(self) -> dict[str, int]:
        known = [(stream, held.have) for stream, held in self._streams.items() if held.have is not None]
        return dict(known[-MOST_KNOWN:])

    def start_levelling(self) -> None:
        self._levelling = True
        self._said_meanwhile.clear()
        for held in self._streams.values():
            held.filling = False

    def level(self, answer: dict[str, Any], asked: dict[str, int]) -> Outcome:
        out = Outcome()
        said = self._said_meanwhile
        states = [s for s in answer["streams"] if said.get(s["stream"], True)]
        heard = {s["stream"] for s in states}
        if answer["whole"]:
            for stream, held in list(self._streams.items()):
                if (stream in asked or held.have is None) and stream not in heard and not said.get(stream):
                    self._leave(stream, out)
        given = _by_stream(answer["entries"])
        for stream in answer["start_over"]:
            if stream in heard:
                self._start_over(stream, given.get(stream), asked.get(stream), out)
        self._levelling = answer["more"]
        for state in states:
            held = self._listed(state["stream"])
            held.head = max(held.head, state["head"])
            if held.have is None and state["head"] < state.get("first", 1):
                held.have = state["head"]
        if not answer["whole"] and not answer["more"]:
            for stream, held in self._streams.items():
                if held.have is None and held.early and stream not in heard:
                    held.have = min(held.early) - 1
        for stream in list(self._streams):
            self._take(stream, given.get(stream, ()), out)
        return out

    def live(self, stream: str, entries: Sequence[Entry]) -> Outcome:
        out = Outcome()
        self._take(stream, entries, out)
        return out

    def filled(self, stream: str, after: int, answer: dict[str, Any]) -> Outcome:
        out = Outcome()
        held = self._streams.get(stream)
        if held is None:
            return out
        held.filling = False
        held.head = max(held.head, answer["head"])
        self._take(stream, answer["entries"], out)
        if held.have == after and held.head > after and not self._levelling:
            out.fill = []
            out.relevel = True
        return out

    def unfilled(self, stream: str) -> Outcome:
        out = Outcome()
        held = self._streams.get(stream)
        if held is not None:
            held.filling = False
            out.relevel = not self._levelling
        return out

    def changed(self, joined: Sequence[State], left: Sequence[str]) -> Outcome:
        out = Outcome()
        for stream in left:
            self._leave(stream, out)
            self._said_meanwhile[stream] = False
        for state in joined:
            self._said_meanwhile[state["stream"]] = True
            held = self._of(state["stream"])
            held.head = max(held.head, state["head"])
            before = state.get("first", 1) - 1
            if held.have is None or held.have < before:
                held.have = max(before, state["head"] - TAIL, 0)
            self._take(state["stream"], (), out)
        return out

    def _take(self, stream: str, entries: Iterable[Entry], out: Outcome) -> None:
        held = self._of(stream)
        for entry in entries:
            held.head = max(held.head, entry["seq"])
            if held.have is None or entry["seq"] > held.have:
                held.early[entry["seq"]] = entry
        if held.have is None:
            out.relevel = out.relevel or not self._levelling
            return
        while (entry := held.early.pop(held.have + 1, None)) is not None:
            held.have = entry["seq"]
            out.entries.append(entry)
            out.cursors[stream] = held.have
        if held.head > held.have and not self._levelling and not held.filling:
            held.filling = True
            out.fill.append((stream, held.have))

    def _start_over(self, stream: str, given: list[Entry] | None, asked: int | None, out: Outcome) -> None:
        held = self._of(stream)
        if held.have != asked:
            return
        if asked is not None:
            out.dropped.append(stream)
        held.head = 0
        held.have = min(entry["seq"] for entry in given) - 1 if given else None
        if held.have is not None:
            for seq in [seq for seq in held.early if seq <= held.have]:
                del held.early[seq]
            out.cursors[stream] = held.have

    def _listed(self, stream: str) -> Held:
        held = self._streams[stream] = self._streams.pop(stream, None) or Held(None, 0)
        return held

    def _leave(self, stream: str, out: Outcome) -> None:
        if self._streams.pop(stream, None) is not None:
            out.left.append(stream)

    def _of(self, stream: str) -> Held:
        held = self._streams.get(stream)
        if held is None:
            held = self._streams[stream] = Held(None, 0)
        return held


def joined(first: Outcome, second: Outcome) -> Outcome:
    """One outcome that does what both do, one after the other."""
    gone = {*second.dropped, *second.left}
    return Outcome(
        dropped=[*first.dropped, *second.dropped],
        left=[*first.left, *second.left],
        entries=[*(e for e in first.entries if e["stream"] not in gone), *second.entries],
        cursors={**{s: c for s, c in first.cursors.items() if s not in gone}, **second.cursors},
        fill=[*first.fill, *second.fill],
        relevel=first.relevel or second.relevel,
    )


def _by_stream(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    streams: dict[str, list[Entry]] = {}
    for entry in entries:
        streams.setdefault(entry["stream"], []).append(entry)
    return streams
