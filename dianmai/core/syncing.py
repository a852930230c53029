"""Getting level: which entries a device lacks. The decision is pure; the reading of entries follows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from msgspec import Raw

from dianmai.core import streams
from dianmai.core.clock import millis
from dianmai.core.missed import Range
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


@reading("sync.catch_up", by_itself=True)
async def catch_up(act: Act, ask: CatchUp) -> CaughtUp:
    """Everything the device lacks, given the last seq it has stored of each stream.

    Answers the list of streams the person hears (at most 2,000; `whole` says that these are all), the missing entries
    (at most `limit`; `more` asks to come again), and the streams to start over. Refuses nothing but a malformed
    request. Times in milliseconds.
    """
    heard, whole = await act.streams.states(act.actor)
    wanted = plan(ask.known, heard)
    room = ask.limit
    taken: list[Wanted] = []
    ranges: list[Range] = []
    states = {s.stream: s for s in heard}
    for want in wanted:
        if room <= 0:
            break
        taken.append(want)
        state = states[want.stream]
        ranges.append(Range(want.stream, want.after, want.after + min(room, state.head - want.after), state.first))
        room -= state.head - want.after
    return CaughtUp(
        streams=heard,
        whole=whole,
        entries=_as_they_are(await act.streams.missed.entries(ranges)),
        start_over=[w.stream for w in taken if w.start_over],
        more=room < 0 or len(taken) < len(wanted),
        now=millis(act.now),
    )


@reading("sync.entries", by_itself=True)
async def get_entries(act: Act, ask: GetEntries) -> GotEntries:
    """A range of one stream, to fill a hole. Refuses `not_found` when the person does not hear the stream."""
    # The head first: who leaves while this is read gets nothing that comes after.
    head = await act.db.fetchval("SELECT seq FROM stream WHERE stream = $1", ask.stream)
    first = await streams.require_hears(act.db, ask.stream, act.actor)
    after = max(ask.after, first - 1)
    entries = await act.streams.missed.entries([Range(ask.stream, after, min(after + ask.limit, head), first)])
    return GotEntries(entries=_as_they_are(entries), head=head)


@gathering("sync.read", ReadMark, by_itself=True)
async def mark_read(act: Act, ask: MarkRead) -> Gather[ReadMark]:
    """Moves the person's read cursor of a stream forward to `no`, for all their devices. Going back changes nothing.

    Answers where the cursor stands. Refuses `not_found` when the person does not hear the stream.
    """
    mark = ReadMark(stream=ask.stream, no=ask.no)
    return Gather(streams.read_marks, mark, then=lambda reached: act.seen(reached.stream, reached.no))


def _as_they_are(entries: list[Raw]) -> list[Entry]:
    """Entries in the bytes they were delivered in. Taking them apart to put them together again is half a resume."""
    return cast("list[Entry]", entries)


operations = [catch_up, get_entries, mark_read]
