"""Temporary groups: made by hand for a while, across stores and departments, with an end. Whom they may be made by is a
company policy; who leads one says who is in."""

from collections.abc import Sequence

from dianmai import org
from dianmai.chat import card_store, closing, group_store, posting, rules
from dianmai.chat.card_store import CardRow
from dianmai.chat.cards import require_card, require_managed
from dianmai.core.clock import moment
from dianmai.core.errors import NotAllowed, NotFound
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, writing
from dianmai.core.text import require_name
from dianmai.core.transactions import Transaction
from dianmai.wire.base import Nothing
from dianmai.wire.chat import GroupLineBody, Opened
from dianmai.wire.groups import AddPeople, EndGroup, GroupChangedBody, LeaveGroup, MakeGroup, RemovePerson
from dianmai.wire.org import PersonBrief

NAMED = 20


@writing("chat.make_group")
async def make_group(act: Act, ask: MakeGroup) -> Opened:
    """Makes a temporary group of these people (1–500) and the asker, who leads it, and closes it at `ends_at`.

    `title` 1–80 characters, `purpose` at most 500, `ends_at` in milliseconds, at most 366 days ahead. Refuses
    `forbidden` (the company's policy `temporary_groups_by` does not name the asker), `not_found` (somebody unknown or
    gone), `end_in_the_past`, `end_too_far`, `blank_text`, `bidi_control`, `too_many_items`.
    """
    if not await org.is_one_of(act, (await org.policies(act)).temporary_groups_by):
        raise NotAllowed("forbidden")
    title = require_name(ask.title, "title")
    ends_at = moment(ask.ends_at)
    rules.require_end(ends_at, act.now)
    people = sorted({*ask.people, act.actor.id})
    rules.require_room(len(people))
    rules.require_all_reachable(people, await card_store.reachable(act.db, people))
    stream = await card_store.make(act.db, title, ask.purpose.strip(), act.actor.id, ends_at, len(people))
    others = [person for person in people if person != act.actor.id]
    await card_store.note_added(act.db, stream, others, act.actor.id)
    await closing.set_end(act.tx, stream, ends_at)
    act.tx.open(stream)
    act.tx.join(stream, people, from_start=True)
    await _say(act.tx, stream, joined=people, reason="made")
    return Opened(stream=stream)


@writing("chat.add_people")
async def add_people(act: Act, ask: AddPeople) -> Nothing:
    """Adds people to a temporary group, who hear what comes from now on; who is in already stays.

    For who leads it and administrators. Refuses `not_found` (no such group; somebody unknown or gone), `forbidden`,
    `follows_organisation`, `group_closed`, `too_many_items` (more than 500 in all).
    """
    row = await _held(act, ask.stream)
    rules.require_open(closed=row.closed_at is not None)
    there = set(await card_store.members_of(act.db, ask.stream))
    new = sorted(set(ask.people) - there)
    rules.require_room(len(there) + len(new))
    rules.require_all_reachable(new, await card_store.reachable(act.db, new))
    if new:
        await card_store.note_added(act.db, ask.stream, new, act.actor.id)
        act.tx.join(ask.stream, new)
        await group_store.count_members(act.db, {ask.stream: len(new)})
        await _say(act.tx, ask.stream, joined=new, reason="added")
    return Nothing()


@writing("chat.remove_person")
async def remove_person(act: Act, ask: RemovePerson) -> Nothing:
    """Takes somebody out of a temporary group. For who leads it and administrators.

    Refuses `not_found` (no such group, or the person is not in it), `forbidden`, `follows_organisation`.
    """
    await _held(act, ask.stream)
    if ask.person not in await card_store.members_of(act.db, ask.stream):
        raise NotFound("not_found", field="person")
    await _out(act.tx, ask.stream, [ask.person], reason="removed")
    return Nothing()


@writing("chat.leave_group")
async def leave_group(act: Act, ask: LeaveGroup) -> Nothing:
    """Leaves a temporary group. When who leads it leaves, whoever has been in longest leads it from then on.

    Refuses `not_found` (no such group, or not a member), `follows_organisation` (managed groups cannot be left).
    """
    row = await card_store.held_card(act.db, ask.stream, act.actor.id)
    if row is None or not row.member:
        raise NotFound("not_found", field="stream")
    rules.require_temporary(row.kind)
    await _out(act.tx, ask.stream, [act.actor.id], reason="left")
    return Nothing()


@writing("chat.end_group")
async def end_group(act: Act, ask: EndGroup) -> Nothing:
    """Ends a temporary group now: it stays readable, nobody writes there any more. For who leads it and administrators.

    Refuses `not_found`, `forbidden`, `follows_organisation`. One that has ended stays as it is.
    """
    await _held(act, ask.stream)
    [by] = await org.briefs(act.db, [act.actor.id], act.language)
    await closing.close(act.tx, ask.stream, by)
    return Nothing()


async def remove_leavers(tx: Transaction, people: Sequence[int]) -> None:
    """Whose access has ended is out of every temporary group."""
    for stream, gone in (await card_store.gone_from_temporary(tx.db, people)).items():
        await _out(tx, stream, gone, reason="hr_import")


async def _held(act: Act, stream: str) -> CardRow:
    row = await require_card(act, stream, hold=True)
    rules.require_temporary(row.kind)
    await require_managed(act, row)
    return row


async def _out(tx: Transaction, stream: str, people: Sequence[int], *, reason: str) -> None:
    row = await card_store.held_card(tx.db, stream, 0)
    assert row is not None, "there is one"
    there = set(await card_store.members_of(tx.db, stream))
    people = [person for person in people if person in there]  # others may have gone while it was waited for
    if not people:
        return
    tx.leave(stream, people)
    await group_store.count_members(tx.db, {stream: -len(people)})
    await _say(tx, stream, left=people, reason=reason)
    if row.led_by in people:
        await _hand_on(tx, row, people)


async def _hand_on(tx: Transaction, row: CardRow, gone: Sequence[int]) -> None:
    """A group whose leader goes is led by whoever has been in longest; an empty one is led by nobody any more."""
    leader = await card_store.next_leader(tx.db, row.stream, gone)
    if leader is None:
        return
    after = await card_store.lead(tx.db, row.stream, leader)
    [brief] = await org.briefs(tx.db, [leader], "zh-CN")
    tx.append(Draft(row.stream, "group.changed", GroupChangedBody(led_by=PersonBrief(id=brief.id, name=brief.name))))
    if posting.rules_of(row) != posting.rules_of(after):
        tx.rule(row.stream, posting.rules_of(after))


async def _say(
    tx: Transaction, stream: str, *, joined: Sequence[int] = (), left: Sequence[int] = (), reason: str
) -> None:
    named = await org.briefs(tx.db, [*joined[:NAMED], *left[:NAMED]], "zh-CN")
    briefs = [PersonBrief(id=brief.id, name=brief.name) for brief in named]
    body = GroupLineBody(
        joined=[brief for brief in briefs if brief.id in joined],
        left=[brief for brief in briefs if brief.id in left],
        joined_count=len(joined),
        left_count=len(left),
        reason=reason,
    )
    tx.append(Draft(stream, "group.members", body))
