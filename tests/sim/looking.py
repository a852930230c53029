"""Statements that read streams, and those of receipts, as functions of the same meaning."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dianmai.core.ids import LANES
from tests.sim.rows import Journal, Missed, Row, Waiting, one
from tests.sim.storing import NO_LANE
from tests.sim.tables import Entry, Notice, Recipient, Stream, View

recipients_go_forward = True
"""Whether an update leaves alone who is further already; only a planted bug says no."""


# Streams and catching up.


def membership(view: View, stream: str, actor: int) -> list[Row]:
    known = view.membership(stream, actor)
    return [] if known is None else [Row((view.get("stream", stream).member_epoch,))]


def first(view: View, stream: str, actor: int) -> list[Row]:
    known = view.membership(stream, actor)
    return [] if known is None else [Row((known.first_seq,))]


def states(view: View, actors: Sequence[int], limit: int) -> list[Row]:
    return [
        Row((actor, n, s.seq, s.no, m.read_no, m.first_seq, False))
        for actor in actors
        for n, s, m in view.heard(actor)[:limit]
    ]


def mark_read(view: View, names: Sequence[str], actors: Sequence[int], nos: Sequence[int]) -> Waiting:
    wanted: dict[tuple[str, int], int] = {}
    for name, actor, no in zip(names, actors, nos, strict=True):
        wanted[name, actor] = max(no, wanted.get((name, actor), 0))
    return (yield from read_to(view, wanted))  # by its name: a planted bug takes its place


def read_to(view: View, wanted: dict[tuple[str, int], int]) -> Waiting:
    found: list[Row] = []
    for key in sorted(wanted):
        yield ("member", key)
        if (member := view.membership(*key)) is None:
            continue
        read = max(member.read_no, min(wanted[key], view.get("stream", key[0]).no))
        view.put("member", key, member._replace(read_no=read))
        found.append(Row((*key, read)))
    return found


def entries(view: View, names: Sequence[str], afters: Sequence[int], untils: Sequence[int]) -> list[Row]:
    return [
        Missed((place, e.stream, e.seq, e.no, e.at, e.actor, e.nonce, e.kind, e.target, e.body))
        for place, (name, after, until) in enumerate(zip(names, afters, untils, strict=True), 1)
        for e in view.tables.entries[name][after:until]
    ]


def journal(view: View, e: Entry) -> Row:
    s: Stream = view.get("stream", e.stream)
    return Journal(
        (e.stream, e.seq, e.no, e.at, e.actor, e.nonce, e.kind, e.target, e.body, e.lane, e.pos, s.heard_by,
         s.member_epoch)
    )  # fmt: skip


# The edge.


def heard(view: View, actors: Sequence[int], credentials: Sequence[int], limit: int) -> list[Row]:
    return [
        Row((place, n, s.member_epoch, s.seq, m.first_seq, view.now))
        for place, (actor, credential) in enumerate(zip(actors, credentials, strict=True), 1)
        if (alive := view.alive(credential)) is not None and alive.actor == actor
        for n, s, m in view.heard(actor)[:limit]
    ]


def some_members(view: View, stream: str, known: int, limit: int) -> list[Row]:
    found = members(view, stream, known, sorted(view.tables.members[stream]))
    return [row for left in (False, True) for row in [row for row in found if row[5] is left][:limit]]


def members(view: View, stream: str, known: int, actors: Sequence[int]) -> list[Row]:
    s: Stream = view.get("stream", stream)
    some = ((actor, view.get("member", (stream, actor))) for actor in actors)
    found = [
        Row((actor, m.first_seq, m.read_no, False, s.no, m.left, s.member_epoch))
        for actor, m in some
        if m is not None and (not m.left or s.member_epoch > known + 1)
    ]
    return found or [Row((None, None, None, None, s.no, False, s.member_epoch))]


def lane_heads(view: View) -> list[Row]:
    rows = view.tables.rows  # a statement of its own: nothing of the view's is on top of them
    heads = (rows.get(("lane", lane), NO_LANE) for lane in range(LANES))
    return [Row((lane, head.pos, head.moves)) for lane, head in enumerate(heads)]


def moved(view: View, lane: int, after: int, people: Sequence[int], limit: int) -> list[Row]:
    some = [(n, s) for (table, n), s in view.tables.rows.items() if table == "stream" and s.lane == lane]
    some = sorted(((n, s) for n, s in some if s.moved_no > after), key=lambda found: found[1].moved_no)
    if len(some) > limit:
        some = [(n, s) for n, s in some if s.moved_no <= some[limit - 1][1].moved_no]
    return [
        Row((n, s.heard_by, s.member_epoch, s.seq, s.moved_no, [p for p in people if view.get("member", (n, p))]))
        for n, s in some
    ]


def between(view: View, lane: int, after: int, until: int, limit: int) -> list[Row]:
    return [journal(view, e) for e in view.tables.lanes[lane][after:until][:limit]]


def gap(view: View, stream: str, after: int, until: int) -> list[Row]:
    return [journal(view, e) for e in view.tables.entries[stream][after : until - 1]]


# Features.


ADD_NOTICE = "the simulator's own: a notice to these people"


def add_notice(view: View, owes: int, people: Sequence[int]) -> list[Row]:
    number = view.tables.next_number("notice")
    view.put("notice", number, Notice(len(people), view.now))
    view.put("counts", number, (0, 0, 0))
    for person in people:
        view.put("recipient", (number, person), Recipient(0, owes, None))
    return one(number)


def lock_counts(view: View, notices: Sequence[int]) -> Waiting:
    for notice in notices:
        if view.get("counts", notice) is not None:
            yield ("counts", notice)
    return []


def standings(view: View, notices: Sequence[int], people: Sequence[int]) -> list[Row]:
    found: list[Row] = []
    for key in zip(notices, people, strict=True):
        r: Recipient | None = view.get("recipient", key)
        if r is not None:
            published = view.get("notice", key[0]).published_at
            found.append(Row((*key, 0, r.state, r.owes, r.reached_at, published, view.now)))
    return found


def move(
    view: View, at: datetime, notices: Sequence[int], people: Sequence[int], states: Sequence[int], *_: Any
) -> None:
    for notice, person, state in zip(notices, people, states, strict=True):
        r: Recipient = view.get("recipient", (notice, person))
        if r.state < state or not recipients_go_forward:
            view.put("recipient", (notice, person), r._replace(state=state, reached_at=at))


def add_counts(view: View, notices: Sequence[int], _: object, was: Sequence[int], states: Sequence[int]) -> list[Row]:
    for notice, before, after in zip(notices, was, states, strict=True):
        counts = view.get("counts", notice)
        view.put("counts", notice, tuple(n + (before < at <= after) for at, n in enumerate(counts, 1)))
    return [Row((n, view.get("notice", n).recipients, *view.get("counts", n))) for n in dict.fromkeys(notices)]


def nothing(_: View, *__: Any) -> list[Row]:
    return []
