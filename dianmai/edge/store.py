"""All SQL of the edge: what a socket hears, how lanes stand, entries that others have committed."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from dianmai.core.db import Queries, Row
from dianmai.core.ids import LANES
from dianmai.core.journal import Committed, Placed
from dianmai.core.missed import raw_of
from dianmai.core.streams import MOST_LISTED

SMALL = 500


class HeardStream(msgspec.Struct, frozen=True):
    """A stream that an actor hears, as it stands: members' epoch, last seq, the first seq the actor may see."""

    stream: str
    member_epoch: int
    seq: int
    first_seq: int


class MovedStream(NamedTuple):
    """A stream as it stands after its members have changed; of those asked about, who hears it now or did once."""

    commit: Committed
    moves: int
    concerned: frozenset[int]


class MemberState(msgspec.Struct, frozen=True):
    """How a member stands in a stream."""

    actor: int
    first_seq: int
    read_no: int
    muted: bool
    no: int


class Members(NamedTuple):
    """Who hears a stream, as it stood in that epoch of its members; and who has left it, where that is asked."""

    epoch: int
    states: dict[int, MemberState]
    left: set[int]


async def heard(db: Queries, asking: Sequence[tuple[int, int]]) -> list[tuple[list[HeardStream], datetime | None]]:
    """What new sockets hear, for each of these actors with its credential, and the database's time.

    Nothing at all, and no time, where the credential has ended: everybody alive hears `person:<id>`.
    """
    streams = [list[HeardStream]() for _ in asking]
    times: list[datetime | None] = [None for _ in asking]
    for r in await db.fetch(_HEARD, [actor for actor, _ in asking], [shown for _, shown in asking], MOST_LISTED):
        place: int = r[0] - 1
        streams[place].append(HeardStream(r[1], r[2], r[3], r[4]))
        times[place] = r[5]
    return list(zip(streams, times, strict=True))


async def members(db: Queries, stream: str, actors: Collection[int], known: int) -> Members:
    """How those of these actors stand who hear the stream and have it in their list.

    Where the members' epoch is not the next after the `known` one, also who of them has left. Most streams have few
    members: then these are read, and not looked up for each of thousands who are online.
    """
    rows = await db.fetch(_SOME_MEMBERS, stream, known, SMALL + 1)
    if max(Counter(r[5] for r in rows).values()) > SMALL:
        rows = await db.fetch(_MEMBERS, stream, known, list(actors))
    epoch: int = rows[0][6]  # of the same look as the members; where there are none it comes alone
    states = {r[0]: MemberState(r[0], r[1], r[2], r[3], r[4]) for r in rows if r[0] in actors and not r[5]}
    return Members(epoch, states, {r[0] for r in rows if r[0] in actors and r[5]})


class LaneHead(NamedTuple):
    """How far a lane has come: its last pos, and how often members of its streams have changed."""

    pos: int = 0
    moves: int = 0


async def lane_heads(db: Queries) -> list[LaneHead]:
    """Where every lane stands, by lane."""
    heads = [LaneHead()] * LANES
    for row in await db.fetch("SELECT lane, pos, moves FROM lane"):
        heads[row[0]] = LaneHead(row[1], row[2])
    return heads


async def moved(db: Queries, lane: int, after: int, people: Sequence[int], limit: int) -> list[MovedStream]:
    """The streams of a lane whose members have changed since its `moves` was `after`, in that order.

    All of one transaction's, also above the limit.
    """
    rows = await db.fetch(_MOVED, lane, after, list(people), limit)
    return [MovedStream(Committed(r[0], r[1], r[2], r[3], ()), r[4], frozenset(r[5])) for r in rows]


async def between(db: Queries, lane: int, after: int, until: int, limit: int) -> list[Committed]:
    """The entries of a lane with `after < pos <= until`, by stream, each stream's in order."""
    return _grouped(await db.fetch(_BETWEEN, lane, after, until, limit))


async def gap(db: Queries, stream: str, after: int, until: int) -> list[Placed]:
    """The entries of a stream with `after < seq < until`."""
    return [placed for c in _grouped(await db.fetch(_GAP, stream, after, until)) for placed in c.entries]


async def now(db: Queries) -> datetime:
    """The database's time."""
    return await db.fetchval("SELECT clock_timestamp()")


def _grouped(rows: Sequence[Row]) -> list[Committed]:
    streams: dict[str, list[Placed]] = {}
    last: dict[str, Row] = {}
    for r in rows:
        entry = Placed(
            r["stream"], r["seq"], r["no"], r["at"], r["actor"], r["nonce"], r["kind"], r["target"], r["body"],
            raw_of(r), r["lane"], r["pos"],
        )  # fmt: skip
        streams.setdefault(entry.stream, []).append(entry)
        last[entry.stream] = r
    return [
        Committed(s, last[s]["heard_by"], last[s]["member_epoch"], entries[-1].seq, entries)
        for s, entries in streams.items()
    ]


_HEARD = """
SELECT w.place, h.stream, h.member_epoch, h.seq, h.first_seq, clock_timestamp()
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS w(actor, credential, place)
JOIN credential c ON c.id = w.credential JOIN actor a ON a.id = c.actor AND a.id = w.actor
CROSS JOIN LATERAL (
  SELECT m.stream, s.member_epoch, s.seq, m.first_seq FROM member m JOIN stream s USING (stream)
  WHERE m.actor = a.id AND m.left_at IS NULL AND m.listed AND s.heard_by = 'members'
  ORDER BY s.lasting DESC, s.moved_at DESC LIMIT $3) AS h
WHERE c.ended_at IS NULL AND c.expires_at > now() AND c.epoch = a.access_epoch AND a.active"""
_STANDING = """
SELECT m.actor, m.first_seq, m.read_no, m.muted, s.no, m.left_at IS NOT NULL, s.member_epoch
FROM stream s LEFT JOIN LATERAL (
  (SELECT * FROM member WHERE stream = s.stream AND left_at IS NULL AND listed {some})
  UNION ALL
  (SELECT * FROM member WHERE stream = s.stream AND left_at IS NOT NULL AND s.member_epoch > $2 + 1 {some})
) AS m ON true
WHERE s.stream = $1"""
_MEMBERS = _STANDING.format(some="AND actor = ANY($3::bigint[])")
_SOME_MEMBERS = _STANDING.format(some="LIMIT $3")
_MOVED = """
SELECT s.stream, s.heard_by, s.member_epoch, s.seq, s.moved_no, ARRAY(
  SELECT m.actor FROM member m
  WHERE m.stream = s.stream AND m.actor = ANY($3::bigint[]) AND (m.listed OR m.left_at IS NOT NULL))
FROM stream s WHERE s.lane = $1 AND s.moved_no > $2 ORDER BY s.moved_no FETCH FIRST $4 ROWS WITH TIES"""
_COLUMNS = """
SELECT e.stream, e.seq, e.no, e.at, e.actor, e.nonce, e.kind, e.target, e.body, e.lane, e.pos,
  s.heard_by, s.member_epoch FROM entry e JOIN stream s USING (stream)"""
_BETWEEN = _COLUMNS + " WHERE e.lane = $1 AND e.pos > $2 AND e.pos <= $3 ORDER BY e.pos LIMIT $4"
_GAP = _COLUMNS + " WHERE e.stream = $1 AND e.seq > $2 AND e.seq < $3 ORDER BY e.seq"
