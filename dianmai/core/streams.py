"""Streams as their members see them: who hears which, how far they have read."""

from collections.abc import Sequence

import msgspec

from dianmai.core.access import Actor
from dianmai.core.db import Queries, let_nobody_wait
from dianmai.core.errors import NotFound, Refusal
from dianmai.core.gathering import Gatherer
from dianmai.core.journal import Committed, StreamGuard
from dianmai.core.kept import Kept
from dianmai.core.missed import Missed
from dianmai.core.pace import Pace
from dianmai.core.together import Together
from dianmai.core.transactions import Transaction
from dianmai.wire.sync import ReadMark, StreamState

CACHED_MEMBERSHIPS = 200_000
MOST_LISTED = 2_000
LISTED_AT_ONCE = 50


class Membership(msgspec.Struct, frozen=True):
    """That an actor hears a stream, and the members' epoch this was true in.

    `rules`: what the stream's feature has decided on who writes there; empty where every member may.
    """

    stream: str
    actor: int
    member_epoch: int
    rules: str = ""

    @property
    def guard(self) -> StreamGuard:
        return StreamGuard(self.stream, self.member_epoch)


class Streams:
    """Memberships, remembered by this process. A memory that has gone stale is caught by its guard in the commit."""

    def __init__(self, db: Queries, reads: Queries) -> None:
        self._db = db
        self._reads = reads
        self.missed = Missed(reads)
        self.kept = Kept(reads)
        self.pace = Pace(reads)
        self._listing = Together(self._list, LISTED_AT_ONCE)
        self._memberships: dict[tuple[str, int], Membership] = {}
        self._epochs: dict[str, int] = {}

    async def membership(self, stream: str, actor: Actor) -> Membership:
        """The actor's membership, for deciding to write. Refuses with `not_found` who does not hear the stream."""
        key = (stream, actor.id)
        known = self._memberships.get(key)
        if known is not None and self._epochs.get(stream, known.member_epoch) == known.member_epoch:
            return known
        row = await self._db.fetchrow(_MEMBERSHIP, stream, actor.id)
        if row is None:
            self._memberships.pop(key, None)
            raise NotFound("not_found", field="stream")
        if len(self._memberships) >= CACHED_MEMBERSHIPS:
            self._memberships.clear()
        membership = Membership(stream, actor.id, row[0], row[1])
        self._epochs[stream] = row[0]
        self._memberships[key] = membership
        return membership

    async def states(self, actor: Actor) -> tuple[list[StreamState], bool]:
        """The streams an actor hears, what lasts first, at most 2,000; and whether these are all of them."""
        return await self._listing.answer(actor.id)

    async def _list(self, actors: Sequence[int]) -> Sequence[tuple[list[StreamState], bool]]:
        found: dict[int, list[StreamState]] = {actor: [] for actor in actors}
        for r in await self._reads.fetch(_STATES, list(found), MOST_LISTED + 1):
            state = StreamState(stream=r[1], head=r[2], head_no=r[3], read_no=r[4], first=r[5], muted=r[6])
            found[r[0]].append(state)
        return [(found[actor][:MOST_LISTED], len(found[actor]) <= MOST_LISTED) for actor in actors]

    def forget(self, streams: set[str]) -> None:
        """Drops what is remembered of these streams' members."""
        for stream in streams:
            self._epochs[stream] = -1

    def follow(self, committed: Sequence[Committed]) -> None:
        """Keeps the memory true by what is committed."""
        self.kept.follow(committed)
        self.pace.follow(committed)
        for commit in committed:
            # Never backwards: what others have committed is heard late at times.
            if self._epochs.get(commit.stream, commit.member_epoch) < commit.member_epoch:
                self._epochs[commit.stream] = commit.member_epoch


async def require_hears(db: Queries, stream: str, actor: Actor) -> int:
    """The first seq the actor may see of a stream it hears now; `not_found` for everyone else."""
    first = await db.fetchval(_FIRST, stream, actor.id)
    if first is None:
        raise NotFound("not_found", field="stream")
    return first


async def memberships(db: Queries, streams: Sequence[str], actor: Actor) -> list[Membership]:
    """The actor's memberships of these streams as they stand now, for deciding in a transaction.

    Refuses with `not_found` who does not hear all of them.
    """
    found = {
        r[0]: Membership(r[0], actor.id, r[1], r[2]) for r in await db.fetch(_MEMBERSHIPS, list(streams), actor.id)
    }
    if not all(stream in found for stream in streams):
        raise NotFound("not_found", field="stream")
    return [found[stream] for stream in streams]


async def hearing(db: Queries, stream: str, actors: Sequence[int]) -> list[int]:
    """Which of these actors hear the stream now."""
    return [r[0] for r in await db.fetch(_HEARING, stream, list(actors))]


async def _write_read_marks(tx: Transaction, items: Sequence[tuple[Actor, ReadMark]]) -> list[ReadMark | Refusal]:
    await let_nobody_wait(tx.db)  # who writes waits for their own cursor, with a lane held
    rows = await tx.db.fetch(
        _MARK_READ, [i.stream for _, i in items], [a.id for a, _ in items], [i.no for _, i in items]
    )
    reached = {(r[0], r[1]): r[2] for r in rows}
    return [
        ReadMark(stream=item.stream, no=reached[item.stream, actor.id])
        if (item.stream, actor.id) in reached
        else NotFound("not_found", field="stream")
        for actor, item in items
    ]


read_marks: Gatherer[ReadMark, ReadMark] = Gatherer("read marks", _write_read_marks)

_MEMBERSHIP = """
SELECT s.member_epoch, s.rules FROM member m JOIN stream s USING (stream)
WHERE m.stream = $1 AND m.actor = $2 AND m.left_at IS NULL"""
_MEMBERSHIPS = """
SELECT s.stream, s.member_epoch, s.rules FROM member m JOIN stream s USING (stream)
WHERE m.stream = ANY($1::text[]) AND m.actor = $2 AND m.left_at IS NULL"""
_FIRST = "SELECT first_seq FROM member WHERE stream = $1 AND actor = $2 AND left_at IS NULL"
_STATES = """
SELECT w.actor, h.stream, h.seq, h.no, h.read_no, h.first_seq, h.muted FROM unnest($1::bigint[]) AS w(actor)
CROSS JOIN LATERAL (
  SELECT m.stream, s.seq, s.no, m.read_no, m.first_seq, m.muted FROM member m JOIN stream s USING (stream)
  WHERE m.actor = w.actor AND m.left_at IS NULL AND m.listed AND s.heard_by = 'members'
  ORDER BY s.lasting DESC, s.moved_at DESC LIMIT $2) AS h"""
_HEARING = "SELECT actor FROM member WHERE stream = $1 AND actor = ANY($2::bigint[]) AND left_at IS NULL"
# Who moves several cursors locks them in one order (so do statements that write), or transactions would wait in a ring.
_MARK_READ = """
WITH moved AS (SELECT m.stream, m.actor, least(u.no, s.no) AS no
  FROM (SELECT stream, actor, max(no) AS no FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS a(stream, actor, no)
    GROUP BY stream, actor) AS u JOIN member m USING (stream, actor) JOIN stream s USING (stream)
  WHERE m.left_at IS NULL ORDER BY m.stream, m.actor FOR UPDATE OF m)
UPDATE member m SET read_no = greatest(m.read_no, moved.no) FROM moved
WHERE m.stream = moved.stream AND m.actor = moved.actor RETURNING m.stream, m.actor, m.read_no"""
