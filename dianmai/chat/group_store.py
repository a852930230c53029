"""The SQL of managed groups. Indexes: `migrations/0030_chat.sql`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.json import encode

from dianmai.chat.groups import Group
from dianmai.core.db import Queries


class GroupRow(NamedTuple):
    """A managed group: the audience it follows, and whether its unit has been closed."""

    stream: str
    rule: str
    closed: bool


class GroupChoiceRow(NamedTuple):
    """A managed group as one to address: the audience it follows, and the unit that rests on, if any."""

    stream: str
    title_zh: str
    title_en: str
    members: int
    rule: str
    unit: int | None


class UnitGroupRow(NamedTuple):
    """A managed group as its unit shows it."""

    stream: str
    title_zh: str
    title_en: str
    members: int
    closed: bool


async def add_groups(db: Queries, wanted: Sequence[Group]) -> list[str]:
    """Makes those of these groups that do not exist yet; their streams are to be opened."""
    if not wanted:
        return []
    columns = zip(*((g.key, g.unit, encode(g.rule).decode(), g.title_zh, g.title_en) for g in wanted), strict=True)
    return [row[0] for row in await db.fetch(_ADD_GROUPS, *columns)]


async def keep_groups(db: Queries, wanted: Sequence[Group]) -> None:
    """Brings title and rule of these groups up to date and opens again those that were closed."""
    if wanted:
        columns = zip(*((g.key, encode(g.rule).decode(), g.title_zh, g.title_en) for g in wanted), strict=True)
        await db.execute(_KEEP_GROUPS, *columns)


async def close_groups(db: Queries, units: Iterable[int], but: Sequence[str]) -> None:
    """Closes the groups of these units except those with the keys in `but`."""
    await db.execute(_CLOSE_GROUPS, list(units), list(but))


async def groups(db: Queries) -> list[GroupRow]:
    """All managed groups."""
    return [GroupRow(*row) for row in await db.fetch(_GROUPS)]


async def groups_for(db: Queries, units: Iterable[int], people: Iterable[int]) -> list[GroupRow]:
    """The groups of the whole company and of these units, and those in which one of these people is now."""
    return [GroupRow(*row) for row in await db.fetch(_GROUPS_FOR, list(units), list(people))]


async def groups_to_address(db: Queries, units: Iterable[int], *, company_wide: bool) -> list[GroupChoiceRow]:
    """The open groups of these units but the stores', and on demand those of the whole company, these first."""
    return [GroupChoiceRow(*row) for row in await db.fetch(_GROUPS_TO_ADDRESS, list(units), company_wide)]


async def groups_of_unit(db: Queries, unit: int, *, company_wide: bool) -> list[UnitGroupRow]:
    """The groups made from a unit, and on demand those of the whole company; closed ones last."""
    return [UnitGroupRow(*row) for row in await db.fetch(_GROUPS_OF_UNIT, unit, company_wide)]


async def members_now(db: Queries, streams: Iterable[str], people: Iterable[int] | None) -> dict[str, set[int]]:
    """Who of these people (None: who at all) is in each of these groups."""
    found: dict[str, set[int]] = {}
    for row in await db.fetch(_MEMBERS_NOW, list(streams), None if people is None else list(people)):
        found.setdefault(row[0], set()).add(row[1])
    return found


async def members_of_units(db: Queries, units: Iterable[int]) -> set[int]:
    """Who is in a group of one of these units."""
    return {row[0] for row in await db.fetch(_MEMBERS_OF_UNITS, list(units))}


async def count_members(db: Queries, more: Mapping[str, int]) -> dict[str, int]:
    """Adds to (or, below zero, takes from) each group's number of members; answers the numbers as they are then."""
    return {row[0]: row[1] for row in await db.fetch(_COUNT_MEMBERS, list(more), list(more.values()))}


_ADD_GROUPS = """
INSERT INTO conversation (kind, key, unit, rule, title_zh, title_en)
SELECT 'group', w.key, w.unit, w.rule::jsonb, w.title_zh, w.title_en
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[]) AS w(key, unit, rule, title_zh, title_en)
ON CONFLICT (key) DO NOTHING RETURNING stream"""
_KEEP_GROUPS = """
UPDATE conversation c SET title_zh = w.title_zh, title_en = w.title_en, rule = w.rule::jsonb, closed_at = NULL
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS w(key, rule, title_zh, title_en)
WHERE c.key = w.key AND (c.title_zh <> w.title_zh OR c.title_en <> w.title_en OR c.rule <> w.rule::jsonb
  OR c.closed_at IS NOT NULL)"""
_CLOSE_GROUPS = """
UPDATE conversation SET closed_at = now()
WHERE kind = 'group' AND unit = ANY($1::bigint[]) AND key <> ALL($2::text[]) AND closed_at IS NULL"""
_GROUPS = "SELECT stream, rule, closed_at IS NOT NULL FROM conversation WHERE kind = 'group' ORDER BY stream"
_GROUPS_FOR = """
SELECT stream, rule, closed_at IS NOT NULL FROM conversation
WHERE kind = 'group' AND (unit IS NULL OR unit = ANY($1::bigint[])
  OR stream IN (SELECT m.stream FROM member m WHERE m.actor = ANY($2::bigint[]) AND m.left_at IS NULL))
ORDER BY stream"""
_GROUPS_TO_ADDRESS = """
SELECT stream, title_zh, title_en, members, rule, unit FROM conversation
WHERE kind = 'group' AND closed_at IS NULL AND key NOT LIKE 'store:%'
  AND (unit = ANY($1::bigint[]) OR unit IS NULL AND $2)
ORDER BY unit NULLS FIRST, key"""
_GROUPS_OF_UNIT = """
SELECT stream, title_zh, title_en, members, closed_at IS NOT NULL FROM conversation
WHERE kind = 'group' AND (unit = $1 OR unit IS NULL AND $2)
ORDER BY closed_at IS NOT NULL, unit NULLS FIRST, key"""
_MEMBERS_NOW = """
SELECT stream, actor FROM member
WHERE stream = ANY($1::text[]) AND left_at IS NULL AND ($2::bigint[] IS NULL OR actor = ANY($2))"""
_MEMBERS_OF_UNITS = """
SELECT DISTINCT m.actor FROM conversation c JOIN member m USING (stream)
WHERE c.kind = 'group' AND c.unit = ANY($1::bigint[]) AND m.left_at IS NULL"""
_COUNT_MEMBERS = """
UPDATE conversation c SET members = c.members + w.more
FROM unnest($1::text[], $2::integer[]) AS w(stream, more) WHERE c.stream = w.stream
RETURNING c.stream, c.members"""
