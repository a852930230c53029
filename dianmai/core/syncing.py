"""Getting level: which entries a device lacks. The decision is pure; the reading of entries follows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg
import msgspec

from dianmai.core import streams
from dianmai.core.clock import millis
from dianmai.core.db import Queries
from dianmai.core.journal import wire_json
from dianmai.core.operations import Act, Gather, gathering, reading
from dianmai.wire.sync import CatchUp, CaughtUp, Entry, GetEntries, GotEntries, MarkRead, ReadMark, StreamState

TAIL = 30
LONGEST_GAP = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Entries of one stream to send: those after `after`. `start_over`: the device must drop what it keeps first."""

    stream: str
    after: int
    start_over: bool


def plan(known: Mapping[str, int], heard: Sequence[StreamState]) -> list[Wanted]:
    """What a device with these cursors lacks of the streams it hears.

    A stream it does not keep, a cursor ahead of the head, before what it may see, or too far behind starts over with
    the newest entries; everything else continues without a hole.
    """
    wanted: list[Wanted] = []
    for state in heard:
        cursor = known.get(state.stream)
        if cursor == state.head or (cursor is None and state.head < state.first):
            continue
        if cursor is not None and state.first - 1 <= cursor < state.head and state.head - cursor <= LONGEST_GAP:
            wanted.append(Wanted(state.stream, cursor, start_over=False))
        else:
            wanted.append(Wanted(state.stream, max(state.first - 1, state.head - TAIL, 0), start_over=True))
    return wanted


@reading("sync.catch_up")
async def catch_up(act: Act, ask: CatchUp) -> CaughtUp:
    """Everything the device lacks, given the last seq it has stored of each stream.

    Answers the list of streams the person hears (at most 2,000; `whole` says that these are all), the missing entries
    (at most `limit`; `more` asks to come again), and the streams to start over. Refuses nothing but a malformed
    request. Times in milliseconds.
    """
    heard, whole = await streams.states(act.db, act.actor.id)
    wanted = plan(ask.known, heard)
    room = ask.limit
    taken: list[Wanted] = []
    heads = {s.stream: s.head for s in heard}
    for want in wanted:
        if room <= 0:
            break
        taken.append(want)
        room -= heads[want.stream] - want.after
    entries = await entries_after(act.db, [(w.stream, w.after) for w in taken], ask.limit)
    return CaughtUp(
        streams=heard,
        whole=whole,
        entries=entries,
        start_over=[w.stream for w in taken if w.start_over],
        more=room < 0 or len(taken) < len(wanted),
        now=millis(act.now),
    )


@reading("sync.entries")
async def get_entries(act: Act, ask: GetEntries) -> GotEntries:
    """A range of one stream, to fill a hole. Refuses `not_found` when the person does not hear the stream."""
    first = await streams.require_hears(act.db, ask.stream, act.actor)
    entries = await entries_after(act.db, [(ask.stream, max(ask.after, first - 1))], ask.limit)
    head = await act.db.fetchval("SELECT seq FROM stream WHERE stream = $1", ask.stream)
    return GotEntries(entries=entries, head=head)


@gathering("sync.read", ReadMark)
async def mark_read(act: Act, ask: MarkRead) -> Gather[ReadMark]:
    """Moves the person's read cursor of a stream forward to `no`, for all their devices. Going back changes nothing.

    Answers where the cursor stands. Refuses `not_found` when the person does not hear the stream.
    """
    mark = ReadMark(stream=ask.stream, no=ask.no)
    return Gather(streams.read_marks, mark, then=lambda reached: act.seen(reached.stream, reached.no))


async def entries_after(db: Queries, wanted: Sequence[tuple[str, int]], limit: int) -> list[Entry]:
    """The entries after each cursor, each stream's in order, at most `limit` altogether (whole streams first)."""
    if not wanted:
        return []
    rows = await db.fetch(_ENTRIES, [w[0] for w in wanted], [w[1] for w in wanted], limit)
    return [_ENTRY.decode(raw_of(row)) for row in rows]


def raw_of(row: asyncpg.Record) -> bytes:
    """A stored entry's wire JSON, the same bytes as when it was appended."""
    return wire_json(
        row["stream"],
        row["seq"],
        row["no"],
        row["at"],
        row["actor"],
        row["nonce"],
        row["kind"],
        row["target"],
        row["body"],
    )


_ENTRY = msgspec.json.Decoder(Entry)
_ENTRIES = """
SELECT e.stream, e.seq, e.no, e.at, e.actor, e.nonce, e.kind, e.target, e.body
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS w(stream, after, place)
CROSS JOIN LATERAL (SELECT * FROM entry WHERE stream = w.stream AND seq > w.after ORDER BY seq LIMIT $3) e
ORDER BY w.place, e.seq LIMIT $3"""

operations = [catch_up, get_entries, mark_read]
