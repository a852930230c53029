"""Duties: who answers for equipment, products, displays, fire safety in a unit, and who does when that one has left.

What there is to answer for is the company's own list. Nothing has to be tidied up when people move: whom a duty reaches
is worked out from who works in the unit when it is asked.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dianmai.core.db import Queries
from dianmai.core.errors import Invalid, NotFound
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, reading, writing
from dianmai.core.text import require_name
from dianmai.org import duty_store, pinyin, rules, store, words
from dianmai.org.duty_store import DutyNames, DutyRow, HeldDutyRow
from dianmai.org.names import same
from dianmai.org.people import briefs
from dianmai.org.rights import administers, may, require_right
from dianmai.wire.duties import (
    Duties,
    DutiesSet,
    Duty,
    DutyHeld,
    DutyHolders,
    DutySet,
    GetDuties,
    GetDutyHolders,
    SetDuties,
    SetDutyHolder,
)


class Responsible(NamedTuple):
    """A duty in a unit and whom it may reach: who works there of the one responsible and the deputy, in this order."""

    id: int
    names: DutyNames
    person: int | None
    people: list[int]

    def fits(self, typed: str) -> bool:
        """Whether somebody means it who has typed this: the name or a part of it, more than it, pinyin, initials."""
        text = words.plain(typed)
        called = (words.plain(self.names.zh), words.plain(self.names.en))
        if not text or any(text in name or name in text for name in called):
            return True
        return any(written.startswith(text) for written in (self.names.pinyin, self.names.initials))


@reading("org.duties")
async def duties(act: Act, ask: GetDuties) -> Duties:
    """The company's list of what somebody can answer for in a unit, in both languages, and whether the asker may change
    it.

    Everybody signed in may see it. Refuses `forbidden` (bots, devices, guests).
    """
    rules.require_colleague(act.actor)
    rows = await duty_store.duties(act.db)
    return Duties(duties=_told(rows), may_set=await administers(act.db, act.actor, None))


@writing("org.set_duties")
async def set_duties(act: Act, ask: SetDuties) -> Duties:
    """Makes these the company's list, in this order, and answers it. What is not on it any more nobody answers for.

    At most 30, each with a name of 1–20 characters and one in English (without it, the same); `duty` is the id of one
    that is there already and is renamed at most. One that comes back under its name has its people again. Noted for the
    audit. Needs the right `administer` over the whole company. Refuses `forbidden`, `not_found` (no such duty),
    `duplicate_duty` (two of one name, or twice the same), `blank_text`, `bidi_control`, `control_character`.
    """
    await require_right(act, "administer", await store.top_unit(act.db))
    named = [_named(wish.name, wish.name_en) for wish in ask.duties]
    ids = [wish.duty for wish in ask.duties]
    rules.require_distinct_duties([names.zh for names in named], [id for id in ids if id is not None])
    before = await duty_store.hold_duties(act.db)
    if not {id for id in ids if id is not None} <= {row.id for row in before if not row.ended}:
        raise NotFound("not_found", field="duties")
    # What is on the list wins over what was on it, a later one over an earlier one.
    there = {
        same(row.name_zh): row.id
        for row in sorted(before, key=lambda row: (not row.ended, row.id))
        if row.id not in ids
    }
    ids = [there.get(same(names.zh)) if id is None else id for id, names in zip(ids, named, strict=True)]
    await duty_store.set_duties(act.db, ids, named)
    old, new = _told(before), _told(await duty_store.duties(act.db))
    if old != new:
        act.tx.append(Draft("org", "org.duties_set", DutiesSet(before=old, after=new)))
    return Duties(duties=new, may_set=True)


@reading("org.duty_holders")
async def duty_holders(act: Act, ask: GetDutyHolders) -> DutyHolders:
    """Who answers for what in a unit: each duty of the list with who is responsible, the deputy, and whom it reaches
    now (`acting`: the deputy when the one responsible works there no more; nobody when neither does).

    Everybody signed in may see it. Refuses `forbidden` (bots, devices, guests), `not_found` (no such unit).
    """
    rules.require_colleague(act.actor)
    if not await store.units(act.db, [ask.unit]):
        raise NotFound("not_found", field="unit")
    return await _held(act, ask.unit)


@writing("org.set_duty_holder")
async def set_duty_holder(act: Act, ask: SetDutyHolder) -> DutyHolders:
    """Says who answers for something in a unit, and who does when that one works there no more.

    Without `person` nobody. Both hold a position in the unit or below it. Noted for the audit. For who holds the right
    `administer` over the unit: its manager, and those above. Answers all duties of the unit. Refuses `forbidden`,
    `not_found` (no such unit or duty), `not_in_unit`, `same_person`, `deputy_alone`.
    """
    await require_right(act, "administer", ask.unit)
    rules.require_two_people(ask.person, ask.deputy)
    await duty_store.hold_unit(act.db, ask.unit)
    row = next((row for row in await duty_store.held_in(act.db, ask.unit) if row.id == ask.duty), None)
    if row is None:
        raise NotFound("not_found", field="duty")
    await _require_here(act, ask, row)
    if (row.person, row.deputy) != (ask.person, ask.deputy):
        await duty_store.set_holder(act.db, ask.unit, ask.duty, ask.person, ask.deputy)
        body = DutySet(
            unit=ask.unit,
            duty=ask.duty,
            person=ask.person,
            deputy=ask.deputy,
            person_before=row.person,
            deputy_before=row.deputy,
        )
        act.tx.append(Draft("org", "org.duty_set", body))
    return await _held(act, ask.unit)


async def responsible(db: Queries, unit: int) -> list[Responsible]:
    """Every duty of the list as it stands in a unit."""
    return [Responsible(row.id, row.names, row.person, row.here) for row in await duty_store.held_in(db, unit)]


async def _held(act: Act, unit: int) -> DutyHolders:
    rows = await duty_store.held_in(act.db, unit)
    people = sorted({one for row in rows for one in (row.person, row.deputy) if one is not None})
    named = {brief.id: brief for brief in await briefs(act.db, people, act.language)}
    return DutyHolders(
        duties=[
            DutyHeld(
                duty=row.id,
                name=row.names.zh if act.language == "zh-CN" else row.names.en,
                person=named.get(row.person or 0),
                deputy=named.get(row.deputy or 0),
                acting=next(iter(row.here), None),
            )
            for row in rows
        ],
        may_set=await may(act.db, act.actor, "administer", unit),
    )


async def _require_here(act: Act, ask: SetDutyHolder, before: HeldDutyRow) -> None:
    """Refuses to give a duty to somebody from elsewhere. Who has it already may keep it."""
    people = {"person": ask.person, "deputy": ask.deputy}
    new = [one for one in people.values() if one is not None and one not in (before.person, before.deputy)]
    here = await duty_store.working_in(act.db, ask.unit, new)
    for field, person in people.items():
        if person in new and person not in here:
            named = await briefs(act.db, [person], act.language)
            raise Invalid("not_in_unit", field=field, name=named[0].name if named else str(person))


def _told(rows: Sequence[DutyRow]) -> list[Duty]:
    return [Duty(duty=row.id, name=row.name_zh, name_en=row.name_en) for row in rows if not row.ended]


def _named(name: str, name_en: str) -> DutyNames:
    zh = require_name(name, "duties")
    en = require_name(name_en, "duties") if name_en else zh
    return DutyNames(zh, en, *pinyin.spelled(zh))
