"""Carries out a plan inside one transaction: all of it or nothing, with one statement for each kind of change."""

import asyncio
from datetime import date

import msgspec

from dianmai.core.access import allow_access, create_actors
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.org import pinyin
from dianmai.org.findable import make_findable
from dianmai.org.hr_sync import store
from dianmai.org.hr_sync.plan import Plan, PlannedPerson, PlannedUnit, Steps, UnitRef
from dianmai.org.hr_sync.standing import Path, Standing
from dianmai.org.leaving import leave
from dianmai.org.store import count_units
from dianmai.wire.org import OrgChanged

LARGE = 500


async def carry_out(tx: Transaction, plan: Plan, standing: Standing, today: date) -> None:
    """Brings the organisation into the planned state and tells followers with one `org.changed`.

    The caller holds the organisation's lock since before it read `standing`.
    """
    steps = plan.steps
    if steps.empty:
        return
    await store.add_positions(tx.db, steps.positions)
    unit_ids = await _carry_out_units(tx, steps)
    people_ids = await _carry_out_people(tx, steps)
    people_ids |= {number: person.id for number, person in standing.people.items()}
    await _carry_out_holdings(tx, steps, unit_ids, people_ids, today)
    await leave(tx, steps.leavers, today)
    if len(steps.people) >= LARGE:
        await store.take_statistics(tx.db)
    units = sorted({*unit_ids.values(), *plan.units_touched})
    people = _people_touched(steps, standing, people_ids)
    staying = sorted(people.difference(steps.leavers))
    await store.find_seats(tx.db, None if units else staying)
    await count_units(tx.db)
    await make_findable(tx.db, staying, units)
    counts, changes = (msgspec.json.encode(part).decode() for part in (plan.counts, plan.changes))
    await store.add_report(tx.db, tx.actor.id, plan.digest, plan.rows, counts, changes)
    tx.append(Draft("org", "org.changed", OrgChanged(people=sorted(people), units=units, cause="hr_import")))


async def _carry_out_units(tx: Transaction, steps: Steps) -> dict[Path, int]:
    """Makes, changes and closes units; answers the ids of new ones."""
    paths = [unit.unit for unit in steps.units_new if isinstance(unit.unit, tuple)]
    ids = dict(zip(paths, await store.new_unit_ids(tx.db, len(paths)), strict=True))
    changed = [_unit_values(unit, ids) for unit in steps.units_changed]
    # Codes first: a new store may take over a code that a changed one gives up.
    await store.set_codes(tx.db, [(id, code) for id, _, _, code, _, _ in changed])
    await store.add_units(tx.db, [_unit_values(unit, ids) for unit in steps.units_new])
    await store.change_units(tx.db, changed)
    await store.close_units(tx.db, steps.units_closed)
    speaking = [unit for unit in (*steps.units_new, *steps.units_changed) if unit.attributes is not None]
    values = [(_id(unit.unit, ids), k, v) for unit in speaking for k, v in (unit.attributes or {}).items()]
    if speaking:
        await store.set_attributes(tx.db, [_id(unit.unit, ids) for unit in speaking], values)
    if paths or changed:
        await store.redraw_tree(tx.db)
    return ids


async def _carry_out_people(tx: Transaction, steps: Steps) -> dict[str, int]:
    """Makes and changes people; answers the ids of new ones by employee number."""
    new = [person for person in steps.people if person.person is None]
    known = [person for person in steps.people if person.person is not None]
    ids = dict(zip((p.employee_no for p in new), await create_actors(tx, "person", len(new)), strict=True))
    # Spelling thousands of names takes a second: not on the loop that serves everybody.
    values = await asyncio.to_thread(lambda: [_person_values(p, p.person or ids[p.employee_no]) for p in steps.people])
    await store.add_people(tx.db, [value for value, p in zip(values, steps.people, strict=True) if p.person is None])
    await store.change_people(tx.db, [value for value, p in zip(values, steps.people, strict=True) if p.person])
    returning = [person.person for person in known if person.returns and person.person is not None]
    if returning:
        await store.return_people(tx.db, returning)
        await allow_access(tx, returning)
    managed = [(person.person or ids[person.employee_no], person.manager) for person in steps.people]
    await store.set_managers(tx.db, managed)
    return ids


async def _carry_out_holdings(
    tx: Transaction, steps: Steps, units: dict[Path, int], people: dict[str, int], today: date
) -> None:
    begins = {p.employee_no: max(p.joined_on or today, today) for p in steps.people if p.person is None or p.returns}
    await store.end_holdings(tx.db, steps.holdings_ended, today)
    new = [holding for holding in steps.holdings if holding.holding is None]
    await store.add_holdings(
        tx.db,
        [
            (people[h.employee_no], _id(h.unit, units), h.position, h.rank, begin, begin <= today)
            for h in new
            for begin in [begins.get(h.employee_no, today)]
        ],
    )
    await store.set_ranks(tx.db, [(h.holding, h.rank) for h in steps.holdings if h.holding is not None])


def _people_touched(steps: Steps, standing: Standing, ids: dict[str, int]) -> set[int]:
    numbers = {person.employee_no for person in steps.people} | {holding.employee_no for holding in steps.holdings}
    ended = set(steps.holdings_ended)
    moved = {p.id for p in standing.people.values() if any(holding.id in ended for holding in p.holdings)}
    return {ids[number] for number in numbers} | moved | set(steps.leavers)


def _unit_values(unit: PlannedUnit, ids: dict[Path, int]) -> store.UnitValues:
    parent = None if unit.parent is None else _id(unit.parent, ids)
    return (_id(unit.unit, ids), unit.kind, unit.name, unit.code, parent, unit.time_zone)


def _person_values(person: PlannedPerson, id: int) -> store.PersonValues:
    full, short = pinyin.spelled(person.name, surname=True)
    return (id, person.employee_no, person.name, person.phone, full, short, person.joined_on, person.last_day)


def _id(ref: UnitRef, ids: dict[Path, int]) -> int:
    return ref if isinstance(ref, int) else ids[ref]
