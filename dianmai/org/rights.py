"""Rights: what somebody may do, and below which units, by the positions held today."""

from dianmai.core.access import Actor
from dianmai.core.db import Queries
from dianmai.core.errors import NotAllowed, NotFound
from dianmai.core.operations import Act
from dianmai.org import rules, store
from dianmai.wire.org import Right


async def rights_of(db: Queries, person: int) -> dict[Right, list[int]]:
    """Each right a person has, with the units below which it holds (units below another of them are left out)."""
    found: dict[Right, list[int]] = {}
    for right, unit in await store.rights(db, person):
        found.setdefault(right, []).append(unit)  # pyright: ignore[reportArgumentType] - only rights are stored
    units = await store.units(db, sorted({unit for held in found.values() for unit in held}))
    return {
        right: sorted(unit for unit in held if not set(units[unit].line[:-1]).intersection(held))
        for right, held in sorted(found.items())
    }


async def require_right(act: Act, right: Right, unit: int | None = None) -> None:
    """Refuses with `forbidden` who lacks the right over `unit` (without it: over any unit at all).

    A unit that does not exist is `not_found`.
    """
    line = None
    if unit is not None:
        found = (await store.units(act.db, [unit])).get(unit)
        if found is None:
            raise NotFound("not_found", field="unit")
        line = found.line
    rules.require(act.actor, await _rights(act.db, act.actor), right, line)


async def require_authority(act: Act, right: Right, person: int) -> None:
    """Refuses unless the actor has the right over all that `person` does, and the person has no power beyond it.

    For what would let the actor become the person, such as issuing an activation code.
    """
    if act.actor.kind == "system":
        return
    own, theirs = await _rights(act.db, act.actor), await rights_of(act.db, person)
    units = await store.units(act.db, sorted({unit for held in theirs.values() for unit in held}))
    lines = [held.line for held in await store.held(act.db, [person])]
    reach: dict[Right, list[list[int]]] = {name: [units[unit].line for unit in held] for name, held in theirs.items()}
    if not rules.has_authority(own, right, lines, reach):
        raise NotAllowed("forbidden")


async def may(db: Queries, actor: Actor, right: Right, unit: int) -> bool:
    """Whether the actor has the right over the unit."""
    if actor.kind == "system":
        return True
    found = (await store.units(db, [unit])).get(unit)
    return found is not None and rules.may(await _rights(db, actor), right, found.line)


async def administers(db: Queries, actor: Actor, unit: int | None) -> bool:
    """Whether the actor administers what belongs to a unit; without one, to the whole company."""
    if actor.kind == "system":
        return True
    of = unit if unit is not None else await store.top_unit(db)
    return of is not None and await may(db, actor, "administer", of)


async def _rights(db: Queries, actor: Actor) -> rules.Rights:
    return {} if actor.kind != "person" else await rights_of(db, actor.id)
