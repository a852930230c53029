"""Whom a duty or a position means in a conversation, at the moment it is asked: never more than are in it.

A duty is of the unit the conversation belongs to, and means its holder, or the deputy where the holder is not there. A
position means those who hold it there.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dianmai import org
from dianmai.chat import mention_rules, mentions_store, store
from dianmai.core.errors import Invalid
from dianmai.core.operations import Act
from dianmai.core.streams import hearing
from dianmai.wire.chat import MentionWish
from dianmai.wire.mentions import MentionableDuty, MentionablePosition

LOOKED_THROUGH = 500
"""In larger conversations nobody is looked for by position."""


class Role(NamedTuple):
    """What somebody is mentioned by instead of by name."""

    duty: int | None
    position: str | None


class Offered(NamedTuple):
    duties: list[MentionableDuty]
    positions: list[MentionablePosition]


def roles_in(wishes: Sequence[MentionWish]) -> list[Role]:
    """What these mentions are by, other than by name or of everyone."""
    return [Role(wish.duty, wish.position) for wish in wishes if wish.duty is not None or wish.position is not None]


async def meant(act: Act, stream: str, wishes: Sequence[MentionWish], text: str) -> Mapping[Role, list[int]]:
    """Whom the duties and positions in these mentions mean now. Refuses those that mean nobody, or too many."""
    roles = roles_in(wishes)
    if not roles:
        return {}
    unit = await mentions_store.unit_of(act.db, stream)
    found: dict[Role, list[int]] = {}
    if any(role.duty is not None for role in roles):
        found |= {Role(one.id, None): [person] for one, person in await _duties(act, stream, unit)}
    if any(role.position is not None for role in roles):
        found |= {Role(None, one.code): one.people for one in await _positions(act, stream, unit)}
    for wish in wishes:
        role = Role(wish.duty, wish.position)
        if role in roles and not found.get(role):
            called = text[wish.at + 1 : wish.at + wish.length]
            raise Invalid("nobody_there", field="mentions", name=called)
    mention_rules.require_few_called({person for role in roles for person in found[role]})
    return {role: found[role] for role in roles}


async def offer(act: Act, stream: str, typed: str, *, all_at_once: bool) -> Offered:
    """The duties and positions that mean somebody else here, for what has been typed.

    `all_at_once`: also positions that several hold.
    """
    unit = await mentions_store.unit_of(act.db, stream)
    reached = await _duties(act, stream, unit)
    duties = [(one, person) for one, person in reached if person != act.actor.id and one.fits(typed)]
    fitting = await org.positions_fitting(act.db, typed) if typed else None
    positions = [one for one in await _positions(act, stream, unit) if fitting is None or one.code in fitting]
    positions = [one for one in positions if len(one.people) == 1 or (all_at_once and mention_rules.few(one.people))]
    alone = [person for _, person in duties] + [one.people[0] for one in positions if len(one.people) == 1]
    people = {brief.id: brief for brief in await org.briefs(act.db, sorted(set(alone)), act.language)}
    english = act.language != "zh-CN"
    return Offered(
        [
            MentionableDuty(
                duty=one.id,
                name=one.names.en if english else one.names.zh,
                person=people[person],
                deputy=person != one.person,
            )
            for one, person in duties
        ],
        [
            MentionablePosition(
                position=one.code,
                title=one.names[english],
                people=len(one.people),
                person=people[one.people[0]] if len(one.people) == 1 else None,
            )
            for one in positions
        ],
    )


async def _duties(act: Act, stream: str, unit: int | None) -> list[tuple[org.Responsible, int]]:
    """The duties of the conversation's unit, each with the first of those it may reach who is in the conversation."""
    listed = [] if unit is None else await org.responsible(act.db, unit)
    there = set(await hearing(act.db, stream, sorted({person for one in listed for person in one.people})))
    reached = [(one, next((person for person in one.people if person in there), None)) for one in listed]
    return [(one, person) for one, person in reached if person is not None]


async def _positions(act: Act, stream: str, unit: int | None) -> list[org.PositionHeld]:
    """The positions that others hold in the conversation."""
    members = await store.members_after(act.db, stream, 0, LOOKED_THROUGH + 1)
    if len(members) > LOOKED_THROUGH:
        return []
    others = [person for person in members if person != act.actor.id]
    return await org.positions_held(act.db, others, unit)
