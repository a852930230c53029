"""Finding people and units by whatever somebody remembers of them, within a second on the phone."""

from collections.abc import Iterator, Sequence
from typing import Final

from dianmai.core.db import Queries
from dianmai.core.operations import Act, reading
from dianmai.org import finding_store, rules, store, words
from dianmai.org.people import briefs
from dianmai.org.ranking import Match, Term, match
from dianmai.org.rights import rights_of
from dianmai.org.units import unit_brief
from dianmai.wire.org import Find, Found, FoundPerson

MOST_UNITS_OF_A_TERM: Final = 100
MOST_CANDIDATES: Final = 100
MOST_UNITS: Final = 10
SHORTEST_PHONE_TAIL: Final = 4


@reading("org.find")
async def find(act: Act, ask: Find) -> Found:
    """Finds people and units: by name or a part of it, pinyin, initials, employee number, the last four or more digits
    of a phone number, store name or code, position, and any of these together: "徐家汇 店长", "xjh dz", "xjhdz".

    Best first, with `why`: name, pinyin, initials, number, phone, store or position. At most `limit` people (1–50) and
    ten units. Leavers and closed units are not found. A phone number finds only people whose number you may see.
    Refuses `query_too_long` (over 200 characters).
    """
    rules.require_colleague(act.actor)
    rules.require_short_query(ask.text)
    asked = words.terms(ask.text)
    if not asked:
        return Found(people=[], units=[])
    terms = [await _term(act.db, text) for text in asked]
    people = await _people(act, terms, ask.limit)
    if not people and len(terms) == 1:
        people = await _people_by_cutting(act, terms[0], ask.limit)
    units = await _units(act.db, terms)
    found = {brief.id: brief for brief in await briefs(act.db, [id for id, _ in people], act.language)}
    return Found(
        people=[FoundPerson(person=found[id], why=one.why) for id, one in people],
        units=[unit_brief(row) for row in units],
    )


async def people_below(db: Queries, unit: int) -> list[int]:
    """Who holds a position in this unit or one below it."""
    return await finding_store.people_around(db, [unit])


async def find_among(act: Act, text: str, stream: str, limit: int) -> list[int]:
    """Those who hear a stream whom a text fits best; never by their phone numbers."""
    terms = [await _term(act.db, term) for term in words.terms(text)]
    return [person for person, _ in await _people(act, terms, limit, among=stream)] if terms else []


async def leading_among(act: Act, stream: str, limit: int) -> list[int]:
    """Those who hear a stream, the most senior first."""
    return await finding_store.leading(act.db, stream, limit)


async def positions_fitting(db: Queries, text: str) -> set[str]:
    """The positions that a text may mean: by any of their names or its beginning, pinyin, initials."""
    found = [await finding_store.positions_found(db, words.beginning(t), words.whole(t)) for t in words.terms(text)]
    return set(found[0]).intersection(*found[1:]) if found else set()


async def _term(db: Queries, text: str) -> Term:
    if len(text) == 1 and text.isascii():
        return Term(text, {}, {})  # a single letter begins half of all stores' names
    beginning, whole = words.beginning(text), words.whole(text)
    units = dict.fromkeys(await finding_store.units_found(db, whole, MOST_UNITS_OF_A_TERM), True)
    for unit in await finding_store.units_found(db, beginning, MOST_UNITS_OF_A_TERM):
        units.setdefault(unit, False)
    return Term(text, units, await finding_store.positions_found(db, beginning, whole))


async def _people(act: Act, terms: list[Term], limit: int, *, among: str | None = None) -> list[tuple[int, Match]]:
    """The best `limit` people. What fits better is looked for first, so that the many half fits cannot crowd it out.

    `among`: of those who hear this stream, by no phone number.
    """
    found: set[int] = set()
    if among is None and len(terms) == 1 and terms[0].text.isdigit() and len(terms[0].text) >= SHORTEST_PHONE_TAIL:
        found.update(await finding_store.people_phoned(act.db, terms[0].text, MOST_CANDIDATES))
    for query in _queries(terms):
        if len(found) < limit:
            found.update(await finding_store.people_found(act.db, query, MOST_CANDIDATES, among))
    rows = await finding_store.candidates(act.db, sorted(found))
    seen = await _phones_seen(act, [row.id for row in rows], terms) if among is None else set[int]()
    matches = [(row, one) for row in rows if (one := match(row, terms, sees_phone=row.id in seen)) is not None]
    matches.sort(key=lambda pair: (-pair[1].points, pair[0].place, pair[0].name, pair[0].id))
    return [(row.id, one) for row, one in matches[:limit]]


async def _people_by_cutting(act: Act, term: Term, limit: int) -> list[tuple[int, Match]]:
    """Two terms written as one: the first cut that finds somebody."""
    best: list[tuple[int, Match]] = []
    for first, second in words.cuts(term.text):
        people = await _people(act, [await _term(act.db, first), await _term(act.db, second)], limit)
        best = max(best, people, key=lambda found: max((one.points for _, one in found), default=0))
    return best


async def _units(db: Queries, terms: list[Term]) -> list[store.UnitRow]:
    """Units that fit all terms, those that fit one wholly first, then short names first."""
    fitting = set(terms[0].units).intersection(*(term.units for term in terms[1:]))
    rows = (await store.units(db, sorted(fitting))).values()
    ranked = sorted(rows, key=lambda row: (not any(term.units[row.id] for term in terms), len(row.name), row.id))
    return ranked[:MOST_UNITS]


def _queries(terms: list[Term]) -> Iterator[str]:
    """From the narrowest to the widest: whole fits, the names and numbers that begin so, then any part of them."""
    yield " & ".join(words.whole(term.text) for term in terms)
    yield " & ".join(words.belonging(words.whole(term.text), term.meant_units, list(term.positions)) for term in terms)
    yield " & ".join(words.start(term.text) for term in terms)
    parts = [words.start(t.text) if t.is_vague else words.beginning(t.text) for t in terms]
    yield " & ".join(
        words.belonging(part, term.meant_units, list(term.positions)) for part, term in zip(parts, terms, strict=True)
    )


async def _phones_seen(act: Act, people: Sequence[int], terms: list[Term]) -> set[int]:
    """Of which of these people the acting one may see the phone number; asked only where a term could be one."""
    if not any(term.text.isdigit() and len(term.text) >= SHORTEST_PHONE_TAIL for term in terms):
        return set()
    if act.actor.kind == "system":
        return set(people)
    own = [row.line for row in await store.held(act.db, [act.actor.id])]
    rights = await rights_of(act.db, act.actor.id)
    lines: dict[int, list[list[int]]] = {}
    for row in await store.held(act.db, people):
        lines.setdefault(row.person, []).append(row.line)
    return {
        person
        for person in people
        if rules.may_see_phone(own, rights, lines.get(person, []), self=person == act.actor.id)
    }
