"""What becomes of an append once its streams and lanes are held: stored before, refused, decided again, or written."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg
import msgspec

from dianmai.core import journal
from dianmai.core.chaining import Head
from dianmai.core.errors import Refusal
from dianmai.core.journal import Line, Placed, StaleGuard, StreamGuard


class Waiting(msgspec.Struct, eq=False):
    """One operation's lines, waiting for their commit. `streams`: what it writes to and what it decided on."""

    lines: Sequence[Line]
    guards: Sequence[StreamGuard]
    credential: int | None
    since: float
    streams: set[str]
    done: "asyncio.Future[list[Placed]]"


class Found(NamedTuple):
    """Lines that are stored already, by stream, actor, nonce and part; credentials that are alive, and until when."""

    earlier: Mapping[tuple[str, int, str, int], asyncpg.Record]
    alive: Mapping[int, datetime]


async def look(connection: asyncpg.Connection, ready: Sequence[Waiting]) -> Found:
    """One query for both. A statement of its own: it must see what was committed before the streams were held."""
    lines = [line for w in ready for line in w.lines]
    rows = await connection.fetch(
        _LOOK,
        list({w.credential for w in ready if w.credential is not None}),
        [line.draft.stream for line in lines],
        [line.actor for line in lines],
        [line.nonce for line in lines],
        [line.part for line in lines],
    )
    return Found(
        earlier={(r["stream"], r["actor"], r["nonce"], r["part"]): r for r in rows if r["stream"] is not None},
        alive={r["actor"]: r["at"] for r in rows if r["stream"] is None},
    )


def judge(
    waiting: Waiting,
    heads: Mapping[str, Head],
    found: Found,
) -> list[Placed | Line] | BaseException:
    """What becomes of it: each line as it stands already or still to be written; or why not."""
    try:
        journal.refuse_ended(waiting.credential, found.alive)
        known = [found.earlier.get((x.draft.stream, x.actor, x.nonce, x.part)) for x in waiting.lines]
        for line, row in zip(waiting.lines, known, strict=True):
            if row is not None:
                journal.same_deed(row["kind"], row["target"], line.draft)
                journal.same_content(row["salt"], row["body_hash"], line.body)
        stale = {g.stream for g in waiting.guards if heads[g.stream].member_epoch != g.member_epoch}
        if stale and not all(known):
            return StaleGuard(stale)
        lines = zip(waiting.lines, known, strict=True)
        result: list[Placed | Line] = [line if row is None else _stored(row, line) for line, row in lines]
    except Refusal as refusal:
        return refusal
    return result


def _stored(row: asyncpg.Record, line: Line) -> Placed:
    at: datetime = row["at"]
    draft = line.draft
    raw = journal.wire_json(
        draft.stream, row["seq"], row["no"], at, line.actor, line.nonce, draft.kind, draft.target, line.body
    )
    return Placed(
        draft.stream, row["seq"], row["no"], at, line.actor, line.nonce, draft.kind, draft.target, line.body, raw
    )


_LOOK = """
SELECT NULL::text AS stream, c.id AS actor, NULL::text AS nonce, NULL::smallint AS part,
  NULL::bigint AS seq, NULL::bigint AS no, c.expires_at AS at, NULL::bytea AS salt, NULL::bytea AS body_hash,
  NULL::text AS kind, NULL::bigint AS target
FROM credential c JOIN actor a ON a.id = c.actor
WHERE c.id = ANY($1::bigint[]) AND c.ended_at IS NULL AND c.expires_at > clock_timestamp() AND c.epoch = a.access_epoch
  AND a.active
UNION ALL
SELECT e.stream, e.actor, e.nonce, e.part, e.seq, e.no, e.at, e.salt, e.body_hash, e.kind, e.target
FROM unnest($2::text[], $3::bigint[], $4::text[], $5::smallint[]) AS asked(stream, actor, nonce, part)
JOIN entry e ON e.stream = asked.stream AND e.actor = asked.actor AND e.nonce = asked.nonce AND e.part = asked.part"""
