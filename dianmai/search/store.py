"""All SQL of search. Indexes: `migrations/0140_search.sql`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from dianmai.core.db import Queries

TERMS_COMPARED = 6
BEFORE, PART = 150, 600
"""Of what a file says, a part is answered, from a little before the first word on."""


class NewRow(NamedTuple):
    """Something to be found. When, by whom and its `no` are taken from the entry."""

    stream: str
    seq: int
    file: str
    kind: str
    title: str
    text: str
    plain: str | None
    about: bytes | None
    words: str  # one a line


class Narrowed(msgspec.Struct, frozen=True):
    """What is looked for besides words."""

    stream: str | None
    kind: str | None
    authors: Sequence[int] | None
    since: datetime | None
    until: datetime | None


class Place(NamedTuple):
    """Where something stands in the order of what is found."""

    points: int
    at: datetime
    stream: str
    seq: int
    file: str


class HitRow(NamedTuple):
    """Something found, with its entry as it is now; of a file, the part of its text around the first word."""

    points: int
    at: datetime
    stream: str
    seq: int
    file: str
    no: int | None
    author: int
    text: str | None
    skipped: int | None  # characters before that part
    length: int | None  # of the whole
    about: bytes | None
    entry_kind: str
    body: bytes


class EntryNow(NamedTuple):
    """An entry with the body it has now."""

    stream: str
    seq: int
    kind: str
    body: bytes


class FileRow(NamedTuple):
    """A place where a file is held."""

    stream: str
    seq: int
    title: str


async def wait_for_no_disk(db: Queries) -> None:
    """What follows from the journal can be made again: its commits need not wait for the disk, nor make others wait."""
    await db.execute("SET LOCAL synchronous_commit TO off")


async def put(db: Queries, rows: Sequence[NewRow]) -> None:
    """Lets these be found, instead of what was found in their places."""
    if rows:
        await db.execute(_PUT, *map(list, zip(*rows, strict=True)))


async def drop(db: Queries, places: Sequence[tuple[str, int]]) -> None:
    """Lets nothing of these entries be found any more."""
    if places:
        await db.execute(_DROP, *map(list, zip(*places, strict=True)))


async def bodies(db: Queries, places: Sequence[tuple[str, int]]) -> list[EntryNow]:
    """What these entries say now."""
    return [EntryNow(*row) for row in await db.fetch(_BODIES, *map(list, zip(*places, strict=True)))] if places else []


async def file_texts(db: Queries, files: Sequence[str]) -> dict[str, str]:
    """What those of the files that were read say."""
    return {r[0]: r[1] for r in await db.fetch(_FILE_TEXTS, list(files))}


async def keep_file_text(db: Queries, file: str, text: str) -> None:
    await db.execute(_KEEP_FILE_TEXT, file, text)


async def file_rows(db: Queries, file: str) -> list[FileRow]:
    """Where a file is found now."""
    return [FileRow(*row) for row in await db.fetch(_FILE_ROWS, file)]


async def set_file_text(db: Queries, file: str, text: str, plain: Mapping[tuple[str, int], tuple[str, str]]) -> None:
    """Lets a file be found by its text: for each place what is compared, and its words."""
    places = [(stream, seq, *of_place) for (stream, seq), of_place in plain.items()]
    if places:
        await db.execute(_SET_FILE_TEXT, file, text, *map(list, zip(*places, strict=True)))


async def find(
    db: Queries,
    actor: int,
    query: str,
    untold: Sequence[str],
    phrases: tuple[str, str] | None,
    narrowed: Narrowed,
    after: Place | None,
    limit: int,
    first: str,
) -> list[HitRow]:
    """What one person may read and has these words: first what has one of `phrases`, then newest first.

    `untold` are terms that the index alone cannot tell; around `first` a part of what a file says is answered.
    Memberships stand in the same statement: who was removed before it begins finds nothing, and a newcomer nothing
    from before.
    """
    compared = [*untold[:TERMS_COMPARED], *[""] * (TERMS_COMPARED - len(untold))]
    rows = await db.fetch(
        _FIND, actor, query, *msgspec.structs.astuple(narrowed), *compared, *(phrases or (None, None)), limit,
        *(after or (None,) * 5), first,
    )  # fmt: skip
    return [HitRow(*row) for row in rows]


_PUT = """
INSERT INTO found (stream, seq, file, kind, no, at, author, title, text, plain, about, words)
SELECT p.stream, p.seq, p.file, p.kind, e.no, e.at, e.actor, p.title, p.text, p.plain, p.about,
  array_to_tsvector(string_to_array(p.words, E'\\n'))
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[],
  $9::text[]) AS p(stream, seq, file, kind, title, text, plain, about, words)
