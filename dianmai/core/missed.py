"""Reading entries that devices lack, for all who ask in the same moment at once.

After an outage thousands lack the same entries of the same streams: each range is read once for all of them, and its
entries are handed on as the bytes they were delivered in.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import asyncpg
from msgspec import Raw

from dianmai.core.db import Queries
from dianmai.core.journal import wire_json
from dianmai.core.together import Together

AT_ONCE = 50
ROWS_AT_ONCE = 20_000


class Range(NamedTuple):
    """A stream's entries with `after < seq <= until`."""

    stream: str
    after: int
    until: int


class Missed:
    """This process's reading of ranges."""

    def __init__(self, db: Queries) -> None:
        self._db = db
        self._together: Together[Sequence[Range], list[Raw]] = Together(
            self._read, AT_ONCE, weigh=_rows, heaviest=ROWS_AT_ONCE
        )

    async def entries(self, ranges: Sequence[Range]) -> list[Raw]:
        """The wire JSON of these ranges' entries, range by range, each in the order of seq."""
        return await self._together.answer(ranges) if ranges else []

    async def _read(self, asked: Sequence[Sequence[Range]]) -> Sequence[list[Raw]]:
        found: dict[Range, list[Raw]] = {one: [] for ranges in asked for one in ranges}
        places = list(found)
        for row in await self._db.fetch(_ENTRIES, *map(list, zip(*places, strict=True))):
            found[places[row["place"] - 1]].append(Raw(raw_of(row)))
        return [list(chain.from_iterable(found[one] for one in ranges)) for ranges in asked]


def _rows(ranges: Sequence[Range]) -> int:
    return sum(one.until - one.after for one in ranges)


def raw_of(row: asyncpg.Record) -> bytes:
    """A stored entry's wire JSON, the same bytes as when it was appended."""
    return wire_json(
        row["stream"],
        row["seq"],
        row["no"],
        row["at"],
        row["actor"],
        row["nonce"],
        row["kind"],
        row["target"],
        row["body"],
    )


_ENTRIES = """
SELECT w.place, e.stream, e.seq, e.no, e.at, e.actor, e.nonce, e.kind, e.target, e.body
FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS w(stream, after, until, place)
JOIN entry e ON e.stream = w.stream AND e.seq > w.after AND e.seq <= w.until
ORDER BY w.place, e.seq"""
