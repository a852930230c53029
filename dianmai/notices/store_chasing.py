"""SQL of chasing."""

from collections.abc import Sequence
from datetime import timedelta

from dianmai.core.db import Queries


async def chase(db: Queries, notice: int, units: Sequence[int], once_in: timedelta) -> int | None:
    """Notes that the missing below these units are asked now; when it is too soon, how many ms to wait instead."""
    noted = await db.fetch(_CHASE, notice, units, once_in)
    return None if len(noted) == len(units) else max(1, await db.fetchval(_WAIT, notice, units, once_in))


_CHASE = """
INSERT INTO notice_chase AS c (notice, unit, at)
SELECT $1, unit, now() FROM unnest($2::bigint[]) AS u(unit) ORDER BY unit
ON CONFLICT (notice, unit) DO UPDATE SET at = excluded.at WHERE c.at <= excluded.at - $3::interval
RETURNING c.unit"""
_WAIT = """
SELECT ceil(extract(epoch FROM max(at) + $3::interval - now()) * 1000)::integer FROM notice_chase
WHERE notice = $1 AND unit = ANY($2::bigint[])"""