JOIN entry e ON e.stream = p.stream AND e.seq = p.seq
ON CONFLICT (stream, seq, file) DO UPDATE SET title = excluded.title, text = excluded.text, plain = excluded.plain,
  about = excluded.about, words = excluded.words"""
_DROP = """
DELETE FROM found f USING unnest($1::text[], $2::bigint[]) AS p(stream, seq)
WHERE f.stream = p.stream AND f.seq = p.seq"""
_BODIES = """
SELECT e.stream, e.seq, e.kind, e.body FROM entry e
JOIN unnest($1::text[], $2::bigint[]) AS p(stream, seq) ON e.stream = p.stream AND e.seq = p.seq"""
_FILE_TEXTS = "SELECT file, text FROM file_text WHERE file = ANY($1::text[])"
_KEEP_FILE_TEXT = "INSERT INTO file_text (file, text) VALUES ($1, $2) ON CONFLICT (file) DO NOTHING"
_FILE_ROWS = "SELECT stream, seq, title FROM found WHERE file = $1 AND file <> ''"
_SET_FILE_TEXT = """
UPDATE found f SET text = $2, plain = p.plain, words = array_to_tsvector(string_to_array(p.words, E'\\n'))
FROM unnest($3::text[], $4::bigint[], $5::text[], $6::text[]) AS p(stream, seq, plain, words)
WHERE f.stream = p.stream AND f.seq = p.seq AND f.file = $1"""
# Conversations are words of their own. Notices share one: a person has many of them, and all together they are few.
_MINE = """
mine AS MATERIALIZED (
  SELECT m.stream, m.first_seq FROM member m
  WHERE m.actor = $1 AND m.left_at IS NULL AND (m.stream LIKE 'chat:%' OR m.stream LIKE 'notice:%')
    AND ($3::text IS NULL OR m.stream = $3)),
places AS (
  SELECT string_agg(DISTINCT quote_literal(
    CASE WHEN stream LIKE 'chat:%' THEN stream ELSE 'notice:' END), ' | ')::tsquery AS query FROM mine)"""
# Candidates come from the index alone, before anything is joined: its bitmap is the only fast way in.
_FIND = f"""
WITH {_MINE},
candidates AS MATERIALIZED (
  SELECT f.stream, f.seq, f.file, f.at, CASE WHEN strpos(coalesce(f.plain, f.text), $14::text) > 0
    OR strpos(coalesce(f.plain, f.text), $15::text) > 0 THEN 1 ELSE 0 END AS points
  FROM found f
  WHERE f.words @@ ($2::text::tsquery && (SELECT query FROM places))
    AND ($4::text IS NULL OR f.kind = $4) AND ($5::bigint[] IS NULL OR f.author = ANY($5))
    AND ($6::timestamptz IS NULL OR f.at >= $6) AND ($7::timestamptz IS NULL OR f.at < $7)
    AND ($8::text = '' OR strpos(coalesce(f.plain, f.text), $8) > 0)
    AND ($9::text = '' OR strpos(coalesce(f.plain, f.text), $9) > 0)
    AND ($10::text = '' OR strpos(coalesce(f.plain, f.text), $10) > 0)
    AND ($11::text = '' OR strpos(coalesce(f.plain, f.text), $11) > 0)
    AND ($12::text = '' OR strpos(coalesce(f.plain, f.text), $12) > 0)
    AND ($13::text = '' OR strpos(coalesce(f.plain, f.text), $13) > 0)),
best AS MATERIALIZED (
  SELECT c.* FROM candidates c JOIN mine USING (stream)
  WHERE c.seq >= mine.first_seq
    AND ($17::integer IS NULL OR (c.points, c.at, c.stream, c.seq, c.file)
      < ($17, $18::timestamptz, $19::text, $20::bigint, $21::text))
  ORDER BY c.points DESC, c.at DESC, c.stream DESC, c.seq DESC, c.file DESC LIMIT $16)
SELECT b.points, b.at, b.stream, b.seq, b.file, f.no, f.author, part.text, part.skipped, part.length, f.about,
  e.kind, e.body
FROM best b JOIN found f USING (stream, seq, file) JOIN entry e USING (stream, seq)
LEFT JOIN LATERAL (
  SELECT substr(f.text, whole.skipped + 1, {PART}) AS text, whole.skipped, whole.length FROM (
    SELECT least(length(f.text), greatest(0, strpos(f.plain, $22::text) - length(f.title) - {BEFORE})) AS skipped,
      length(f.text) AS length) AS whole) AS part ON f.kind = 'file'
ORDER BY b.points DESC, b.at DESC, b.stream DESC, b.seq DESC, b.file DESC"""  # noqa: S608 - put together from constants
