"""Mentions: of a member or of everyone. What is said stays plain text; the body says which of it are names, and whose.

Everybody has a list of their own. A row is written only for messages that mention somebody, one for a call to all.
"""

from collections.abc import Sequence

import asyncpg
import msgspec

from dianmai import org
from dianmai.chat import mentions_store, rules, store
from dianmai.chat.posting import manages, may_mention_all
from dianmai.chat.reading import message_of
from dianmai.core.errors import Invalid, NotFound
from dianmai.core.journal import Fold, Placed
from dianmai.core.operations import Act, reading
from dianmai.core.streams import Membership, hearing, memberships
from dianmai.wire.chat import (
    Edit,
    FindMentionable,
    GetMentions,
    Mention,
    Mentionable,
    Mentions,
    MentionWish,
    MessageBody,
    Send,
)
from dianmai.wire.org import PersonBrief

EVERYONE = 0
SHOWN = 20
"""As many people as are offered for what has been typed."""
LOOKED_THROUGH = 500
"""In larger conversations nobody asks who of all those leads."""


async def mentioned(act: Act, ask: Send, text: str, membership: Membership) -> list[Mention]:
    """The mentions of a message as they stand in it. Refuses whoever is not in the conversation."""
    wishes = _standing(ask.mentions, ask.text or "", text)
    if any(wish.everyone for wish in wishes):
        rules.require_may_call_all(may=await _may_call_all(act, membership, await _members(act, ask.stream)))
    people = sorted({wish.person for wish in wishes if wish.person is not None})
    named = {brief.id: brief for brief in await org.briefs(act.db, people, act.language)}
    members_of = await hearing(act.db, ask.stream, people) if people else []
    for person in people:
        if person not in members_of:
            raise Invalid(
                "not_in_conversation", field="mentions", name=named[person].name if person in named else str(person)
            )
    return [_mention(wish, named) for wish in wishes]


async def still_mentioned(act: Act, ask: Edit, text: str) -> list[Mention]:
    """The mentions that an edited message keeps, as they stand in its new text."""
    wishes = _standing(ask.mentions, ask.text, text)
    people = sorted({wish.person for wish in wishes if wish.person is not None})
    named = {brief.id: brief for brief in await org.briefs(act.db, people, act.language)}
    return [_mention(wish, named) for wish in wishes]


def reached(mentions: Sequence[Mention], author: int) -> set[int]:
    """Who is to find the message in their list; its author knows of it."""
    people = {person.id for mention in mentions for person in mention.people} - {author}
    return people | ({EVERYONE} if any(mention.of == "everyone" for mention in mentions) else set())


@reading("chat.mentionable")
async def find_mentionable(act: Act, ask: FindMentionable) -> Mentionable:
    """Whom the person can mention in a conversation, for what has been typed after the @: name or a part of it, pinyin,
    initials, store, position. At most 20, best first; nothing typed: whoever leads first, up to 500 members.

    `everyone` says how many others a call to all reaches: 0 where that is not for this person. Refuses `not_found` (no
    such conversation, or not a member).
    """
    rules.require_conversation(ask.stream)
    [membership] = await memberships(act.db, [ask.stream], act.actor)
    members = await _members(act, ask.stream)
    text = ask.text.strip()
    if text:
        found = await org.find_among(act, text, ask.stream, SHOWN + 1)
    elif members <= LOOKED_THROUGH:
        found = await org.leading_among(act, ask.stream, SHOWN + 1)
    else:
        found = await store.members_after(act.db, ask.stream, 0, SHOWN + 1)
    others = [person for person in found if person != act.actor.id][:SHOWN]
    may = await _may_call_all(act, membership, members)
    return Mentionable(people=await org.briefs(act.db, others, act.language), everyone=members - 1 if may else 0)


@reading("chat.mentions")
async def list_mentions(act: Act, ask: GetMentions) -> Mentions:
    """The messages that mention the person, or call everybody, in conversations they are in: the newest first.

    At most `limit` (1–50) with an order below `before`; `next` is the `before` of the next page. What was taken back is
    not among them, nor what was said before the person joined. Refuses nothing but a malformed request.
    """
    rows = await mentions_store.mentions(act.db, act.actor.id, ask.before, ask.limit + 1)
    page = rows[: ask.limit]
    messages = [message_of(row.message) for row in page]
    authors = sorted({message.author for message in messages})
    return Mentions(
        messages=messages,
        people=await org.briefs(act.db, authors, act.language),
        next=page[-1].id if len(rows) > len(page) else None,
    )


async def _may_call_all(act: Act, membership: Membership, members: int) -> bool:
    if not await may_mention_all(act, membership):
        return False
    return rules.anyone_may_call_all(members) or await manages(act, membership.stream)


async def _members(act: Act, stream: str) -> int:
    members = await store.members_total(act.db, stream, act.actor.id)
    if members is None:
        raise NotFound("not_found", field="stream")
    return members


def _standing(wishes: Sequence[MentionWish], asked: str, text: str) -> list[MentionWish]:
    """Where they stand in the text as it is stored, without the blanks it was asked for with."""
    shift = len(asked) - len(asked.lstrip())
    moved = [msgspec.structs.replace(wish, at=max(0, wish.at - shift)) for wish in wishes]
    rules.require_mentions(moved, text)
    return moved


def _mention(wish: MentionWish, named: dict[int, PersonBrief]) -> Mention:
    if wish.person is None:
        return Mention(at=wish.at, length=wish.length, of="everyone")
    # The name alone: what somebody is and where changes with time and language.
    person = PersonBrief(id=wish.person, name=named[wish.person].name if wish.person in named else "")
    return Mention(at=wish.at, length=wish.length, people=[person])


def _has_mentions(body: bytes) -> bool:
    return b'"mentions":[' in body  # quotes inside a text are escaped: these bytes stand for the field alone


async def _note(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    rows = [
        (one, e.stream, e.no or 0, e.seq, e.actor)
        for e in placed
        for one in reached(_BODY.decode(e.body).mentions, e.actor)
    ]
    if rows:
        await mentions_store.add(connection, rows)


_BODY = msgspec.json.Decoder(MessageBody)
note_mentions = Fold(concerns=_has_mentions, write=_note)
