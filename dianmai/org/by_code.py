"""Stores and people by the codes that stand in what people write: SH001, A00012."""

from dianmai.core.operations import Act, reading
from dianmai.org import finding_store, rules, store
from dianmai.org.people import briefs, plain_number
from dianmai.org.units import unit_brief
from dianmai.wire.org import CodedPerson, CodedUnit, FindByCode, FoundByCode


@reading("org.by_code")
async def by_code(act: Act, ask: FindByCode) -> FoundByCode:
    """Which of these (at most 50) are the code of an open unit, or the employee number of somebody who is here.

    Case and width do not matter. Whoever is signed in may ask, as they may find the same by `org.find`; leavers, closed
    units and what is no code at all are left out.
    """
    rules.require_colleague(act.actor)
    # Units keep their code as the HR file has it, people in capitals.
    plain = {code: plain_number(code) for code in ask.codes}
    units = await finding_store.units_coded(act.db, sorted({*plain, *plain.values()}))
    people = await finding_store.people_numbered(act.db, sorted({*plain.values()}))
    rows = await store.units(act.db, sorted(set(units.values())))
    shown = {brief.id: brief for brief in await briefs(act.db, sorted(set(people.values())), act.language)}
    return FoundByCode(
        units=[
            CodedUnit(code=code, unit=unit_brief(rows[unit]))
            for code, capitals in plain.items()
            if (unit := units.get(code) or units.get(capitals)) is not None
        ],
        people=[
            CodedPerson(code=code, person=shown[person])
            for code, capitals in plain.items()
            if (person := people.get(capitals)) is not None
        ],
    )
