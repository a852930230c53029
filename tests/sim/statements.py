"""Every statement the servers send, by its SQL text, as a function of the same meaning.

A statement that is not here fails the simulation: whoever writes a new one on the way of a message adds it.
"""

from collections.abc import Callable, Generator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from dianmai.chat import store as chat
from dianmai.core import access, committing, engine, judging, missed, placing, streams
from dianmai.core.ids import LANES
from dianmai.edge import store as edge
from dianmai.notices import store_receipts as receipts
from tests.sim.tables import Credential, Entry, Key, Lane, Member, Notice, Recipient, Stream, View

Waiting = Generator[Key, bool | None, Any]
"""Yields the rows it must hold; `idle stream` is answered whether nobody else holds it."""


class Row(tuple[Any, ...]):
    """As asyncpg's: by place and by name."""

    places: dict[str, int] = {}

    def __getitem__(self, at: Any) -> Any:
        return tuple.__getitem__(self, self.places[at] if at.__class__ is str else at)


def _row(*names: str) -> type[Row]:
    return type("Row", (Row,), {"places": {name: at for at, name in enumerate(names)}})


_One = _row("value")
_Found = _row("stream", "actor", "nonce", "part", "seq", "no", "at", "salt", "body_hash")
_Journal = _row(
    "stream", "seq", "no", "at", "actor", "nonce", "kind", "target", "body", "lane", "pos", "heard_by", "member_epoch"
)
_Missed = _row("place", "stream", "seq", "no", "at", "actor", "nonce", "kind", "target", "body")
_Missed = _row("place", "stream", "seq", "no", "at", "actor", "nonce", "kind", "target", "body")
_Request = _row("digest", "answer")
_Session = _row("id", "actor", "kind", "alive", "expires_at", "expired", "stale")


def find(sql: str) -> Callable[..., Any]:
    """The function of a statement."""
    try:
        return _STATEMENTS[sql]
    except KeyError:
        raise AssertionError(f"the simulator does not know this statement: {sql}") from None


def _one(value: Any) -> list[Row]:
    return [_One((value,))]


# Placing.


def _lock(view: View, names: Sequence[str]) -> Waiting:
    found: list[Row] = []
    for name in names:
        if view.get("stream", name) is not None:
            yield ("stream", name)
            found.append(_head(view, name))
    return found


def _lock_idle(view: View, names: Sequence[str]) -> Waiting:
    found: list[Row] = []
    for name in names:
        if view.get("stream", name) is not None and (yield ("idle stream", name)) is not False:
            found.append(_head(view, name))
    return found


def _head(view: View, name: str) -> Row:
    s: Stream = view.get("stream", name)
    return Row((name, s.lane, s.heard_by, s.seq, s.no, s.member_epoch, s.hash))


def _existing(view: View, names: Sequence[str]) -> list[Row]:
    return [Row((name,)) for name in names if view.get("stream", name) is not None]


def _lock_lanes(view: View, lanes: Sequence[int]) -> Waiting:
    found: list[Row] = []
    for lane in lanes:
        yield ("lane", lane)
        held = _lane(view, lane)
        found.append(Row((lane, held.pos, held.ends, view.now)))
    return found


def _lane(view: View, lane: int) -> Lane:
    return view.get("lane", lane) or Lane()


def _lock_every_lane(view: View) -> Waiting:
    for lane in range(LANES):
        yield ("lane", lane)
    return []


def _access_ends(view: View) -> None:
    for lane in range(LANES):
        held = _lane(view, lane)
        view.put("lane", lane, held._replace(ends=held.ends + 1))


def _write(view: View, at: datetime, *columns: Any) -> list[Row]:
    _insert(view, at, columns[:13], columns[13])
    _move_heads(view, at, *columns[14:18])
    for lane, pos in zip(columns[18], columns[19], strict=True):
        view.put("lane", lane, _lane(view, lane)._replace(pos=pos))
    return []


def _write_known(view: View, at: datetime, *columns: Any) -> Waiting:
    ranks, lanes, counts = columns[13], columns[18], columns[19]
    names, seqs, epochs, ends = columns[20:24]
    for name, seq, epoch in zip(names, seqs, epochs, strict=True):
        s: Stream | None = view.get("stream", name)
        if s is None or (s.seq, s.member_epoch) != (seq, epoch) or (yield ("idle stream", name)) is False:
            return []
    before: dict[int, int] = {}
    for lane in sorted(lanes):
        yield ("lane", lane)
        held = _lane(view, lane)
        if held.ends != ends:
            return []
        before[lane] = held.pos
    _insert(view, at, columns[:13], [before[lane] + rank for lane, rank in zip(columns[2], ranks, strict=True)])
    _move_heads(view, at, *columns[14:18])
    for lane, count in zip(lanes, counts, strict=True):
        view.put("lane", lane, _lane(view, lane)._replace(pos=before[lane] + count))
    return [Row((lane, pos, view.now)) for lane, pos in before.items()]


