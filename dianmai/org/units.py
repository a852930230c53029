"""Units: the tree from the head office to the stores, page by page, and the helpers of those who show it."""

from collections.abc import Sequence

from dianmai.core.db import Queries
from dianmai.core.errors import NotFound
from dianmai.core.operations import Act, reading
from dianmai.org import rules, store
from dianmai.org.people import briefs
from dianmai.org.store import UnitRow
from dianmai.wire.org import GetUnit, UnitBrief, UnitPage

MOST_PEOPLE = 500


@reading("org.unit")
async def unit(act: Act, ask: GetUnit) -> UnitPage:
    """One unit: its line from the top, its open children, its own people (at most 500), attributes and time zone.

    Without `unit`, the top. `people` and `stores` count whole subtrees, each person once. Everybody signed in may see
    it.
    Refusals: `forbidden` (bots, devices, guests), `not_found` when there is no such unit, or no organisation yet.
    """
    rules.require_colleague(act.actor)
    asked = ask.unit if ask.unit is not None else await store.top_unit(act.db)
    found = (await store.units(act.db, [asked])).get(asked) if asked is not None else None
    if found is None:
        raise NotFound("not_found", field="unit")
    below = await store.children(act.db, found.id)
    rows = await store.units(act.db, [*found.line, *below])
    shown = {id: unit_brief(row) for id, row in rows.items()}
    people = await store.people_of(act.db, found.id, MOST_PEOPLE)
    return UnitPage(
        unit=shown[found.id],
        line=[shown[id] for id in found.line[:-1]],
        children=[shown[id] for id in below],
        people=await briefs(act.db, people, act.language),
        attributes=await store.attributes(act.db, found.id),
        time_zone=found.time_zone,
    )


def unit_brief(row: UnitRow) -> UnitBrief:
    """A unit as lists show it."""
    return UnitBrief(id=row.id, kind=row.kind, name=row.name, code=row.code, people=row.people, stores=row.stores)


async def line(db: Queries, unit: int) -> list[UnitRow]:
    """A unit with all units above it, from the top down; `not_found` when there is no such unit."""
    found = (await store.units(db, [unit])).get(unit)
    if found is None:
        raise NotFound("not_found", field="unit")
    rows = await store.units(db, found.line)
    return [rows[id] for id in found.line]


async def children(db: Queries, unit: int) -> list[UnitRow]:
    """The open units directly below, departments first, then in the order in which they came."""
    ids = await store.children(db, unit)
    rows = await store.units(db, ids)
    return [rows[id] for id in ids]


async def units_below(db: Queries, units: Sequence[int]) -> list[int]:
    """All open units of these subtrees, the given ones included."""
    return await store.units_below(db, units)


async def units_by_id(db: Queries, ids: Sequence[int]) -> dict[int, UnitRow]:
    """These units, closed ones included, in one statement; ids that are no unit's are left out."""
    return await store.units(db, ids)
