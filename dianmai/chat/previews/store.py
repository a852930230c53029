"""All SQL of link previews. Tables and indexes: `migrations/0181`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from dianmai.core.db import Queries


class Waiting(NamedTuple):
    """A message that waits for its preview. `cause`: the entry that brought the link."""

    stream: str
    seq: int
    cause: int


class Remembered(NamedTuple):
    """What was found behind an address; None: nothing."""

    found: bytes | None


async def remembered(db: Queries, digest: bytes, found: timedelta, nothing: timedelta) -> Remembered | None:
    """What is known of an address: for so long what was found there, for so long that nothing was."""
    row = await db.fetchrow(_REMEMBERED, digest, found, nothing)
    return None if row is None else Remembered(row[0])


async def remember(db: Queries, digest: bytes, found: bytes | None) -> None:
    await db.execute(_REMEMBER, digest, found)


async def forget_older(db: Queries, than: timedelta) -> None:
    """Removes what nobody asks for any more."""
    await db.execute(_FORGET, than)


async def want(db: Queries, digest: bytes, waiting: Waiting) -> None:
    await db.execute(_WANT, digest, *waiting)


async def take_waiting(db: Queries, digest: bytes) -> list[Waiting]:
    """Those who wait for an address, who then no longer do."""
    return [Waiting(*row) for row in await db.fetch(_TAKE, digest)]


async def show(db: Queries, stream: str, seqs: Sequence[int], previews: Sequence[str]) -> None:
    """What pages show with these messages."""
    await db.execute(_SHOW, stream, list(seqs), list(previews))


_REMEMBERED = """
SELECT found FROM link_preview
WHERE digest = $1 AND fetched_at > now() - CASE WHEN found IS NULL THEN $3::interval ELSE $2::interval END"""
_REMEMBER = """
INSERT INTO link_preview (digest, found, fetched_at) VALUES ($1, $2, now())
ON CONFLICT (digest) DO UPDATE SET found = excluded.found, fetched_at = excluded.fetched_at"""
_FORGET = "DELETE FROM link_preview WHERE fetched_at < now() - $1::interval"
_WANT = """
INSERT INTO link_preview_wanted (digest, stream, seq, cause) VALUES ($1, $2, $3, $4)
ON CONFLICT (digest, stream, seq) DO UPDATE SET cause = excluded.cause"""
_TAKE = "DELETE FROM link_preview_wanted WHERE digest = $1 RETURNING stream, seq, cause"
_SHOW = """
UPDATE message_now n SET preview = p.preview::jsonb
FROM unnest($2::bigint[], $3::text[]) AS p(seq, preview) WHERE n.stream = $1 AND n.seq = p.seq"""
