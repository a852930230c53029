"""The SQL of quiet hours. See `migrations/0171_quiet_hours.sql`; along its primary key."""

from dianmai.core.db import Queries
from dianmai.wire.accounts import QuietHours


async def quiet_hours(db: Queries, actor: int) -> QuietHours | None:
    """When an actor wants to be left alone; None: never said."""
    row = await db.fetchrow(
        "SELECT active, from_minute, until_minute, days FROM quiet_hours WHERE actor = $1",
        actor,
    )
    return QuietHours(on=row[0], from_minute=row[1], until_minute=row[2], days=row[3]) if row is not None else None


async def set_quiet_hours(db: Queries, actor: int, hours: QuietHours) -> None:
    await db.execute(_SET, actor, hours.on, hours.from_minute, hours.until_minute, hours.days)


_SET = """
INSERT INTO quiet_hours (actor, active, from_minute, until_minute, days) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (actor) DO UPDATE SET active = excluded.active, from_minute = excluded.from_minute,
  until_minute = excluded.until_minute, days = excluded.days"""
