"""What is true afterwards: everything acknowledged is stored, once, in order, and its hash chain holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from dianmai.core import ledger
from dianmai.wire.notices import ReceiptsBody

AT_ONCE = 5_000


@dataclass
class Audit:
    """What was looked at. `asserted` counts facts; a run that checked nothing has proved nothing."""

    asserted: int = 0
    stored: int = 0

    def require(self, fact: bool, what: str, times: int = 1) -> None:
        """Counts a fact (or `times` facts of one kind); raises when it does not hold."""
        if not fact:
            raise AssertionError(what)
        self.asserted += times


async def chain_holds(dsn: str, stream: str, audit: Audit) -> None:
    """Reads a whole stream: seq from 1 without a hole, every body under its hash, every hash under its forerunner's."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        installation = (await connection.fetchval("SELECT id FROM installation")).bytes
        head = await connection.fetchrow("SELECT seq, hash FROM stream WHERE stream = $1", stream)
        audit.require(head is not None, f"{stream} is there")
        previous, last = b"", 0
        while rows := await connection.fetch(_PAGE, stream, last, AT_ONCE):
            for row in rows:
                audit.require(row["seq"] == last + 1, f"{stream} has no hole after {last}")
                hashed = ledger.body_hash(row["salt"], row["body"])
                audit.require(hashed == row["body_hash"], f"{stream} {row['seq']}: the body is the hashed one")
                previous = ledger.chain(
                    previous,
                    installation,
                    stream=stream,
                    seq=row["seq"],
                    at=row["at"],
                    actor=row["actor"],
                    nonce=row["nonce"],
                    part=row["part"],
                    kind=row["kind"],
                    target=row["target"],
                    body_hash=hashed,
                )
                audit.require(previous == row["hash"], f"{stream} {row['seq']}: the chain holds")
                last += 1
        audit.require(head is not None and head["seq"] == last, f"{stream} ends at its head")
        audit.require(head is not None and head["hash"] == previous, f"{stream}'s head is its last hash")
        audit.stored += last
    finally:
        await connection.close()


async def stored_between(dsn: str, stream: str, first: int, last: int) -> tuple[int, int]:
    """How many entries, and how many different nonces, a range of a stream holds."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        row = await connection.fetchrow(_COUNT, stream, first, last)
    finally:
        await connection.close()
    assert row is not None
    return row[0], row[1]


async def heads(dsn: str, streams: Sequence[str]) -> dict[str, int]:
    """The last seq of each of these streams."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT stream, seq FROM stream WHERE stream = ANY($1::text[])", list(streams))
    finally:
        await connection.close()
    return {row[0]: row[1] for row in rows}


async def notice_states(dsn: str, notice: int) -> dict[str, int]:
    """How many recipients have reached each state, counted from their own rows."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        row = await connection.fetchrow(_STATES, notice)
    finally:
        await connection.close()
    return dict(row) if row is not None else {}


async def receipt_lines(dsn: str, notice: int) -> dict[str, int]:
    """How many different people the ledger has a receipt of, by state; a line twice makes the count wrong."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        bodies = await connection.fetch(_RECEIPTS, f"notice:{notice}/receipts")
    finally:
        await connection.close()
    reached = {"delivered": 0, "read": 0, "confirmed": 0}
    seen: set[tuple[int, str]] = set()
    for row in bodies:
        for line in _RECEIPTS_BODY.decode(row["body"]).receipts:
            if (line.person, line.state) in seen:
                raise AssertionError(f"the receipt {line.state} of person {line.person} is in the ledger twice")
            seen.add((line.person, line.state))
            reached[line.state] += 1
    return reached


_RECEIPTS_BODY = msgspec.json.Decoder(ReceiptsBody)
_RECEIPTS = "SELECT body FROM entry WHERE stream = $1 AND kind = 'notice.receipts' ORDER BY seq"
_STATES = """
SELECT count(*) FILTER (WHERE state >= 1) AS delivered, count(*) FILTER (WHERE state >= 2) AS read,
  count(*) FILTER (WHERE state >= 3) AS confirmed FROM notice_recipient WHERE notice = $1"""
# Hashes are of what was appended, which is sealed where something else is shown now.
_PAGE = """
SELECT e.seq, e.at, e.actor, e.nonce, e.part, e.kind, e.target, e.salt, e.body_hash, e.hash,
  coalesce(s.body, e.body) AS body
FROM entry e LEFT JOIN sealed_entry s USING (stream, seq)
WHERE e.stream = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3"""
_COUNT = """
SELECT count(*), count(DISTINCT (actor, nonce)) FROM entry WHERE stream = $1 AND seq BETWEEN $2 AND $3"""
