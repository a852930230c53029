"""The SQL that finds the people of an audience. Indexes: `migrations/0010_org.sql`."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from dianmai.core.db import Queries


class PersonRow(NamedTuple):
    person: int
    name: str
    state: Literal["invited", "active"]
    position: str | None
    title_zh: str | None
    title_en: str | None
    unit: int | None
    unit_name: str | None
    line: list[int] | None
    store: int | None


async def people(
    db: Queries, parts: str, named: Sequence[int], without: Sequence[int], only: Sequence[int] | None
) -> list[PersonRow]:
    """`parts` is the audience's list of parts as JSON text."""
    rows = await db.fetch(_PEOPLE, parts, list(named), list(without), None if only is None else list(only))
    return [PersonRow(*row) for row in rows]


# Parts with units are a branch of their own: they start from the units' holdings, and a store's group costs what the
# store has, however large the company. Together with the parts without units every holding would be looked at.
_PEOPLE = """
WITH part AS MATERIALIZED (
  SELECT n, p -> 'attributes' AS attributes,
    ARRAY(SELECT jsonb_array_elements_text(p -> 'units')::bigint) AS units,
    ARRAY(SELECT jsonb_array_elements_text(p -> 'positions')) AS positions
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS parts(p, n)
), below AS MATERIALIZED (
  SELECT DISTINCT part.n, a.unit FROM part CROSS JOIN LATERAL unnest(part.units) AS asked(id)
  JOIN unit_above a ON a.above = asked.id
), fitting AS MATERIALIZED (
  SELECT part.n, t.unit FROM part CROSS JOIN LATERAL jsonb_each_text(part.attributes) AS w
  JOIN unit_attribute t ON t.key = w.key AND t.value = w.value
  GROUP BY part.n, part.attributes, t.unit
  HAVING count(*) = (SELECT count(*) FROM jsonb_object_keys(part.attributes))
), chosen AS (
  SELECT h.person, h.position, h.seat, h.rank, h.id FROM part JOIN below b ON b.n = part.n JOIN unit u ON u.id = b.unit
  LEFT JOIN fitting f ON f.n = part.n AND f.unit = u.store
  JOIN holding h ON h.unit = u.id AND h.held
  WHERE (part.attributes = '{}'::jsonb OR f.unit IS NOT NULL)
    AND (part.positions = '{}' OR h.position = ANY(part.positions))
    AND ($4::bigint[] IS NULL OR h.person = ANY($4))
  UNION ALL
  SELECT h.person, h.position, h.seat, h.rank, h.id FROM part CROSS JOIN unit u
  LEFT JOIN fitting f ON f.n = part.n AND f.unit = u.store
  JOIN holding h ON h.unit = u.id AND h.held
  WHERE part.units = '{}'
    AND (part.attributes = '{}'::jsonb OR f.unit IS NOT NULL)
    AND (part.positions = '{}' OR h.position = ANY(part.positions))
    AND ($4::bigint[] IS NULL OR h.person = ANY($4))
  UNION ALL
  SELECT named.id, h.position, h.seat, h.rank, h.id
  FROM unnest($2::bigint[]) AS named(id)
  LEFT JOIN LATERAL (
    SELECT position, seat, rank, id FROM holding WHERE person = named.id AND held ORDER BY rank, id LIMIT 1) h ON true
  WHERE $4::bigint[] IS NULL OR named.id = ANY($4)
), best AS (
  SELECT DISTINCT ON (person) person, position, seat FROM chosen
  WHERE NOT person = ANY($3::bigint[]) ORDER BY person, rank, id
)
SELECT p.id, p.name, p.state, b.position, o.name_zh, o.name_en, u.id, u.name, u.line, u.store
FROM best b JOIN person p ON p.id = b.person AND p.state <> 'left'
LEFT JOIN position o ON o.code = b.position LEFT JOIN unit u ON u.id = b.seat
ORDER BY p.id"""
