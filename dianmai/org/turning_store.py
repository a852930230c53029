"""The SQL of dates that have come. Indexes: `migrations/0010_org.sql`."""

from datetime import date, datetime

from dianmai.core.db import Queries


async def begin_holdings(db: Queries, now: datetime) -> list[int]:
    """Turns on the positions whose first day has come where they are held; answers the people."""
    return [row[0] for row in await db.fetch(_BEGIN, now)]


async def past_last_day(db: Queries, now: datetime) -> list[tuple[int, date]]:
    """People whose last day has passed, with the day after it."""
    return [(row[0], row[1]) for row in await db.fetch(_PAST, now)]


_BEGIN = """
UPDATE holding h SET held = true FROM unit u
WHERE u.id = h.unit AND h.until_date IS NULL AND NOT h.held
  AND h.from_date <= ($1::timestamptz AT TIME ZONE u.time_zone)::date
RETURNING h.person"""
_PAST = """
SELECT p.id, p.last_day + 1 FROM person p
LEFT JOIN LATERAL (
  SELECT u.time_zone FROM holding h JOIN unit u ON u.id = h.unit
  WHERE h.person = p.id AND h.until_date IS NULL ORDER BY h.rank LIMIT 1) z ON true
WHERE p.state <> 'left' AND p.last_day < ($1::timestamptz AT TIME ZONE coalesce(z.time_zone, 'Asia/Shanghai'))::date
ORDER BY p.id"""
