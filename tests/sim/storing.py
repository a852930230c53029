"""Statements that place entries, move members and end access, as functions of the same meaning."""

from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from dianmai.core.ids import LANES
from tests.sim.rows import Found, Request, Row, Session, Waiting
from tests.sim.tables import Credential, Entry, Lane, Member, Stream, View

# Placing.


def lock(view: View, names: Sequence[str]) -> Waiting:
    found: list[Row] = []
    for name in names:
        if view.get("stream", name) is not None:
            yield ("stream", name)
            found.append(head(view, name))
    return found


def lock_idle(view: View, names: Sequence[str]) -> Waiting:
    found: list[Row] = []
    for name in names:
        if view.get("stream", name) is not None and (yield ("idle stream", name)) is not False:
            found.append(head(view, name))
    return found


def head(view: View, name: str) -> Row:
    s: Stream = view.get("stream", name)
    return Row((name, s.lane, s.heard_by, s.seq, s.no, s.member_epoch, s.hash))


def existing(view: View, names: Sequence[str]) -> list[Row]:
    return [Row((name,)) for name in names if view.get("stream", name) is not None]


def lock_lanes(view: View, lanes: Sequence[int]) -> Waiting:
    found: list[Row] = []
    for lane in lanes:
        yield ("lane", lane)
        held = lane_row(view, lane)
        found.append(Row((lane, held.pos, held.ends, view.now)))
    return found


NO_LANE = Lane()


def lane_row(view: View, lane: int) -> Lane:
    return view.get("lane", lane) or NO_LANE


def lock_every_lane(view: View) -> Waiting:
    for lane in range(LANES):
        yield ("lane", lane)
    return []


def access_ends(view: View) -> None:
    for lane in range(LANES):
        held = lane_row(view, lane)
        view.put("lane", lane, held._replace(ends=held.ends + 1))


def write(view: View, at: datetime, *columns: Any) -> Waiting:
    insert(view, at, columns[:13], columns[13])
    move_heads(view, at, *columns[14:18])
    for lane, pos in zip(columns[18], columns[19], strict=True):
        view.put("lane", lane, lane_row(view, lane)._replace(pos=pos))
    yield from authors_read(view, columns[0], columns[3], columns[8])
    return []


def write_known(view: View, at: datetime, *columns: Any) -> Waiting:
    ranks, lanes, counts = columns[13], columns[18], columns[19]
    names, seqs, epochs, ends = columns[20:24]
    for name, seq, epoch in zip(names, seqs, epochs, strict=True):
        s: Stream | None = view.get("stream", name)
        if s is None or (s.seq, s.member_epoch) != (seq, epoch) or (yield ("idle stream", name)) is False:
            return []
    before: dict[int, int] = {}
    for lane in sorted(lanes):
        yield ("lane", lane)
        held = lane_row(view, lane)
        if held.ends != ends:
            return []
        before[lane] = held.pos
    insert(view, at, columns[:13], [before[lane] + rank for lane, rank in zip(columns[2], ranks, strict=True)])
    move_heads(view, at, *columns[14:18])
    for lane, count in zip(lanes, counts, strict=True):
        view.put("lane", lane, lane_row(view, lane)._replace(pos=before[lane] + count))
    yield from authors_read(view, columns[0], columns[3], columns[8])
    return [Row((lane, pos, view.now)) for lane, pos in before.items()]


def authors_read(
    view: View, names: Sequence[str], actors: Sequence[int], nos: Sequence[int | None]
) -> Generator[Any, Any, None]:
    wrote: dict[tuple[str, int], int] = {}
    for name, actor, no in zip(names, actors, nos, strict=True):
        if no is not None:
            wrote[name, actor] = max(no, wrote.get((name, actor), 0))
    for key in sorted(wrote):
        if view.membership(*key) is not None:
            yield ("member", key)
            if (member := view.membership(*key)) is not None:
                view.put("member", key, member._replace(read_no=max(member.read_no, wrote[key])))


def insert(view: View, at: datetime, columns: Sequence[Sequence[Any]], positions: Sequence[int]) -> None:
    rows = zip(*columns, positions, strict=True)
    for stream, seq, lane, actor, nonce, part, kind, target, no, salt, body_hash, _, body, pos in rows:
        new = Entry(stream, seq, no, at, actor, nonce, part, kind, target, body, salt, body_hash, lane, pos)
        taken = view.tables.once.get(new.once) or any(e.once == new.once for e in view.entries)
        if taken and unique_nonces:
            error = asyncpg.UniqueViolationError("duplicate key value violates unique constraint")
            error.constraint_name = "entry_once"
            raise error
        view.entries.append(new)


unique_nonces = True
"""Whether the database refuses what comes twice; only a planted bug says no."""


