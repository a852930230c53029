"""What devices have and what they lack: their cursors as they stood some messages ago."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from dianmai.core.db import Row


async def attached(dsn: str, people: Sequence[int]) -> tuple[int, int]:
    """The fewest and the most streams that one of these people hears."""
    rows = await _ask(dsn, _HOW_MANY, list(people))
    return rows[0][0], rows[0][1]


async def cursors(dsn: str, people: Sequence[int]) -> dict[int, dict[str, int]]:
    """Where everything stands that each of these people hears: the cursors of a device that is level."""
    known: dict[int, dict[str, int]] = {person: {} for person in people}
    for row in await _ask(dsn, _CURSORS, list(people)):
        known[row[0]][row[1]] = row[2]
    return known


async def heads(dsn: str) -> dict[str, int]:
    """The last seq of every stream."""
    return {row[0]: row[1] for row in await _ask(dsn, "SELECT stream, seq FROM stream")}


async def not_used_for_minutes(dsn: str) -> None:
    """Lets every session look as after an outage: unused for longer than its use is noted."""
    await _ask(dsn, "UPDATE credential SET last_used_at = now() - interval '10 minutes'")


def lines(known: dict[int, dict[str, int]], heads_now: dict[str, int]) -> list[str]:
    """A line for each person, as the generator wants it: how many entries are missing, and the cursors."""
    return [
        " ".join([str(sum(heads_now[s] - at for s, at in own.items())), *(f"{s} {at}" for s, at in own.items())])
        for own in known.values()
    ]


async def _ask(dsn: str, query: str, *values: object) -> list[Row]:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


_HEARD = "FROM member m JOIN stream s USING (stream) WHERE m.left_at IS NULL AND m.listed AND s.heard_by = 'members'"
_HOW_MANY = (
    f"SELECT min(n), max(n) FROM (SELECT count(*) AS n {_HEARD} AND m.actor = ANY($1::bigint[]) GROUP BY actor) x"
)
_CURSORS = f"SELECT m.actor, m.stream, s.seq {_HEARD} AND m.actor = ANY($1::bigint[]) AND s.seq >= m.first_seq - 1"
