"""What a plan makes of an organisation, worked out simply in memory: the model that planning is tested against."""

import itertools
from datetime import date

from dianmai.org.hr_sync.plan import Plan, UnitRef
from dianmai.org.hr_sync.standing import Standing, StandingHolding, StandingPerson, StandingPosition, StandingUnit


def carried_out(plan: Plan, standing: Standing, today: date) -> Standing:
    """The organisation after the plan."""
    steps = plan.steps
    units = dict(standing.units)
    people = {person.id: person for person in standing.people.values()}
    positions = [
        *standing.positions.values(),
        *(StandingPosition(p.code, (p.name,), frozenset(), "own_unit") for p in steps.positions),
    ]
    holdings = (holding.id for person in people.values() for holding in person.holdings)
    fresh = itertools.count(1 + max([0, *units, *people, *holdings]))
    unit_ids: dict[UnitRef, int] = {unit.unit: next(fresh) for unit in steps.units_new}
    person_ids = {person.employee_no: person.id for person in people.values()}

    def id_of(ref: UnitRef) -> int:
        return ref if isinstance(ref, int) else unit_ids[ref]

    for planned in (*steps.units_new, *steps.units_changed):
        id, before = id_of(planned.unit), units.get(id_of(planned.unit))
        units[id] = StandingUnit(
            id,
            planned.kind,
            planned.name,
            planned.code,
            None if planned.parent is None else id_of(planned.parent),
            planned.time_zone or (before.time_zone if before else "Asia/Shanghai"),
            False,
            planned.attributes if planned.attributes is not None else (before.attributes if before else {}),
        )
    for id in steps.units_closed:
        units[id] = units[id]._replace(closed=True)
    for planned in steps.people:
        id = planned.person or next(fresh)
        person_ids[planned.employee_no] = id
        before = people.get(id)
        state = "invited" if before is None or planned.returns else before.state
        held = before.holdings if before else ()
        people[id] = StandingPerson(
            id, planned.employee_no, planned.name, planned.phone, state, planned.joined_on, planned.last_day, None, held
        )
    for planned in steps.people:
        id = person_ids[planned.employee_no]
        people[id] = people[id]._replace(manager=person_ids[planned.manager] if planned.manager else None)
    ended = set(steps.holdings_ended)
    for id, person in people.items():
        people[id] = person._replace(holdings=tuple(h for h in person.holdings if h.id not in ended))
    ranked: dict[int, dict[int, StandingHolding]] = {}
    for holding in steps.holdings:
        id = person_ids[holding.employee_no]
        kept = next((h for h in people[id].holdings if h.id == holding.holding), None)
        ranked.setdefault(id, {})[holding.rank] = kept or StandingHolding(
            next(fresh), id, id_of(holding.unit), holding.position, today
        )
    for id, by_rank in ranked.items():
        moved = {h.id for h in by_rank.values()}
        staying = iter([h for h in people[id].holdings if h.id not in moved])
        count = len(by_rank) + sum(1 for h in people[id].holdings if h.id not in moved)
        people[id] = people[id]._replace(holdings=tuple(by_rank.get(rank) or next(staying) for rank in range(count)))
    for id in steps.leavers:
        people[id] = people[id]._replace(state="left", holdings=())
    return Standing(list(units.values()), list(people.values()), positions)


def described(standing: Standing) -> dict[str, object]:
    """An organisation without its ids, to be compared with another."""
    return {
        "units": {
            "/".join(standing.line(unit.id)): (
                unit.kind,
                unit.code,
                unit.time_zone,
                tuple(sorted(unit.attributes.items())),
            )
            for unit in standing.units.values()
            if not unit.closed
        },
        "people": {
            person.employee_no: (
                person.name,
                person.phone,
                person.last_day,
                standing.employee_no.get(person.manager) if person.manager else None,
                tuple(("/".join(standing.line(held.unit)), held.position) for held in person.holdings),
            )
            for person in standing.people.values()
            if person.state != "left"
        },
    }
