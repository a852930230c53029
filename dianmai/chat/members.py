"""Who is in a conversation, and why."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from dianmai import org
from dianmai.chat import card_store, rules, store, why
from dianmai.chat.cards import require_card
from dianmai.core.operations import Act, reading
from dianmai.wire.groups import GetMembers, Member, Members

MOST_FOUND = 200


@reading("chat.members")
async def list_members(act: Act, ask: GetMembers) -> Members:
    """Who is in a conversation and why, by rising person id above `after`, at most `limit` (1–200).

    `next` is the `after` of the next page and missing on the last one; `total` counts all. With `text`, those whose
    name, pinyin, initials or employee number hold it, by name, at most 200 on one page. `why` says in the asker's
    language by which position somebody is in a managed group, and who has added them to a temporary one. For members,
    and of a group also for who manages it. Refuses `not_found`, `query_too_long`.
    """
    rules.require_short(ask.text)
    total = await store.members_total(act.db, ask.stream, act.actor.id)
    if total is None:
        total = (await require_card(act, ask.stream)).members
    if ask.text is not None:
        everybody = await card_store.members_of(act.db, ask.stream)
        found = await org.people_named(act.db, everybody, ask.text, MOST_FOUND)
        return Members(members=await _told(act, ask.stream, found), total=total)
    ids = await store.members_after(act.db, ask.stream, ask.after, ask.limit + 1)
    page = ids[: ask.limit]
    return Members(
        members=await _told(act, ask.stream, page), total=total, next=page[-1] if len(ids) > len(page) else None
    )


async def _told(act: Act, stream: str, people: Sequence[int]) -> list[Member]:
    reasons = await _reasons(act, stream, people)
    return [
        Member(id=one.id, name=one.name, title=one.title, unit=one.unit, why=reasons.get(one.id, ""))
        for one in await org.briefs(act.db, people, act.language)
    ]


async def _reasons(act: Act, stream: str, people: Sequence[int]) -> Mapping[int, str]:
    row = await card_store.card(act.db, stream, act.actor.id)
    if row is None:
        return {}
    if row.rule is not None:
        held = groupby(await org.held(act.db, people), key=lambda one: one.person)
        return {person: why.by_position(row.rule, list(theirs), act.language) for person, theirs in held}
    added_by = await card_store.added_by(act.db, stream, people)
    briefs = await org.briefs(act.db, sorted(set(added_by.values())), act.language)
    adders = {brief.id: brief for brief in briefs}
    return {
        person: why.by_whom(person == row.led_by, adders.get(added_by.get(person, 0)), act.language)
        for person in people
    }
