"""Withdrawing what an entry says: its body goes to where only the audit reads it, another one is shown in its place.

Every reader of the journal reads the body that is shown: catching up, pages, followers, search. The hashes stay those
of the body that was appended.
"""

from collections.abc import Sequence

from dianmai.core.db import Queries


async def show_instead(db: Queries, stream: str, seqs: Sequence[int], body: bytes) -> None:
    """Shows `body` in place of what these entries said. Call it in a transaction that holds the stream.

    What they were appended with is kept the first time; what was shown in between is written in later entries.
    """
    await db.execute(_SHOW_INSTEAD, stream, list(seqs), body)


async def as_appended(db: Queries, stream: str, seq: int) -> bytes | None:
    """What an entry said when it was appended. For the audit alone."""
    return await db.fetchval(_AS_APPENDED, stream, seq)


_SHOW_INSTEAD = """
WITH kept AS (
  INSERT INTO sealed_entry (stream, seq, body) SELECT stream, seq, body FROM entry
  WHERE stream = $1 AND seq = ANY($2::bigint[]) ON CONFLICT DO NOTHING)
UPDATE entry SET body = $3 WHERE stream = $1 AND seq = ANY($2::bigint[])"""
_AS_APPENDED = """
SELECT coalesce(s.body, e.body) FROM entry e LEFT JOIN sealed_entry s USING (stream, seq)
WHERE e.stream = $1 AND e.seq = $2"""
