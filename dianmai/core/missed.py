"""Reading entries that devices lack, for all who ask in the same moment at once.

After an outage thousands lack the same entries of the same streams: each range is read once for all of them, and its
entries are handed on as the bytes they were delivered in, but for those about something the asker may not see
(`journal.withheld`).
"""

import sys
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from msgspec import Raw

from dianmai.core.db import Queries, Row
from dianmai.core.journal import NOTHING_SAID, wire_json
from dianmai.core.together import Together

AT_ONCE = 50
ROWS_AT_ONCE = 20_000


class Range(NamedTuple):
    """A stream's entries with `after < seq <= until`, for somebody who may see entries from `first` on."""

    stream: str
    after: int
    until: int
    first: int = 1


class _Read:
    """The entries of a range as they are, and as they are for those who may not see all that these are about."""

    __slots__ = ("_about", "_entries", "_lowest")

    def __init__(self) -> None:
        self._entries: list[Raw] = []
        self._about: list[tuple[int, Row]] = []
        self._lowest = sys.maxsize

    def add(self, row: Row) -> None:
        target: int | None = row["target"]
        if target is not None:
            self._about.append((len(self._entries), row))
            self._lowest = min(self._lowest, target)
        self._entries.append(Raw(raw_of(row)))

    def seen_from(self, first: int) -> list[Raw]:
        if self._lowest >= first:
            return self._entries
        seen = self._entries.copy()
        for place, row in self._about:
            if row["target"] < first:
                seen[place] = Raw(raw_of(row, NOTHING_SAID))
        return seen


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
        found = {one[:3]: _Read() for ranges in asked for one in ranges}
        places = list(found)
        for row in await self._db.fetch(_ENTRIES, *map(list, zip(*places, strict=True))):
            found[places[row["place"] - 1]].add(row)
        return [list(chain.from_iterable(found[one[:3]].seen_from(one.first) for one in ranges)) for ranges in asked]


def _rows(ranges: Sequence[Range]) -> int:
    return sum(one.until - one.after for one in ranges)


def raw_of(row: Row, body: bytes | None = None) -> bytes:
    """A stored entry's wire JSON, the same bytes as when it was appended; or with another body."""
    return wire_json(
        row["stream"],
        row["seq"],
        row["no"],
        row["at"],
        row["actor"],
        row["nonce"],
        row["kind"],
        row["target"],
        row["body"] if body is None else body,
    )


_ENTRIES = """
SELECT w.place, e.stream, e.seq, e.no, e.at, e.actor, e.nonce, e.kind, e.target, e.body
FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS w(stream, after, until, place)
JOIN entry e ON e.stream = w.stream AND e.seq > w.after AND e.seq <= w.until
ORDER BY w.place, e.seq"""