def _insert(view: View, at: datetime, columns: Sequence[Sequence[Any]], positions: Sequence[int]) -> None:
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


recipients_go_forward = True
"""Whether an update leaves alone who is further already; only a planted bug says no."""


def _move_heads(
    view: View, at: datetime, names: Sequence[str], seqs: Sequence[int], nos: Sequence[int], hashes: Sequence[bytes]
) -> None:
    for name, seq, no, chained in zip(names, seqs, nos, hashes, strict=True):
        view.put("stream", name, view.get("stream", name)._replace(seq=seq, no=no, hash=chained, moved_at=at))


def _move_members(view: View, names: Sequence[str], epochs: Sequence[int], lanes: Sequence[int]) -> None:
    for lane in lanes:
        held = _lane(view, lane)
        view.put("lane", lane, held._replace(moves=held.moves + 1))
    for name, epoch in zip(names, epochs, strict=True):
        s: Stream = view.get("stream", name)
        view.put("stream", name, s._replace(member_epoch=epoch, moved_no=_lane(view, s.lane).moves))


def _open(view: View, *columns: Sequence[Any]) -> None:
    for name, lane, heard_by, lasting in zip(*columns, strict=True):
        view.put("stream", name, Stream(lane, heard_by, lasting, moved_at=view.now))


def _join(view: View, *columns: Sequence[Any]) -> Waiting:
    for name, actor, first, read_no in zip(*columns, strict=True):
        yield ("member", (name, actor))
        was: Member | None = view.get("member", (name, actor))
        if was is None:
            member = Member(first, read_no)
        else:
            member = Member(first if was.left else was.first_seq, max(was.read_no, read_no))
        view.put("member", (name, actor), member)
    return []


def _leave(view: View, names: Sequence[str], actors: Sequence[int]) -> Waiting:
    for key in zip(names, actors, strict=True):
        yield ("member", key)
        if (was := view.membership(*key)) is not None:
            view.put("member", key, was._replace(left=True))
    return []


# Judging, and the engine's own.


def _look(view: View, credentials: Sequence[int], *lines: Sequence[Any]) -> list[Row]:
    found: list[Row] = []
    for credential in credentials:
        if (row := view.alive(credential)) is not None:
            found.append(_Found((None, credential, None, None, None, None, row.expires_at, None, None)))
    for once in zip(*lines, strict=True):
        if (e := view.tables.once.get(once)) is not None:
            found.append(_Found((e.stream, e.actor, e.nonce, e.part, e.seq, e.no, e.at, e.salt, e.body_hash)))
    return found


def _earlier(view: View, actor: int, nonce: str) -> list[Row]:
    row = view.get("request", (actor, nonce))
    return [] if row is None else [_Request(row)]


def _remember(view: View, actor: int, nonce: str, _: str, digest: bytes, answer: bytes) -> Waiting:
    yield ("request", (actor, nonce))
    if view.get("request", (actor, nonce)) is not None:
        error = asyncpg.UniqueViolationError("duplicate key value violates unique constraint")
        error.constraint_name = "request_pkey"
        raise error
    view.put("request", (actor, nonce), (digest, answer))
    return []


# Access.


def _create(view: View, _: str, count: int) -> list[Row]:
    ids = [view.tables.next_number("actor") + 1 for _ in range(count)]
    for actor in ids:
        view.put("actor", actor, (0, True))
    return [Row((actor,)) for actor in ids]


