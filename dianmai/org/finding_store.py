"""The SQL of finding people and units, and of keeping the words they are found by. Indexes: `0010_org.sql`."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dianmai.core.db import Queries


class FoundPersonRow(NamedTuple):
    """A candidate with all that may have matched."""

    id: int
    name: str
    employee_no: str
    phone: str | None
    pinyin: str
    initials: str
    place: int  # of the most senior position
    units: list[int]
    positions: list[str]


class FindableRow(NamedTuple):
    """What a person's words are made of."""

    id: int
    name: str
    employee_no: str
    units: list[int]
    positions: list[str]


async def people_found(db: Queries, query: str, most: int, among: str | None) -> list[int]:
    """`among`: only those who hear this stream."""
    if among is None:
        return [row[0] for row in await db.fetch(_PEOPLE_FOUND, query, most)]
    return [row[0] for row in await db.fetch(_PEOPLE_FOUND_AMONG, query, most, among)]


async def leading(db: Queries, among: str, most: int) -> list[int]:
    """Who hears this stream, the most senior first."""
    return [row[0] for row in await db.fetch(_LEADING, among, most)]


async def people_phoned(db: Queries, tail: str, most: int) -> list[int]:
    """People whose phone number ends with these digits."""
    return [row[0] for row in await db.fetch(_PEOPLE_PHONED, tail[::-1] + "%", most)]


async def units_found(db: Queries, query: str, most: int) -> list[int]:
    return [row[0] for row in await db.fetch(_UNITS_FOUND, query, most)]


async def positions_found(db: Queries, query: str, whole: str) -> dict[str, bool]:
    return {row[0]: row[1] for row in await db.fetch(_POSITIONS_FOUND, query, whole)}


async def candidates(db: Queries, people: Sequence[int]) -> list[FoundPersonRow]:
    return [FoundPersonRow(*row) for row in await db.fetch(_CANDIDATES, list(people))]


async def findable(db: Queries, people: Sequence[int]) -> list[FindableRow]:
    return [FindableRow(*row) for row in await db.fetch(_FINDABLE, list(people))]


async def units_coded(db: Queries, codes: Sequence[str]) -> dict[str, int]:
    """The open units with one of these codes."""
    return {row[0]: row[1] for row in await db.fetch(_UNITS_CODED, list(codes))}


async def people_numbered(db: Queries, numbers: Sequence[str]) -> dict[str, int]:
    """Who is here with one of these employee numbers."""
    return {row[0]: row[1] for row in await db.fetch(_PEOPLE_NUMBERED, list(numbers))}


async def people_around(db: Queries, units: Sequence[int]) -> list[int]:
    """Who holds a position in or below these units."""
    return [row[0] for row in await db.fetch(_PEOPLE_AROUND, list(units))]


async def unit_names(db: Queries, units: Sequence[int]) -> list[tuple[int, str, str | None, bool]]:
    """Id, name, code and whether open."""
    return [(r[0], r[1], r[2], r[3]) for r in await db.fetch(_UNIT_NAMES, list(units))]


async def position_names(db: Queries) -> dict[str, list[str]]:
    """All names of the positions whose words are not written yet."""
    return {row[0]: row[1] for row in await db.fetch(_POSITION_NAMES)}


async def set_person_words(db: Queries, words: Mapping[int, str]) -> None:
    """`words` are separated by line ends; none at all makes somebody unfindable."""
    await db.execute("DELETE FROM person_find WHERE person = ANY($1::bigint[])", list(words))
    kept = {person: line for person, line in words.items() if line}
    await db.execute(_ADD_PERSON_WORDS, list(kept), list(kept.values()))


async def set_unit_words(db: Queries, words: Mapping[int, str]) -> None:
    await db.execute("DELETE FROM unit_find WHERE unit = ANY($1::bigint[])", list(words))
    kept = {unit: line for unit, line in words.items() if line}
    await db.execute(_ADD_UNIT_WORDS, list(kept), list(kept.values()))


async def add_position_words(db: Queries, words: Mapping[str, str]) -> None:
    await db.execute(_ADD_POSITION_WORDS, list(words), list(words.values()))


