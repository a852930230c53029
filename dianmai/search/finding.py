"""Searching: what one person may read and has all the words, best or newest first."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dianmai.core.clock import millis, moment
from dianmai.core.db import Queries
from dianmai.core.errors import Language, Unavailable
from dianmai.core.operations import Act, Operation, reading
from dianmai.search import rules, store, words
from dianmai.search.excerpts import excerpt, marks
from dianmai.search.findable import Findable, Said
from dianmai.search.following import compared
from dianmai.search.store import HitRow, Narrowed, Place
from dianmai.wire.org import PersonBrief
from dianmai.wire.search import After, FoundKind, Hit, Hits, Next, Search

LONGEST_S = 2.0
AT_ONCE = 3
"""So many searches of this process: they must leave connections and processors to those who write."""
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What search needs to know of those above it: names of people, and who belongs to a unit."""

    people: Callable[[Queries, Sequence[int], Language], Awaitable[Sequence[PersonBrief]]]
    people_below: Callable[[Queries, int], Awaitable[Sequence[int]]]


def operations(findables: Sequence[Findable], around: Surroundings) -> list[Operation]:
    """`search.find`, over what the features registered."""
    by_kind = {kind: one for one in findables for kind in one.says}
    turns = asyncio.Semaphore(AT_ONCE)

    @reading("search.find")
    async def find(act: Act, ask: Search) -> Hits:
        """Finds messages, files (by name and by what they say) and notices that the person may read and that have all
        words of `text` (1–200 characters, cut at spaces): in Chinese any part of the text, in Latin letters and digits
        the beginnings of words; width and case make no difference.

        Narrowed by `kind`, conversation (`stream`), author (`person`), the authors' `unit` and time (`since`, `until`,
        milliseconds). `order` best: those with the words side by side first, newest first among equals. At most `limit`
        (1–50); `next` goes into `after` for more. `marks` are in code points. Nothing is found in a conversation the
        person was removed from, nor from before they joined. What was said a moment ago may take a second.
        Refuses `query_too_long`, `blank_text`, `search_span`, `search_timeout` (over 2 s), `forbidden` (no person).
        """
        rules.require_colleague(act.actor)
        rules.require_query(ask.text)
        rules.require_span(ask.since, ask.until)
        try:
            async with asyncio.timeout(LONGEST_S), turns:
                return await _find(act, ask, by_kind, around)
        except TimeoutError:
            raise Unavailable("search_timeout") from None

    return [find]


async def _find(act: Act, ask: Search, findables: Mapping[str, Findable], around: Surroundings) -> Hits:
    terms = words.terms(ask.text)
    query = words.query(terms)
    if query is None:
        return Hits(hits=[], people=[])
    authors = await _authors(act, ask, around)
    narrowed = Narrowed(ask.stream, ask.kind, authors, _moment(ask.since), _moment(ask.until))
    after = None if ask.after is None else _place(ask.after)
    phrases = (" ".join(terms), "".join(terms)) if ask.order == "best" and len(terms) > 1 else None
    untold = words.untold(terms)
    hits: list[Hit] = []
    more = True
    # What only looked alike is left out here; a page that would be empty for it is filled from the next one.
    for _ in range(ROUNDS):
        rows = await store.find(
            act.db, act.actor.id, query, untold, phrases, narrowed, after, ask.limit + 1, first=terms[0]
        )
        more = len(rows) > ask.limit
        page = rows[: ask.limit]
        after = Place(*page[-1][:5]) if page else None
        hits = [hit for row in page if (hit := _hit(row, terms, findables)) is not None]
        if hits or not more:
            break
    people = await around.people(act.db, sorted({hit.author for hit in hits}), act.language)
    return Hits(hits=hits, people=list(people), next=_next(after) if more and after is not None else None)


async def _authors(act: Act, ask: Search, around: Surroundings) -> list[int] | None:
    """Of whom the messages may be; None: of anybody."""
    if ask.unit is None:
        return None if ask.person is None else [ask.person]
    below = await around.people_below(act.db, ask.unit)
    return [person for person in below if ask.person in (None, person)]


def _hit(row: HitRow, terms: Sequence[str], findables: Mapping[str, Findable]) -> Hit | None:
    """What is shown of a row, told from its entry as it is now: the index may be a moment behind, or only have found
    something that looks alike. None: it is not there (any more)."""
    findable = findables.get(row.entry_kind)
    said = None if findable is None else findable.says[row.entry_kind](row.body)
    if findable is None or said is None:
        return None
    return _file_hit(row, terms, said) if row.file else _text_hit(row, terms, findable.kind, said)


def _text_hit(row: HitRow, terms: Sequence[str], kind: FoundKind, said: Said) -> Hit | None:
    if not words.has_all(terms, compared(said.title, said.text)):
        return None
    part = excerpt(said.text, terms)
    return Hit(
        kind=kind,
        stream=row.stream,
        seq=row.seq,
        no=row.no,
        at=millis(row.at),
        author=row.author,
        text=part.text,
        marks=part.marks,
        title=said.title,
        title_marks=marks(said.title, terms),
        before=part.before,
        behind=part.behind,
    )


def _file_hit(row: HitRow, terms: Sequence[str], said: Said) -> Hit | None:
    file = next((file for file in said.files if file.id == row.file), None)
    text, skipped, length = row.text or "", row.skipped or 0, row.length or 0
    if file is None or (length == len(text) and not words.has_all(terms, compared(file.name, text))):
        return None
    part = excerpt(text, terms)
    return Hit(
        kind="file",
        stream=row.stream,
        seq=row.seq,
        no=row.no,
        at=millis(row.at),
        author=row.author,
        text=part.text,
        marks=part.marks,
        title=file.name,
        title_marks=marks(file.name, terms),
        before=part.before or skipped > 0,
        behind=part.behind or skipped + len(text) < length,
        file=file,
    )


def _moment(at: int | None) -> datetime | None:
    return None if at is None else moment(at)


def _place(after: After) -> Place:
    return Place(after.points, moment(after.at), after.stream, after.seq, after.file)


def _next(place: Place) -> Next:
    return Next(points=place.points, at=millis(place.at), stream=place.stream, seq=place.seq, file=place.file)
