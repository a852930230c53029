"""Puts lines in their place in an open transaction: the order and completeness of the journal are made here.

Stream rows first, lane rows second, both sorted, so that `seq` and `pos` are gapless and in commit order. It runs as
the last thing before COMMIT, for the group commit (`committing.py`) and for writing operations (`engine.py`) alike.
"""

# ruff: noqa: S608 -- what is put together here are constants of this file

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from dianmai.core.chaining import Head, chain
from dianmai.core.errors import NotFound, describe
from dianmai.core.ids import lane_of
from dianmai.core.journal import Committed, Fold, Line, MemberChange, Opening, Placed, StaleGuard, StreamGuard

describe({"stream_unknown": ("没有这个会话", "There is no such stream")})


class Lanes(NamedTuple):
    """Lanes that are held: their positions, how often access has ended, and the database's time."""

    pos: dict[int, int]
    ends: int
    at: datetime


class NotAsKnown(Exception):
    """What a statement rested on has moved: it wrote nothing."""


class Placing:
    """Places lines into a transaction. `folds` write the features' rows beside entries, by kind."""

    def __init__(self, installation: bytes, folds: Mapping[str, Fold]) -> None:
        self._installation = installation
        self._folds = folds

    async def lock(self, connection: asyncpg.Connection, streams: Sequence[str], *, skip_busy: bool) -> dict[str, Head]:
        """Takes the streams' rows, sorted. With `skip_busy` those another transaction holds are left out."""
        rows = await connection.fetch(_LOCK_IDLE if skip_busy else _LOCK, sorted(streams))
        return {r[0]: Head(r[1], r[2], r[3], r[4], r[5], r[6]) for r in rows}

    async def existing(self, connection: asyncpg.Connection, streams: Sequence[str]) -> set[str]:
        """Which of these streams exist, whoever holds them."""
        return {r[0] for r in await connection.fetch(_EXISTING, streams)}

    async def lock_lanes(self, connection: asyncpg.Connection, heads: Mapping[str, Head]) -> Lanes:
        """Takes the lanes' rows, sorted, and reads the time that all entries of this commit carry."""
        rows = await connection.fetch(_LOCK_LANES, sorted({h.lane for h in heads.values()}))
        return Lanes({r[0]: r[1] for r in rows}, rows[-1][2], rows[-1][3])

    async def write(
        self, connection: asyncpg.Connection, heads: dict[str, Head], lanes: Lanes, lines: Sequence[Line]
    ) -> list[Placed]:
        """Inserts the lines behind their streams' heads and moves heads and lanes, all of which are held."""
        pos = lanes.pos
        chained = chain(self._installation, heads, lanes.at, lines)
        ranks = chained.ranks
        await connection.execute(
            _WRITE,
            lanes.at,
            *chained.columns,
            [pos[lane] + rank for lane, rank in ranks],
            *chained.moved(heads),
            list(chained.counts),
            [pos[lane] + count for lane, count in chained.counts.items()],
        )
        placed = chained.placed(pos)
        await self._fold(connection, placed)
        return placed

    async def write_known(
        self,
        connection: asyncpg.Connection,
        heads: dict[str, Head],
        ends: int,
        at: datetime,
        lines: Sequence[Line],
    ) -> tuple[list[Placed], datetime]:
        """The same in one statement where nothing is held yet; answers the places and the database's time. What folds
        needs a transaction around it.

        Raises `NotAsKnown`, with nothing written, where a head is not as it is known to be or is held by somebody, or
        access has ended since. Everything up to a head that is as known was committed before this statement began, so
        the unique key finds whatever comes twice.
        """
        rest_on = sorted(heads)
        known = [heads[s].seq for s in rest_on], [heads[s].member_epoch for s in rest_on]
        chained = chain(self._installation, heads, at, lines)
        rows = await connection.fetch(
            _WRITE_KNOWN,
            at,
            *chained.columns,
            [rank for _, rank in chained.ranks],
            *chained.moved(heads),
            list(chained.counts),
            list(chained.counts.values()),
            rest_on,
            *known,
            ends,
        )
        if not rows:
            raise NotAsKnown
        placed = chained.placed({r[0]: r[1] for r in rows})
        await self._fold(connection, placed)
        return placed, rows[-1][2]

    def folds(self, lines: Iterable[Line]) -> bool:
        """Whether these lines take more than one statement to write."""
        for line in lines:
            fold = self._folds.get(line.draft.kind)
            if fold is not None and fold.concerns(line.body):
                return True
        return False

    async def _fold(self, connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
        for kind, fold in self._folds.items():
            if concerned := [p for p in placed if p.kind == kind and fold.concerns(p.body)]:
                await fold.write(connection, concerned)

    async def place_all(
        self,
        connection: asyncpg.Connection,
        lines: Sequence[Line],
        *,
        opened: Mapping[str, Opening],
        members: Mapping[str, MemberChange],
        check: Callable[[], Awaitable[None]],
        every_lane: bool = False,
        guards: Sequence[StreamGuard] = (),
    ) -> list[Committed]:
        """Everything a writing operation asked for, as its transaction's last statements.

        `opened` are new streams; `check` re-checks access once the lanes are held. `every_lane`
        makes this commit exclude every other append: for what ends access. Raises `StaleGuard` where the members it was
        decided on are not those any more.
        """
        if opened:
            new = sorted(opened)
            kinds = [opened[s] for s in new]
            await connection.execute(
                _OPEN, new, [lane_of(s) for s in new], [k.heard_by for k in kinds], [k.lasting for k in kinds]
            )
        names = {line.draft.stream for line in lines} | members.keys()
        heads = await self.lock(connection, list(names), skip_busy=False)
        if missing := names - heads.keys():
            raise NotFound("stream_unknown", field=min(missing))
        if stale := {g.stream for g in guards if heads[g.stream].member_epoch != g.member_epoch}:
            raise StaleGuard(stale)
        if every_lane:
            await connection.fetch(_LOCK_EVERY_LANE)
            await connection.execute(_ACCESS_ENDS)
        lanes = await self.lock_lanes(connection, heads)
        await check()
        await self._change_members(connection, heads, members)
        placed = await self.write(connection, heads, lanes, lines) if lines else []
        founded = {s for s, c in members.items() if s in opened and c.from_start and not c.leave}
        return group(placed, heads, members, founded)

    async def _change_members(
        self, connection: asyncpg.Connection, heads: Mapping[str, Head], members: Mapping[str, MemberChange]
    ) -> None:
        """All streams' joins with one statement, and so on; every stream touched gets a new members' epoch."""
        if not members:
            return
        leaving = [(stream, actor) for stream, change in members.items() for actor in change.leave]
        if leaving:
            await connection.execute(_LEAVE, *map(list, zip(*leaving, strict=True)))
        unlisted = [(stream, actor) for stream, change in members.items() for actor in change.unlist]
        if unlisted:
            await connection.execute(_UNLIST, *map(list, zip(*unlisted, strict=True)))
        joining: list[tuple[str, int, int, int]] = []
        for stream, change in members.items():
            head = heads[stream]
            head.member_epoch += 1
            first, read_no = (1, 0) if change.from_start else (head.seq + 1, head.no)
            joining.extend((stream, actor, first, read_no) for actor in dict.fromkeys(change.join))
        if joining:
            await connection.execute(_JOIN, *map(list, zip(*joining, strict=True)))
        ruled = [(stream, change.rules) for stream, change in members.items() if change.rules is not None]
        if ruled:
            await connection.execute(_RULE, *map(list, zip(*ruled, strict=True)))
        touched = list(members)
        lanes = sorted({heads[s].lane for s in touched})
        await connection.execute(_MOVE_MEMBERS, touched, [heads[s].member_epoch for s in touched], lanes)


def group(
    placed: Sequence[Placed],
    heads: Mapping[str, Head],
    members: Mapping[str, MemberChange] | None = None,
    founded: Collection[str] = (),
) -> list[Committed]:
    """The placed entries by stream, each stream's in order; streams whose members changed even without entries."""
    changes = members or {}
    streams: dict[str, list[Placed]] = {stream: [] for stream in changes}
    for entry in placed:
        streams.setdefault(entry.stream, []).append(entry)
    return [
        Committed(
            s, heads[s].heard_by, heads[s].member_epoch, heads[s].seq, entries, _moved(changes.get(s)), s in founded
        )
        for s, entries in streams.items()
    ]


def _moved(change: MemberChange | None) -> frozenset[int]:
    return frozenset() if change is None else frozenset((*change.join, *change.leave))


_LOCK = """
SELECT stream, lane, heard_by, seq, no, member_epoch, hash FROM stream
WHERE stream = ANY($1::text[]) ORDER BY stream FOR UPDATE"""
_LOCK_IDLE = _LOCK + " SKIP LOCKED"
_EXISTING = "SELECT stream FROM stream WHERE stream = ANY($1::text[])"
_LOCK_LANES = """
SELECT lane, pos, ends, clock_timestamp() FROM lane WHERE lane = ANY($1::smallint[]) ORDER BY lane FOR UPDATE"""
_LOCK_EVERY_LANE = "SELECT lane FROM lane ORDER BY lane FOR UPDATE"
_ACCESS_ENDS = "UPDATE lane SET ends = ends + 1"
# Who writes has read what came before. Cursors are locked in one order, as in `core/streams.py`.
_AUTHORS = """
authors AS (
  SELECT m.stream, m.actor, wrote.no
  FROM (SELECT stream, actor, max(no) AS no FROM said WHERE no IS NOT NULL GROUP BY stream, actor) AS wrote
  JOIN member m USING (stream, actor)
  WHERE m.left_at IS NULL {held} ORDER BY m.stream, m.actor FOR UPDATE OF m),
authors_read AS (
  UPDATE member m SET read_no = greatest(m.read_no, a.no) FROM authors a
  WHERE m.stream = a.stream AND m.actor = a.actor)"""
_WRITE = f"""
WITH said AS (
  SELECT * FROM unnest($2::text[], $3::bigint[], $4::smallint[], $5::bigint[], $6::text[], $7::smallint[], $8::text[],
    $9::bigint[], $10::bigint[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bigint[])
    AS u(stream, seq, lane, actor, nonce, part, kind, target, no, salt, body_hash, hash, body, pos)),
inserted AS (
  INSERT INTO entry (stream, seq, lane, pos, at, actor, nonce, part, kind, target, no, salt, body_hash, hash, body)
  SELECT u.stream, u.seq, u.lane, u.pos, $1, u.actor, u.nonce, u.part, u.kind, u.target, u.no, u.salt, u.body_hash,
    u.hash, u.body
  FROM said u),
moved AS (
  UPDATE stream s SET seq = n.seq, no = n.no, hash = n.hash, moved_at = $1
  FROM unnest($16::text[], $17::bigint[], $18::bigint[], $19::bytea[]) AS n(stream, seq, no, hash)
  WHERE s.stream = n.stream),{_AUTHORS.format(held="")}
UPDATE lane l SET pos = n.pos FROM unnest($20::smallint[], $21::bigint[]) AS n(lane, pos) WHERE l.lane = n.lane"""
# Streams are held before lanes, each in order, like everywhere: `lanes` takes none before it has counted `held`.
_WRITE_KNOWN = f"""
WITH held AS (
  SELECT s.stream FROM stream s
  JOIN unnest($22::text[], $23::bigint[], $24::integer[]) AS k(stream, seq, epoch)
    ON s.stream = k.stream AND s.seq = k.seq AND s.member_epoch = k.epoch
  ORDER BY s.stream FOR UPDATE OF s SKIP LOCKED),
lanes AS (
  SELECT lane, pos FROM lane
  WHERE lane = ANY($20) AND ends = $25 AND (SELECT count(*) FROM held) = cardinality($22) ORDER BY lane FOR UPDATE),
as_known AS MATERIALIZED (SELECT FROM (SELECT count(*) AS held FROM lanes) AS l WHERE l.held = cardinality($20)),
said AS (
  SELECT * FROM unnest($2::text[], $3::bigint[], $4::smallint[], $5::bigint[], $6::text[], $7::smallint[], $8::text[],
    $9::bigint[], $10::bigint[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bigint[])
    AS u(stream, seq, lane, actor, nonce, part, kind, target, no, salt, body_hash, hash, body, rank)),
inserted AS (
  INSERT INTO entry (stream, seq, lane, pos, at, actor, nonce, part, kind, target, no, salt, body_hash, hash, body)
  SELECT u.stream, u.seq, u.lane, l.pos + u.rank, $1, u.actor, u.nonce, u.part, u.kind, u.target, u.no, u.salt,
    u.body_hash, u.hash, u.body
  FROM said u JOIN lanes l ON l.lane = u.lane WHERE EXISTS (SELECT FROM as_known)),
moved AS (
  UPDATE stream s SET seq = n.seq, no = n.no, hash = n.hash, moved_at = $1
  FROM unnest($16::text[], $17::bigint[], $18::bigint[], $19::bytea[]) AS n(stream, seq, no, hash)
  WHERE s.stream = n.stream AND EXISTS (SELECT FROM as_known)),
lanes_moved AS (
  UPDATE lane l SET pos = l.pos + n.count FROM unnest($20::smallint[], $21::bigint[]) AS n(lane, count)
  WHERE l.lane = n.lane AND EXISTS (SELECT FROM as_known)),{_AUTHORS.format(held="AND EXISTS (SELECT FROM as_known)")}
SELECT lane, pos, clock_timestamp() FROM lanes WHERE EXISTS (SELECT FROM as_known)"""
_RULE = """
UPDATE stream s SET rules = n.rules FROM unnest($1::text[], $2::text[]) AS n(stream, rules) WHERE s.stream = n.stream"""
_MOVE_MEMBERS = """
WITH moved AS (UPDATE lane SET moves = moves + 1 WHERE lane = ANY($3::smallint[]) RETURNING lane, moves)
UPDATE stream s SET member_epoch = n.member_epoch, moved_no = moved.moves
FROM unnest($1::text[], $2::integer[]) AS n(stream, member_epoch), moved
WHERE s.stream = n.stream AND moved.lane = s.lane"""
_OPEN = """
INSERT INTO stream (stream, lane, heard_by, lasting)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[], $4::boolean[])"""
_JOIN = """
INSERT INTO member (stream, actor, first_seq, read_no)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) ORDER BY 1, 2
ON CONFLICT (stream, actor) DO UPDATE SET left_at = NULL, listed = true,
  first_seq = CASE WHEN member.left_at IS NULL THEN member.first_seq ELSE excluded.first_seq END,
  read_no = greatest(member.read_no, excluded.read_no)"""
_CHANGE = """
WITH these AS (
  SELECT m.stream, m.actor FROM member m JOIN unnest($1::text[], $2::bigint[]) AS u(stream, actor) USING (stream, actor)
  WHERE m.left_at IS NULL ORDER BY m.stream, m.actor FOR UPDATE OF m)
UPDATE member m SET {} FROM these WHERE m.stream = these.stream AND m.actor = these.actor"""
_LEAVE = _CHANGE.format("left_at = now()")
_UNLIST = _CHANGE.format("listed = false")
