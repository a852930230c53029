"""SQL of finished notices."""

from dianmai.core.db import Queries


async def unlist_done(db: Queries, notice: int, stream: str) -> bool:
    """Takes the notice off the lists of all who are done with it; False when it was on none of these."""
    return await db.fetchval(_UNLIST_DONE, notice, stream) > 0


async def anybody_owes(db: Queries, notice: int) -> bool:
    """Whether somebody still in the company is not done with the notice."""
    return await db.fetchval(_ANYBODY_OWES, notice)


_UNLIST_DONE = """
WITH unlisted AS (
  UPDATE member m SET listed = false FROM notice_recipient r
  WHERE r.notice = $1 AND r.state >= r.owes AND m.stream = $2 AND m.actor = r.person AND m.listed RETURNING m.actor)
SELECT count(*) FROM unlisted"""
_ANYBODY_OWES = """
SELECT EXISTS (SELECT FROM notice_recipient WHERE notice = $1 AND state < owes AND left_at IS NULL)"""
