"""Mentions: of a member, of who has a duty or a position, of everyone. What is said stays plain text; the body says
which of it are names, and whose.

Everybody has a list of their own. A row is written only for messages that mention somebody, one for a call to all.
"""

from collections.abc import Sequence

import asyncpg
import msgspec

from dianmai import org
from dianmai.chat import meaning, mention_rules, mentions_store, rules, store
from dianmai.chat.meaning import Role
from dianmai.chat.posting import manages, may_mention_all
from dianmai.chat.reading import message_of
from dianmai.core.errors import Invalid, NotFound
from dianmai.core.journal import Fold, Placed
from dianmai.core.operations import Act, reading
from dianmai.core.streams import Membership, hearing, memberships
from dianmai.wire.chat import Edit, Mention, MentionWish, MessageBody, Send
from dianmai.wire.mentions import FindMentionable, GetMentions, Mentionable, Mentions
from dianmai.wire.org import PersonBrief

EVERYONE = 0
SHOWN = 20
"""As many people as are offered for what has been typed."""
LOOKED_THROUGH = meaning.LOOKED_THROUGH
"""In larger conversations nobody asks who of all those leads."""


async def mentioned(act: Act, ask: Send, text: str, membership: Membership) -> list[Mention]:
    """The mentions of a message as they stand in it, duties and positions as whom they mean now.

    Refuses whoever is not in the conversation, and to call many for whom it is not.
    """
    wishes = _standing(ask.mentions, ask.text or "", text)
    if meaning.roles_in(wishes) and (before := await _said_before(act, ask.stream, wishes)):
        return before
    roles = await meaning.meant(act, ask.stream, wishes, text)
    if any(wish.everyone for wish in wishes) or any(len(people) > 1 for people in roles.values()):
        mention_rules.require_may_call_all(may=await _may_call_all(act, membership, await _members(act, ask.stream)))
    people = sorted({wish.person for wish in wishes if wish.person is not None})
    members_of = await hearing(act.db, ask.stream, people) if people else []
    named = await _named(act, [*people, *(person for role in roles.values() for person in role)])
    for person in people:
        if person not in members_of:
            raise Invalid(
                "not_in_conversation", field="mentions", name=named[person].name if person in named else str(person)
            )
    return [_mention(wish, roles.get(Role(wish.duty, wish.position)), named) for wish in wishes]


async def still_mentioned(act: Act, ask: Edit, text: str, said: MessageBody) -> list[Mention]:
    """The mentions that an edited message keeps, as they stand in its new text. Who was meant stays meant."""
    wishes = _standing(ask.mentions, ask.text, text)
    before = {Role(mention.duty or None, mention.position or None): mention.people for mention in said.mentions}
    roles = {role: [person.id for person in before.get(role, [])] for role in meaning.roles_in(wishes)}
    named = await _named(act, [wish.person for wish in wishes if wish.person is not None])
    named |= {person.id: person for mention in said.mentions for person in mention.people if person.id not in named}
    return [_mention(wish, roles.get(Role(wish.duty, wish.position)), named) for wish in wishes]


def reached(mentions: Sequence[Mention], author: int) -> set[int]:
    """Who is to find the message in their list; its author knows of it."""
    people = {person.id for mention in mentions for person in mention.people} - {author}
    return people | ({EVERYONE} if any(mention.of == "everyone" for mention in mentions) else set())


@reading("chat.mentionable")
async def find_mentionable(act: Act, ask: FindMentionable) -> Mentionable:
    """Whom the person can mention in a conversation, for what has been typed after the @: name or a part of it, pinyin,
    initials, store, position. At most 20, best first; nothing typed: whoever leads first, up to 500 members.

    Also the duties of the group's unit that reach somebody, and the positions held in it, by name, pinyin, initials:
    those that several hold only for who may call everyone, none in conversations of more than 500.
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
    duties, positions = await meaning.offer(act, ask.stream, text, all_at_once=may)
    return Mentionable(
        people=await org.briefs(act.db, others, act.language),
        everyone=members - 1 if may else 0,
        duties=duties,
        positions=positions,
    )


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
    return mention_rules.anyone_may_call_all(members) or await manages(act, membership.stream)


async def _members(act: Act, stream: str) -> int:
    members = await store.members_total(act.db, stream, act.actor.id)
    if members is None:
        raise NotFound("not_found", field="stream")
    return members


def _standing(wishes: Sequence[MentionWish], asked: str, text: str) -> list[MentionWish]:
    """Where they stand in the text as it is stored, without the blanks it was asked for with."""
    shift = len(asked) - len(asked.lstrip())
    moved = [msgspec.structs.replace(wish, at=max(0, wish.at - shift)) for wish in wishes]
    mention_rules.require_mentions(moved, text)
    return moved


async def _said_before(act: Act, stream: str, wishes: Sequence[MentionWish]) -> list[Mention] | None:
    """The mentions of the message as it is stored, where it was asked for before: who has a duty may have changed."""
    body = await mentions_store.said(act.db, stream, act.actor.id, act.nonce or "")
    if body is None:
        return None
    mentions = _BODY.decode(body).mentions
    return mentions if [_wished(mention) for mention in mentions] == list(wishes) else None


def _wished(mention: Mention) -> MentionWish:
    """What a mention was asked for as."""
    duty, position = mention.duty or None, mention.position or None
    everyone = mention.of == "everyone"
    by_name = not (everyone or duty or position) and mention.people
    return MentionWish(
        at=mention.at,
        length=mention.length,
        person=mention.people[0].id if by_name else None,
        everyone=everyone,
        duty=duty,
        position=position,
    )


async def _named(act: Act, people: Sequence[int]) -> dict[int, PersonBrief]:
    """These people by name alone: what somebody is and where changes with time and language."""
    briefs = await org.briefs(act.db, sorted(set(people)), act.language)
    return {brief.id: PersonBrief(id=brief.id, name=brief.name) for brief in briefs}


def _mention(wish: MentionWish, by_role: Sequence[int] | None, named: dict[int, PersonBrief]) -> Mention:
    if wish.everyone:
        return Mention(at=wish.at, length=wish.length, of="everyone")
    people = by_role if by_role is not None else [wish.person or 0]
    return Mention(
        at=wish.at,
        length=wish.length,
        people=[named.get(person, PersonBrief(id=person, name="")) for person in people],
        duty=wish.duty or 0,
        position=wish.position or "",
    )


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
