"""Managed groups follow the organisation by themselves: who joins the company or moves is let in, who leaves is out.

Only the people a change concerns are evaluated again. Everything is worked out from how things are now, so following
the same change twice changes nothing. A group's unit that closes takes its members with it; the group stays on record.
Who comes and goes is announced with a line in the group, unless it is so large that the lines would bury what is said.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from dianmai import org
from dianmai.chat import group_store, groups, rules
from dianmai.chat.group_store import GroupRow
from dianmai.core.followers import Followed
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.wire.chat import GroupLineBody
from dianmai.wire.org import Audience, AudiencePart, OrgChanged, PersonBrief

NAMED = 20
FEW = 2_000
"""From more people on, evaluating whole groups is cheaper than naming the people to each."""


class Turn(NamedTuple):
    """Who joins and who leaves one group."""

    joining: list[int]
    leaving: list[int]


async def follow_organisation(tx: Transaction, followed: Sequence[Followed]) -> None:
    """Brings the groups level with the organisation after these changes of it."""
    changes = [_CHANGED.decode(entry.body) for entry in followed]
    units = {unit for change in changes for unit in change.units}
    people = {person for change in changes for person in change.people}
    everybody = await _keep_groups(tx, units)
    concerned = people | await _in_or_below(tx, units)
    turns = await _turns(tx, None if everybody or len(concerned) > FEW else concerned)
    last = followed[-1]
    await _carry_out(tx, turns, reason=changes[-1].cause, nonce=f"managed_groups:{last.stream}:{last.seq}")


async def _keep_groups(tx: Transaction, units: set[int]) -> bool:
    """Makes the groups of new units, renames those of renamed ones, closes those of closed ones.

    Answers whether a group of the whole company is new: then everybody is concerned, whatever the change.
    """
    rows = await org.units_by_id(tx.db, sorted(units))
    still_open = units.intersection(await org.units_below(tx.db, sorted(units)))
    each = [groups.group_of(unit, rows[unit].kind, rows[unit].name) for unit in sorted(still_open)]
    wanted = [group for group in each if group is not None]
    company_wide = await group_store.add_groups(tx.db, groups.COMPANY_WIDE)
    for stream in (*company_wide, *await group_store.add_groups(tx.db, wanted)):
        tx.open(stream)
    await group_store.keep_groups(tx.db, wanted)
    await group_store.close_groups(tx.db, units, [group.key for group in wanted])
    return bool(company_wide)


async def _in_or_below(tx: Transaction, units: set[int]) -> set[int]:
    """Whom a change of these units concerns: who is below them now, and who was in their groups."""
    if not units:
        return set()
    below = await _people(tx, Audience(parts=[AudiencePart(units=sorted(units))]), None)
    return below | await group_store.members_of_units(tx.db, units)


async def _turns(tx: Transaction, concerned: set[int] | None) -> Mapping[str, Turn]:
    """Who joins and leaves which group, among those concerned (None: everybody)."""
    if concerned is None:
        candidates = await group_store.groups(tx.db)
    else:
        places = {unit for held in await org.held(tx.db, sorted(concerned)) for unit in held.line}
        candidates = await group_store.groups_for(tx.db, places, concerned)
    now = await group_store.members_now(tx.db, [row.stream for row in candidates], concerned)
    turns: dict[str, Turn] = {}
    for row in candidates:
        should = await _should_be_in(tx, row, concerned)
        there = now.get(row.stream, set())
        if should != there:
            turns[row.stream] = Turn(sorted(should - there), sorted(there - should))
    return turns


async def _should_be_in(tx: Transaction, row: GroupRow, concerned: set[int] | None) -> set[int]:
    if row.closed:
        return set()
    return await _people(tx, _RULE.decode(row.rule), concerned)


async def _people(tx: Transaction, audience: Audience, only: set[int] | None) -> set[int]:
    rows = await org.audience_people(tx.db, audience, only=None if only is None else sorted(only), language="zh-CN")
    return {row.person for row in rows}


async def _carry_out(tx: Transaction, turns: Mapping[str, Turn], *, reason: str, nonce: str) -> None:
    for stream, turn in turns.items():
        tx.join(stream, turn.joining)
        tx.leave(stream, turn.leaving)
    members = await group_store.count_members(tx.db, {s: len(t.joining) - len(t.leaving) for s, t in turns.items()})
    announced = {s: t for s, t in turns.items() if rules.announces(members[s], len(t.joining), len(t.leaving))}
    named = {person for turn in announced.values() for person in (*turn.joining[:NAMED], *turn.leaving[:NAMED])}
    names = {brief.id: brief.name for brief in await org.briefs(tx.db, sorted(named), "zh-CN")}

    def said(people: Sequence[int]) -> list[PersonBrief]:
        return [PersonBrief(id=person, name=names[person]) for person in people[:NAMED] if person in names]

    for stream, turn in announced.items():
        body = GroupLineBody(
            joined=said(turn.joining),
            left=said(turn.leaving),
            joined_count=len(turn.joining),
            left_count=len(turn.leaving),
            reason=reason,
        )
        tx.append(Draft(stream, "group.members", body, nonce=nonce))


_CHANGED = msgspec.json.Decoder(OrgChanged)
_RULE = msgspec.json.Decoder(Audience)
