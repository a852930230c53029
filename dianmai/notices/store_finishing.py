"""SQL of finished notices."""

from collections.abc import Sequence

from dianmai.core.db import Queries


async def done(db: Queries, notice: int, stream: str) -> Sequence[int]:
    """Who is done with the notice and still has it in their list."""
    return [r[0] for r in await db.fetch(_DONE, notice, stream)]


async def anybody_owes(db: Queries, notice: int) -> bool:
    """Whether somebody still in the company is not done with the notice."""
    return await db.fetchval(_ANYBODY_OWES, notice)


_DONE = """
SELECT m.actor FROM notice_recipient r JOIN member m ON m.stream = $2 AND m.actor = r.person
WHERE r.notice = $1 AND r.state >= r.owes AND m.listed AND m.left_at IS NULL"""
_ANYBODY_OWES = """
SELECT EXISTS (SELECT FROM notice_recipient WHERE notice = $1 AND state < owes AND left_at IS NULL)"""
