"""What must be true after any number of kills. Each broken promise is counted, none stops the counting."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import msgspec

from bench import auditing
from bench.auditing import Audit
from tests.faults.writer import Writer


@dataclass
class Verdict:
    """Broken promises by kind, and how many facts were looked at."""

    acked: int = 0
    lost: int = 0
    duplicated: int = 0
    gaps: int = 0
    out_of_order: int = 0
    not_heard: int = 0
    asserted: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def broken(self) -> int:
        return self.lost + self.duplicated + self.gaps + self.out_of_order + self.not_heard

    def look(self, kind: str, fact: bool, example: str) -> None:
        self.asserted += 1
        if not fact:
            setattr(self, kind, getattr(self, kind) + 1)
            if len(self.examples) < 20:
                self.examples.append(f"{kind}: {example}")


class Stored(msgspec.Struct, frozen=True):
    """An entry as it is stored; what is no message has neither `no` nor text."""

    seq: int
    no: int | None
    nonce: str
    text: str


async def verdict(dsn: str, streams: Sequence[str], writers: Sequence[Writer], *, heard: bool) -> Verdict:
    """Compares what was acknowledged and heard with what is stored. Without `heard` only what was acknowledged."""
    found = Verdict()
    stored = {stream: await _stored(dsn, stream) for stream in streams}
    for stream, entries in stored.items():
        _look_at_stream(found, stream, entries)
    for writer in writers:
        _look_at_writer(found, writer, stored)
        if heard:
            _look_at_heard(found, writer, stored)
    await _look_at_lanes(found, dsn)
    if heard:
        audit = Audit()
        for stream in streams:
            await auditing.chain_holds(dsn, stream, audit)
        found.asserted += audit.asserted
    return found


async def heads(dsn: str, streams: Sequence[str]) -> dict[str, int]:
    """The last seq of each stream."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT stream, seq FROM stream WHERE stream = ANY($1::text[])", list(streams))
    finally:
        await connection.close()
    return {r["stream"]: r["seq"] for r in rows}


def _look_at_stream(found: Verdict, stream: str, entries: Sequence[Stored]) -> None:
    for place, entry in enumerate(entries, start=1):
        found.look("gaps", entry.seq == place, f"{stream} has {entry} at {place}")
    counted = [entry for entry in entries if entry.no is not None]
    for place, entry in enumerate(counted, start=1):
        found.look("gaps", entry.no == place, f"{stream} counts {entry} as {place}")
    for text, times in Counter(entry.text for entry in counted).items():
        found.look("duplicated", times == 1, f"{stream} has “{text}” {times} times")


def _look_at_writer(found: Verdict, writer: Writer, stored: Mapping[str, Sequence[Stored]]) -> None:
    places = {(stream, e.nonce): e.seq for stream, entries in stored.items() for e in entries}
    found.look("duplicated", writer.moved == 0, f"writer {writer.number} was told two places {writer.moved} times")
    last = dict.fromkeys(stored, 0)
    for message in writer.written:
        if message.seq is None:
            continue
        found.acked += 1
        place = places.get((message.stream, message.nonce))
        found.look("lost", place == message.seq, f"{message} is at {place}")
        found.look("out_of_order", message.seq > last[message.stream], f"{message} is behind {last[message.stream]}")
        last[message.stream] = message.seq


def _look_at_heard(found: Verdict, writer: Writer, stored: Mapping[str, Sequence[Stored]]) -> None:
    found.look("not_heard", not writer.refused, f"writer {writer.number} was refused: {writer.refused[:3]}")
    for stream, entries in stored.items():
        heard = writer.heard[stream].nonces
        for place, entry in enumerate(entries):
            right = place < len(heard) and heard[place] == entry.nonce
            found.look("not_heard", right, f"writer {writer.number} has not {stream} {entry.seq}")


async def _look_at_lanes(found: Verdict, dsn: str) -> None:
    """The followers' order has no hole either: `pos` counts every entry of a lane."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(_LANES)
    finally:
        await connection.close()
    for row in rows:
        found.look("gaps", row["pos"] == row["entries"] == row["last"], f"lane {row['lane']}: {dict(row)}")


async def _stored(dsn: str, stream: str) -> list[Stored]:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(_ENTRIES, stream)
    finally:
        await connection.close()
    return [Stored(r["seq"], r["no"], r["nonce"], msgspec.json.decode(r["body"]).get("text", "")) for r in rows]


_ENTRIES = "SELECT seq, no, nonce, body FROM entry WHERE stream = $1 ORDER BY seq"
_LANES = """
SELECT l.lane, l.pos, count(e.pos) AS entries, coalesce(max(e.pos), 0) AS last
FROM lane l LEFT JOIN entry e USING (lane) GROUP BY l.lane, l.pos ORDER BY l.lane"""