def _issue(
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


def _resolve(view: View, digest: bytes) -> list[Row]:
    number = view.get("secret", digest)
    if number is None:
        return []
    row: Credential = view.get("credential", number)
    epoch, active = view.get("actor", row.actor)
    alive = not row.ended and active and row.epoch == epoch
    return [_Session((number, row.actor, "person", alive, row.expires_at, row.expires_at <= view.now, False))]


def _alive(view: View, credentials: Sequence[int]) -> list[Row]:
    return [Row((c,)) for c in credentials if view.alive(c) is not None]


def _end_access(view: View, actors: Sequence[int], active: bool) -> Waiting:
    for actor in actors:
        yield ("actor", actor)
        view.put("actor", actor, (view.get("actor", actor)[0] + 1, active))
    return []


def _allow_access(view: View, actors: Sequence[int]) -> Waiting:
    for actor in actors:
        yield ("actor", actor)
        view.put("actor", actor, (view.get("actor", actor)[0], True))
    return []


def _end_credential(view: View, credential: int, actor: int) -> Waiting:
    yield ("credential", credential)
    row: Credential = view.get("credential", credential)
    if row.actor != actor or row.ended:
        return []
    view.put("credential", credential, row._replace(ended=True))
    return [Row((credential,))]


# Streams and catching up.


def _membership(view: View, stream: str, actor: int) -> list[Row]:
    known = view.membership(stream, actor)
    return [] if known is None else [Row((view.get("stream", stream).member_epoch,))]


def _first(view: View, stream: str, actor: int) -> list[Row]:
    known = view.membership(stream, actor)
    return [] if known is None else [Row((known.first_seq,))]


def _states(view: View, actor: int, limit: int) -> list[Row]:
    return [Row((n, s.seq, s.no, m.read_no, m.first_seq, False)) for n, s, m in view.heard(actor)[:limit]]


def _mark_read(view: View, names: Sequence[str], actors: Sequence[int], nos: Sequence[int]) -> Waiting:
    wanted: dict[tuple[str, int], int] = {}
    for name, actor, no in zip(names, actors, nos, strict=True):
        wanted[name, actor] = max(no, wanted.get((name, actor), 0))
    return (yield from _read_to(view, wanted))  # by its name: a planted bug takes its place


def _read_to(view: View, wanted: dict[tuple[str, int], int]) -> Waiting:
    found: list[Row] = []
    for key in sorted(wanted):
        yield ("member", key)
        if (member := view.membership(*key)) is None:
            continue
        read = max(member.read_no, min(wanted[key], view.get("stream", key[0]).no))
        view.put("member", key, member._replace(read_no=read))
        found.append(Row((*key, read)))
    return found


def _entries(view: View, names: Sequence[str], afters: Sequence[int], untils: Sequence[int]) -> list[Row]:
    return [
        _Missed((place, e.stream, e.seq, e.no, e.at, e.actor, e.nonce, e.kind, e.target, e.body))
        for place, (name, after, until) in enumerate(zip(names, afters, untils, strict=True), 1)
        for e in view.tables.entries[name][after:until]
    ]


def _journal(view: View, e: Entry) -> Row:
    s: Stream = view.get("stream", e.stream)
    return _Journal(
        (e.stream, e.seq, e.no, e.at, e.actor, e.nonce, e.kind, e.target, e.body, e.lane, e.pos, s.heard_by,
         s.member_epoch)
    )  # fmt: skip


# The edge.


def _heard(view: View, actor: int, credential: int, limit: int) -> list[Row]:
    alive = view.alive(credential)
    if alive is None or alive.actor != actor:
        return []
    return [Row((n, s.member_epoch, s.seq, m.first_seq, view.now)) for n, s, m in view.heard(actor)[:limit]]


def _some_states(view: View, stream: str, limit: int) -> list[Row]:
    no = view.get("stream", stream).no
    return [Row((actor, m.first_seq, m.read_no, False, no)) for actor, m in view.members(stream)[:limit]]


def _all_states(view: View, stream: str, actors: Sequence[int]) -> list[Row]:
    wanted = set(actors)
    return [row for row in _some_states(view, stream, len(view.tables.members[stream])) if row[0] in wanted]


def _lane_heads(view: View) -> list[Row]:
    heads = [_lane(view, lane) for lane in range(LANES)]
    return [Row((lane, head.pos, head.moves)) for lane, head in enumerate(heads)]


def _moved(view: View, lane: int, after: int, people: Sequence[int], limit: int) -> list[Row]:
    some = [(n, s) for (table, n), s in view.tables.rows.items() if table == "stream" and s.lane == lane]
    some = sorted(((n, s) for n, s in some if s.moved_no > after), key=lambda found: found[1].moved_no)
    if len(some) > limit:
        some = [(n, s) for n, s in some if s.moved_no <= some[limit - 1][1].moved_no]
    return [
        Row((n, s.heard_by, s.member_epoch, s.seq, s.moved_no, [p for p in people if view.membership(n, p)]))
        for n, s in some
    ]


def _between(view: View, lane: int, after: int, until: int, limit: int) -> list[Row]:
    return [_journal(view, e) for e in view.tables.lanes[lane][after:until][:limit]]


def _gap(view: View, stream: str, after: int, until: int) -> list[Row]:
    return [_journal(view, e) for e in view.tables.entries[stream][after : until - 1]]


# Features.


def _add_messages(
    view: View, names: Sequence[str], nos: Sequence[int], _: object, authors: Sequence[int], *__: object
) -> Waiting:
    own: dict[tuple[str, int], int] = {}
    for name, no, author in zip(names, nos, authors, strict=True):
        own[name, author] = max(no, own.get((name, author), 0))
    for key in sorted(own):
        yield ("member", key)
        if (member := view.membership(*key)) is not None:
            view.put("member", key, member._replace(read_no=max(member.read_no, own[key])))
    return []


ADD_NOTICE = "the simulator's own: a notice to these people"


def _add_notice(view: View, owes: int, people: Sequence[int]) -> list[Row]:
    number = view.tables.next_number("notice")
    view.put("notice", number, Notice(len(people), view.now))
    view.put("counts", number, (0, 0, 0))
    for person in people:
        view.put("recipient", (number, person), Recipient(0, owes, None))
    return _one(number)


def _lock_counts(view: View, notices: Sequence[int]) -> Waiting:
    for notice in notices:
        if view.get("counts", notice) is not None:
            yield ("counts", notice)
    return []


def _standings(view: View, notices: Sequence[int], people: Sequence[int]) -> list[Row]:
    found: list[Row] = []
    for key in zip(notices, people, strict=True):
        r: Recipient | None = view.get("recipient", key)
        if r is not None:
            published = view.get("notice", key[0]).published_at
            found.append(Row((*key, 0, r.state, r.owes, r.reached_at, published, view.now)))
    return found


def _move(
    view: View, at: datetime, notices: Sequence[int], people: Sequence[int], states: Sequence[int], *_: Any
) -> None:
    for notice, person, state in zip(notices, people, states, strict=True):
        r: Recipient = view.get("recipient", (notice, person))
        if r.state < state or not recipients_go_forward:
            view.put("recipient", (notice, person), r._replace(state=state, reached_at=at))


def _add_counts(view: View, notices: Sequence[int], _: object, was: Sequence[int], states: Sequence[int]) -> list[Row]:
    for notice, before, after in zip(notices, was, states, strict=True):
        counts = view.get("counts", notice)
        view.put("counts", notice, tuple(n + (before < at <= after) for at, n in enumerate(counts, 1)))
    return [Row((n, view.get("notice", n).recipients, *view.get("counts", n))) for n in dict.fromkeys(notices)]


_INSTALLATION = UUID(int=7)


def _nothing(_: View, *__: Any) -> list[Row]:
    return []


_STATEMENTS: dict[str, Callable[..., Any]] = {
    "SELECT clock_timestamp()": lambda view: _one(view.now),
    "SELECT id FROM installation": lambda _: _one(_INSTALLATION),
    "SELECT lane, pos, moves FROM lane": _lane_heads,
    "SELECT seq FROM stream WHERE stream = $1": lambda view, name: _one(view.get("stream", name).seq),
    ADD_NOTICE: _add_notice,
    committing._SETTINGS: _nothing,
    placing._LOCK: _lock,
    placing._LOCK_IDLE: _lock_idle,
    placing._EXISTING: _existing,
    placing._LOCK_LANES: _lock_lanes,
    placing._LOCK_EVERY_LANE: _lock_every_lane,
    placing._ACCESS_ENDS: _access_ends,
    placing._WRITE: _write,
    placing._WRITE_KNOWN: _write_known,
    placing._MOVE_MEMBERS: _move_members,
    placing._OPEN: _open,
    placing._JOIN: _join,
    placing._LEAVE: _leave,
    judging._LOOK: _look,
    engine._EARLIER: _earlier,
    engine._REMEMBER: _remember,
    access._CREATE: _create,
    access._ISSUE: _issue,
    access._RESOLVE: _resolve,
    access._TOUCH: _nothing,
    access._ALIVE: _alive,
    access._END_ACCESS: _end_access,
    access._ALLOW_ACCESS: _allow_access,
    access._END_CREDENTIAL: _end_credential,
    streams._MEMBERSHIP: _membership,
    streams._FIRST: _first,
    streams._STATES: _states,
    streams._MARK_READ: _mark_read,
    missed._ENTRIES: _entries,
    edge._HEARD: _heard,
    edge._STATES: _all_states,
    edge._SOME_STATES: _some_states,
    edge._MOVED: _moved,
    edge._BETWEEN: _between,
    edge._GAP: _gap,
    chat._ADD_MESSAGES: _add_messages,
    receipts._LOCK_COUNTS: _lock_counts,
    receipts._STANDINGS: _standings,
    receipts._MOVE: _move,
    receipts._ADD_UNIT_COUNTS: _nothing,
    receipts._ADD_COUNTS: _add_counts,
}