_PEOPLE_FOUND = "SELECT person FROM person_find WHERE words @@ $1::text::tsquery LIMIT $2"
# Along the members' primary key: whoever has a common name elsewhere never crowds out those who are meant.
_PEOPLE_FOUND_AMONG = """
SELECT f.person FROM person_find f JOIN member m ON m.stream = $3 AND m.actor = f.person AND m.left_at IS NULL
WHERE f.words @@ $1::text::tsquery LIMIT $2"""
_LEADING = """
SELECT p.id FROM member m JOIN person p ON p.id = m.actor
LEFT JOIN holding h ON h.person = p.id AND h.until_date IS NULL LEFT JOIN position o ON o.code = h.position
WHERE m.stream = $1 AND m.left_at IS NULL
GROUP BY p.id ORDER BY coalesce(min(o.place), 10000), p.name COLLATE "C", p.id LIMIT $2"""
_PEOPLE_PHONED = "SELECT id FROM person WHERE reverse(phone) LIKE $1 AND state <> 'left' LIMIT $2"
_UNITS_FOUND = "SELECT unit FROM unit_find WHERE words @@ $1::text::tsquery LIMIT $2"
# Both along the unique indexes of their columns.
_UNITS_CODED = "SELECT code, id FROM unit WHERE code = ANY($1::text[]) AND closed_at IS NULL"
_PEOPLE_NUMBERED = "SELECT employee_no, id FROM person WHERE employee_no = ANY($1::text[]) AND state <> 'left'"
_POSITIONS_FOUND = """
SELECT position, words @@ $2::text::tsquery FROM position_find WHERE words @@ $1::text::tsquery"""
_AROUND = """
  ARRAY(SELECT DISTINCT s.id FROM holding h JOIN unit u ON u.id = h.unit CROSS JOIN LATERAL unnest(u.line) AS s(id)
        WHERE h.person = p.id AND h.until_date IS NULL),
  ARRAY(SELECT DISTINCT position FROM holding WHERE person = p.id AND until_date IS NULL)"""
_CANDIDATES = f"""
SELECT p.id, p.name, p.employee_no, p.phone, p.pinyin, p.initials,
  coalesce((SELECT min(o.place) FROM holding h JOIN position o ON o.code = h.position
            WHERE h.person = p.id AND h.until_date IS NULL), 10000), {_AROUND}
FROM person p WHERE p.id = ANY($1::bigint[])"""  # noqa: S608 - put together from constants
_FINDABLE = f"""
SELECT p.id, p.name, p.employee_no, {_AROUND}
FROM person p WHERE p.id = ANY($1::bigint[]) AND p.state <> 'left'"""  # noqa: S608 - put together from constants
_PEOPLE_AROUND = """
SELECT DISTINCT h.person FROM unit_above a JOIN holding h ON h.unit = a.unit
WHERE h.until_date IS NULL AND a.above = ANY($1::bigint[])"""
_UNIT_NAMES = "SELECT id, name, code, closed_at IS NULL FROM unit WHERE id = ANY($1::bigint[])"
_POSITION_NAMES = """
SELECT code, ARRAY[name_zh, name_en] || also FROM position o
WHERE NOT EXISTS (SELECT FROM position_find f WHERE f.position = o.code)"""
_ADD_PERSON_WORDS = """
INSERT INTO person_find (person, words)
SELECT person, array_to_tsvector(string_to_array(line, E'\\n'))
FROM unnest($1::bigint[], $2::text[]) AS n(person, line)"""
_ADD_UNIT_WORDS = """
INSERT INTO unit_find (unit, words)
SELECT unit, array_to_tsvector(string_to_array(line, E'\\n')) FROM unnest($1::bigint[], $2::text[]) AS n(unit, line)"""
_ADD_POSITION_WORDS = """
INSERT INTO position_find (position, words)
SELECT code, array_to_tsvector(string_to_array(line, E'\\n')) FROM unnest($1::text[], $2::text[]) AS n(code, line)"""
