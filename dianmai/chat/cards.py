"""A group's card: what it is for, what stands above the talk, who may do what. Managers of the group change it."""

from typing import TypeVar

from msgspec.structs import replace

from dianmai import org
from dianmai.chat import card_store, posting, rules
from dianmai.chat.card_store import CardRow
from dianmai.chat.closing import set_end
from dianmai.chat.why import rule_in_words
from dianmai.core.clock import millis, moment
from dianmai.core.errors import NotFound
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, reading, writing
from dianmai.core.text import require_name
from dianmai.wire.groups import GetGroup, GroupCard, GroupChangedBody, SetGroup

T = TypeVar("T")


@reading("chat.group")
async def group_card(act: Act, ask: GetGroup) -> GroupCard:
    """The card of a group: purpose, announcement, who is in by what rule, who may post, and what the asker may do.

    For members and for who manages the group: whoever holds `administer` over its unit (over the company for groups
    of the whole company), and who leads a temporary group. Refuses `not_found`.
    """
    return await _told(act, await require_card(act, ask.stream))


@writing("chat.set_group")
async def set_group(act: Act, ask: SetGroup) -> GroupCard:
    """Changes what is given of a group's card, leaves the rest; each change is a line in the group.

    `slow_s`: seconds between two messages of one person (0–3,600), managers aside. `title` and `ends_at` are of
    temporary groups only; an end to come opens a closed one again. Refuses `not_found`, `forbidden` (does not manage
    the group), `follows_organisation`, `end_in_the_past`, `end_too_far`, `blank_text`, `bidi_control`.
    """
    before = await require_card(act, ask.stream, hold=True)
    await require_managed(act, before)
    if ask.title is not None or ask.ends_at is not None:
        rules.require_temporary(before.kind)
    if ask.title is not None:
        ask = replace(ask, title=require_name(ask.title, "title"))
    ends_at = None if ask.ends_at is None else moment(ask.ends_at)
    if ends_at is not None:
        rules.require_end(ends_at, act.now)
    after = await card_store.change(act.db, ask, act.actor.id, ends_at)
    if ends_at is not None:
        await set_end(act.tx, ask.stream, ends_at)
    changed = _changed(before, after)
    if changed != GroupChangedBody():
        [by] = await org.briefs(act.db, [act.actor.id], act.language)
        body = replace(changed, by=by)
        act.tx.append(Draft(ask.stream, "group.changed", body))
    if posting.rules_of(before) != posting.rules_of(after):
        act.tx.rule(ask.stream, posting.rules_of(after))
    return await _told(act, after._replace(member=before.member))


async def require_card(act: Act, stream: str, *, hold: bool = False) -> CardRow:
    """A group the actor is in or manages; for everybody else there is none."""
    row = await (card_store.held_card if hold else card_store.card)(act.db, stream, act.actor.id)
    if row is None or not (row.member or await manages(act, row)):
        raise NotFound("not_found", field="stream")
    return row


async def require_managed(act: Act, row: CardRow) -> None:
    """Refuses who does not manage the group."""
    rules.require_manager(manages=await manages(act, row))


async def manages(act: Act, row: CardRow) -> bool:
    """Whether the actor manages this group."""
    if row.kind == "temporary" and row.led_by == act.actor.id and row.member:
        return True
    return await org.administers(act.db, act.actor, row.unit)


def _changed(before: CardRow, after: CardRow) -> GroupChangedBody:
    """What is different now."""
    ended = None if after.ends_at is None or after.ends_at == before.ends_at else millis(after.ends_at)
    closed = None if (after.closed_at is None) == (before.closed_at is None) else after.closed_at is not None
    return GroupChangedBody(
        title=_new(before.title_zh, after.title_zh),
        purpose=_new(before.purpose, after.purpose),
        announcement=_new(before.announcement, after.announcement),
        post_by=_new(before.post_by, after.post_by),
        mention_all_by=_new(before.mention_all_by, after.mention_all_by),
        slow_s=_new(before.slow_s, after.slow_s),
        ends_at=ended,
        closed=closed,
        pin_by=_new(before.pin_by, after.pin_by),
    )


def _new(before: T, after: T) -> T | None:
    return None if before == after else after


async def _told(act: Act, row: CardRow) -> GroupCard:
    concerned = [person for person in (row.announced_by, row.led_by) if person is not None]
    people = {brief.id: brief for brief in await org.briefs(act.db, concerned, act.language)}
    chinese = act.language == "zh-CN"
    managing = await manages(act, row)
    return GroupCard(
        stream=row.stream,
        title=row.title_zh if chinese else row.title_en,
        folder=rules.folder_of(row.kind, row.key),
        members=row.members,
        purpose=row.purpose,
        rule=rule_in_words(row, act.language),
        announcement=row.announcement,
        announced_by=people.get(row.announced_by or 0),
        announced_at=None if row.announced_at is None else millis(row.announced_at),
        post_by=row.post_by,
        mention_all_by=row.mention_all_by,
        slow_s=row.slow_s,
        led_by=people.get(row.led_by or 0),
        ends_at=None if row.ends_at is None else millis(row.ends_at),
        closed=row.closed_at is not None,
        member=row.member,
        may_set=managing,
        may_leave=row.member and row.kind == "temporary",
        may_post=row.member and await posting.may_post(act, posting.rules_of(row)),
        pin_by=row.pin_by,
    )
