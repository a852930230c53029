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


_PEOPLE = """
WITH part AS MATERIALIZED (
  SELECT
    ARRAY(SELECT jsonb_array_elements_text(p -> 'positions')) AS positions,
    -- NULL: not narrowed by units, by attributes
    CASE WHEN jsonb_array_length(p -> 'units') > 0 THEN ARRAY(
      SELECT DISTINCT a.unit FROM jsonb_array_elements_text(p -> 'units') AS u(id)
      JOIN unit_above a ON a.above = u.id::bigint) END AS units,
    CASE WHEN p -> 'attributes' <> '{}'::jsonb THEN ARRAY(
      SELECT t.unit FROM jsonb_each_text(p -> 'attributes') AS w
      JOIN unit_attribute t ON t.key = w.key AND t.value = w.value
      GROUP BY t.unit HAVING count(*) = (SELECT count(*) FROM jsonb_object_keys(p -> 'attributes'))) END AS stores
  FROM jsonb_array_elements($1::jsonb) AS parts(p)
), chosen AS (
  SELECT h.person, h.position, h.seat, h.rank, h.id FROM part
  CROSS JOIN LATERAL (
    SELECT u.id FROM unit u
    WHERE (part.units IS NULL OR u.id IN (SELECT unnest(part.units)))
      AND (part.stores IS NULL OR u.store IN (SELECT unnest(part.stores)))) AS place
  JOIN holding h ON h.unit = place.id AND h.held
  WHERE (part.positions = '{}' OR h.position = ANY(part.positions))
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
