"""Numbering lines behind their streams' heads and chaining their hashes, before the statement that writes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from dianmai.core import ledger
from dianmai.core.journal import Line, Placed, wire_json


class Head(msgspec.Struct):
    """Where a stream ends."""

    lane: int
    heard_by: str
    seq: int
    no: int
    member_epoch: int
    hash: bytes


def chain(installation: bytes, heads: Mapping[str, Head], at: datetime, lines: Sequence[Line]) -> "Chained":
    """Numbers the lines and chains their hashes. Moves the heads."""
    chained = Chained(at)
    salts = ledger.salts(len(lines))
    for line, salt in zip(lines, salts, strict=True):
        draft, head = line.draft, heads[line.draft.stream]
        head.seq += 1
        no = None
        if draft.counts:
            head.no += 1
            no = head.no
        hashed = ledger.body_hash(salt, line.body)
        head.hash = ledger.chain(
            head.hash,
            installation,
            stream=draft.stream,
            seq=head.seq,
            at=at,
            actor=line.actor,
            nonce=line.nonce,
            part=line.part,
            kind=draft.kind,
            target=draft.target,
            body_hash=hashed,
        )
        chained.add(line, head, no, salt, hashed)
    return chained


class Chained:
    """Numbered lines: columns of a statement, and entries once their lanes' positions are known."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._lines: list[tuple[Line, int, int | None]] = []
        self._rows: list[tuple[Any, ...]] = []
        self.ranks: list[tuple[int, int]] = []
        self.counts: dict[int, int] = {}

    def add(self, line: Line, head: Head, no: int | None, salt: bytes, hashed: bytes) -> None:
        draft = line.draft
        rank = self.counts[head.lane] = self.counts.get(head.lane, 0) + 1
        self.ranks.append((head.lane, rank))
        self._lines.append((line, head.seq, no))
        self._rows.append((
            draft.stream, head.seq, head.lane, line.actor, line.nonce, line.part, draft.kind, draft.target, no, salt,
            hashed, head.hash, line.body,
        ))  # fmt: skip

    @property
    def columns(self) -> list[tuple[Any, ...]]:
        """The statement's, each with a value for every line; there is at least one line."""
        return list(zip(*self._rows, strict=True))

    def moved(self, heads: Mapping[str, Head]) -> tuple[list[str], list[int], list[int], list[bytes]]:
        streams = sorted({line.draft.stream for line, _, _ in self._lines})
        moved = [heads[s] for s in streams]
        return streams, [h.seq for h in moved], [h.no for h in moved], [h.hash for h in moved]

    def placed(self, pos: Mapping[int, int]) -> list[Placed]:
        """The entries; `pos` are the lanes' positions before them."""
        at = self._at
        return [
            Placed(
                draft.stream, seq, no, at, line.actor, line.nonce, draft.kind, draft.target, line.body,
                wire_json(draft.stream, seq, no, at, line.actor, line.nonce, draft.kind, draft.target, line.body),
                lane, pos[lane] + rank,
            )
            for (line, seq, no), (lane, rank) in zip(self._lines, self.ranks, strict=True)
            for draft in (line.draft,)
        ]  # fmt: skip
