"""The SQL of company policies."""

from dianmai.core.db import Queries


async def policies(db: Queries) -> dict[str, str]:
    """What has been set: names and values, as JSON."""
    return {row[0]: row[1] for row in await db.fetch("SELECT name, value FROM policy")}


async def set_policy(db: Queries, name: str, value: str, by: int) -> None:
    await db.execute(_SET, name, value, by)


_SET = """
INSERT INTO policy (name, value, set_by) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_by = excluded.set_by, set_at = now()"""