def move_heads(
    view: View, at: datetime, names: Sequence[str], seqs: Sequence[int], nos: Sequence[int], hashes: Sequence[bytes]
) -> None:
    for name, seq, no, chained in zip(names, seqs, nos, hashes, strict=True):
        view.put("stream", name, view.get("stream", name)._replace(seq=seq, no=no, hash=chained, moved_at=at))


def move_members(view: View, names: Sequence[str], epochs: Sequence[int], lanes: Sequence[int]) -> None:
    for lane in lanes:
        held = lane_row(view, lane)
        view.put("lane", lane, held._replace(moves=held.moves + 1))
    for name, epoch in zip(names, epochs, strict=True):
        s: Stream = view.get("stream", name)
        view.put("stream", name, s._replace(member_epoch=epoch, moved_no=lane_row(view, s.lane).moves))


def open_(view: View, *columns: Sequence[Any]) -> None:
    for name, lane, heard_by, lasting in zip(*columns, strict=True):
        view.put("stream", name, Stream(lane, heard_by, lasting, moved_at=view.now))


def join(view: View, *columns: Sequence[Any]) -> Waiting:
    for name, actor, first, read_no in sorted(zip(*columns, strict=True)):
        yield ("member", (name, actor))
        was: Member | None = view.get("member", (name, actor))
        if was is None:
            member = Member(first, read_no)
        else:
            member = Member(first if was.left else was.first_seq, max(was.read_no, read_no))
        view.put("member", (name, actor), member)
    return []


def leave(view: View, names: Sequence[str], actors: Sequence[int]) -> Waiting:
    for key in sorted(zip(names, actors, strict=True)):
        yield ("member", key)
        if (was := view.membership(*key)) is not None:
            view.put("member", key, was._replace(left=True))
    return []


# Judging, and the engine's own.


def look(view: View, credentials: Sequence[int], *lines: Sequence[Any]) -> list[Row]:
    found: list[Row] = []
    for credential in credentials:
        if (row := view.alive(credential)) is not None:
            found.append(Found((None, credential, None, None, None, None, row.expires_at, None, None)))
    for once in zip(*lines, strict=True):
        if (e := view.tables.once.get(once)) is not None:
            found.append(Found((e.stream, e.actor, e.nonce, e.part, e.seq, e.no, e.at, e.salt, e.body_hash)))
    return found


def earlier(view: View, actor: int, nonce: str) -> list[Row]:
    row = view.get("request", (actor, nonce))
    return [] if row is None else [Request(row)]


def remember(view: View, actor: int, nonce: str, _: str, digest: bytes, answer: bytes) -> Waiting:
    yield ("request", (actor, nonce))
    if view.get("request", (actor, nonce)) is not None:
        error = asyncpg.UniqueViolationError("duplicate key value violates unique constraint")
        error.constraint_name = "request_pkey"
        raise error
    view.put("request", (actor, nonce), (digest, answer))
    return []


# Access.


def create(view: View, _: str, count: int) -> list[Row]:
    ids = [view.tables.next_number("actor") + 1 for _ in range(count)]
    for actor in ids:
        view.put("actor", actor, (0, True))
    return [Row((actor,)) for actor in ids]


def issue(
    view: View,
    actor: int,
    _kind: str,
    digest: bytes,
    _name: str,
    _device: str,
    lifetime: timedelta,
    epoch: int | None,
    _: object,
) -> list[Row]:
    present, active = view.get("actor", actor)
    if not active or epoch not in (None, present):
        return []
    number = view.tables.next_number("credential")
    view.put("credential", number, Credential(actor, present, digest, view.now + lifetime))
    view.put("secret", digest, number)
    return [Row((number,))]


def resolve(view: View, digest: bytes) -> list[Row]:
    number = view.get("secret", digest)
    if number is None:
        return []
    row: Credential = view.get("credential", number)
    epoch, active = view.get("actor", row.actor)
    alive = not row.ended and active and row.epoch == epoch
    return [Session((number, row.actor, "person", alive, row.expires_at, row.expires_at <= view.now, False))]


def alive_(view: View, credentials: Sequence[int]) -> list[Row]:
    return [Row((c,)) for c in credentials if view.alive(c) is not None]


def alive_now(view: View, credentials: Sequence[int]) -> list[Row]:
    return [Row(([c for c in credentials if view.alive(c) is not None], view.now))]


def end_access(view: View, actors: Sequence[int], active: bool) -> Waiting:
    for actor in actors:
        yield ("actor", actor)
        view.put("actor", actor, (view.get("actor", actor)[0] + 1, active))
    return []


def allow_access(view: View, actors: Sequence[int]) -> Waiting:
    for actor in actors:
        yield ("actor", actor)
        view.put("actor", actor, (view.get("actor", actor)[0], True))
    return []


def end_credential(view: View, credential: int, actor: int) -> Waiting:
    yield ("credential", credential)
    row: Credential = view.get("credential", credential)
    if row.actor != actor or row.ended:
        return []
    view.put("credential", credential, row._replace(ended=True))
    return [Row((credential,))]
