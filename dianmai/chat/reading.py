"""What a person reads: the list of conversations, pages of history, who is in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from dianmai import org
from dianmai.chat import later_store, message_card_store, posting, rules, store
from dianmai.chat.store import ConversationRow, MessageRow, Visible
from dianmai.core.clock import millis
from dianmai.core.errors import Language, NotFound
from dianmai.core.operations import Act, reading
from dianmai.wire.base import MAX_ID
from dianmai.wire.cards import CardState, LinkPreview
from dianmai.wire.chat import GetHistory, GetMessages, History, Message, MessageBody, Messages, Pinned, Reaction
from dianmai.wire.conversations import Conversation, Conversations, GetConversations
from dianmai.wire.org import PersonBrief

NOTES = {"zh-CN": "我的备忘", "en": "Notes to self"}


class _May(NamedTuple):
    """What somebody may do in groups with the same rules."""

    post: bool
    pin: bool


@reading("chat.conversations", by_itself=True)
async def list_conversations(act: Act, ask: GetConversations) -> Conversations:
    """The conversations the person is in, those with the newest message first, at most 2,000.

    For each: title in the person's language, how many are in, the last message the person may see, how far they have
    read on any device or written (`unread = head_no − read_no`). `people` are the authors of the last messages. An
    empty direct conversation is listed only for who opened it. Refuses nothing but a malformed request.
    """
    rows = await store.conversations_of(act.db, act.actor.id)
    others = {row.stream: _other(row, act.actor.id) for row in rows if row.kind == "direct"}
    authors = {row.last.author for row in rows if row.last is not None}
    people = await _people(act, authors | set(others.values()))
    # Few groups have rules of who may write, and most of these the same.
    may = {rules: await _may(act, rules) for rules in {row.rules for row in rows if row.rules}}
    return Conversations(
        conversations=[_conversation(row, people.get(others.get(row.stream, 0)), may, act) for row in rows],
        people=[people[author] for author in sorted(authors) if author in people],
    )


@reading("chat.history")
async def history(act: Act, ask: GetHistory) -> History:
    """A page of a conversation: the messages before or after a `no`, the newest ones when neither is given.

    In rising order of `no`, at most `limit` (1–200). `more_before` and `more_after` say whether the person may see
    more on either side. `quoted` are messages that these answer and that do not stand among them; with the newest page
    come the `pins`. What was taken back has its place and nothing else. A newcomer to a group sees what came after
    joining. Refuses `not_found` (no such conversation, or not a member), `one_side_only`.
    """
    rules.require_one_side(ask.before, ask.after)
    seen = await store.visible(act.db, ask.stream, act.actor.id)
    if seen is None:
        raise NotFound("not_found", field="stream")
    rows = await _page(act, ask, seen)
    messages = await _messages(act, rows)
    quoted = await _quoted(act, ask.stream, messages)
    pins = await _pins(act, ask, seen)
    named = _named([*messages, *quoted, *(pin.message for pin in pins)])
    people = await _people(act, named | {pin.by for pin in pins})
    # `no` has no holes, so the ends of the page say what lies beyond it.
    first = rows[0].no if rows else (ask.before or min(ask.after or 0, seen.head_no) + 1)
    last = rows[-1].no if rows else first - 1
    return History(
        messages=messages,
        people=list(people.values()),
        quoted=quoted,
        pins=pins,
        more_before=seen.first_no is not None and first > seen.first_no,
        more_after=seen.first_no is not None and max(last, seen.first_no - 1) < seen.head_no,
    )


@reading("chat.messages")
async def messages_at(act: Act, ask: GetMessages) -> Messages:
    """Some messages by their seqs (at most 100), such as one that is answered: those of them the person may see.

    Refuses `not_found` (no such conversation, or not a member).
    """
    if await store.visible(act.db, ask.stream, act.actor.id) is None:
        raise NotFound("not_found", field="stream")
    messages = await _messages(act, await store.messages_at(act.db, ask.stream, act.actor.id, ask.seqs))
    people = await _people(act, _named(messages))
    return Messages(messages=messages, people=list(people.values()))


async def people_in(act: Act, messages: Sequence[Message]) -> list[PersonBrief]:
    """Everybody whose name is shown with these messages."""
    return list((await _people(act, _named(messages))).values())


async def _page(act: Act, ask: GetHistory, seen: Visible) -> list[MessageRow]:
    if seen.first_no is None:
        return []
    if ask.after is not None:
        return await store.messages_after(act.db, ask.stream, seen.first_no, ask.after, ask.limit)
    newest = await store.messages_before(act.db, ask.stream, seen.first_no, ask.before or MAX_ID, ask.limit)
    return newest[::-1]


async def _messages(act: Act, rows: Sequence[MessageRow]) -> list[Message]:
    """The messages as the actor sees them. Of many reactions only some are named: the actor's own are looked up."""
    many = [row.seq for row in rows if row.reactions and row.reactions != "[]"]
    own = (
        await later_store.own_reactions(act.db, rows[0].stream, many, act.actor.id) if many else set[tuple[int, str]]()
    )
    cards = [row.seq for row in rows if row.card]
    pressed = (
        await message_card_store.own_presses(act.db, rows[0].stream, cards, act.actor.id)
        if cards
        else set[tuple[int, str]]()
    )
    return [message_of(row, own, pressed) for row in rows]


async def _pins(act: Act, ask: GetHistory, seen: Visible) -> list[Pinned]:
    if seen.first_no is None or ask.before is not None or ask.after is not None:
        return []
    rows = await store.pins(act.db, ask.stream, seen.first_no)
    messages = await _messages(act, [row.message for row in rows])
    return [Pinned(message=m, by=row.by, at=millis(row.at)) for m, row in zip(messages, rows, strict=True)]


async def _quoted(act: Act, stream: str, messages: Sequence[Message]) -> list[Message]:
    here = {message.seq for message in messages}
    answered = {message.body.reply.seq for message in messages if message.body.reply is not None}
    if not answered - here:
        return []
    return await _messages(act, await store.messages_at(act.db, stream, act.actor.id, sorted(answered - here)))


def _named(messages: Iterable[Message]) -> set[int]:
    """Everybody whose name is shown with these messages."""
    named: set[int] = set()
    for message in messages:
        named.add(message.author)
        if message.body.reply is not None:
            named.add(message.body.reply.author)
        for reaction in message.reactions:
            named.update(reaction.people)
        if message.card_state is not None:
            named.update(_pressers(message.card_state))
    return named


def _pressers(state: CardState) -> Iterable[int]:
    if state.settled is not None:
        yield state.settled.person
    for pressed in state.counts.values():
        yield from pressed.people


async def _people(act: Act, ids: Iterable[int]) -> dict[int, PersonBrief]:
    briefs = await org.briefs(act.db, sorted(ids), act.language) if ids else []
    return {brief.id: brief for brief in briefs}


def _other(row: ConversationRow, actor: int) -> int:
    return (row.low or 0) + (row.high or 0) - actor


async def _may(act: Act, decided: str) -> _May:
    return _May(await posting.may_post(act, decided), await posting.may_pin(act, decided))


def _conversation(row: ConversationRow, other: PersonBrief | None, may: Mapping[str, _May], act: Act) -> Conversation:
    return Conversation(
        stream=row.stream,
        kind="direct" if row.kind == "direct" else "group",
        title=_title(row, other, act.actor.id, act.language),
        members=row.members,
        head=row.head,
        head_no=row.head_no,
        read_no=row.read_no,
        with_person=other,
        last=_last(row.last) if row.last is not None else None,
        muted=row.muted,
        mentioned=row.mentioned,
        moved=millis(row.last.at if row.last is not None else row.joined_at),
        folder=rules.folder_of(row.kind, row.key),
        pinned=row.pinned,
        hidden_no=row.hidden_no,
        announcement=row.announcement,
        may_post=not row.rules or may[row.rules].post,
        may_pin=not row.rules or may[row.rules].pin,
        closed=posting.posting_of(row.rules).closed,
    )


def _last(row: MessageRow) -> Message:
    """A message for one line of the list: of what was forwarded within it no more than that there is something."""
    message = message_of(row)
    if not message.body.merged:
        return message
    first = replace(message.body.merged[0], pictures=[], files=[], merged=[])
    return replace(message, body=replace(message.body, merged=[first]))


def _title(row: ConversationRow, other: PersonBrief | None, actor: int, language: Language) -> str:
    if row.kind != "direct":
        return (row.title_zh if language == "zh-CN" else row.title_en) or ""
    if other is None:
        return ""
    return NOTES[language] if other.id == actor else other.name


def message_of(
    row: MessageRow, own: Collection[tuple[int, str]] = (), pressed: Collection[tuple[int, str]] = ()
) -> Message:
    """A message as pages show it; `own` are reactions of the person who reads it, `pressed` what they pressed."""
    body = _BODY.decode(row.body)
    reactions = _REACTIONS.decode(row.reactions) if row.reactions else []
    # A node of before takes a message back and knows nothing of these.
    gone = body.recalled_by != 0
    return Message(
        stream=row.stream,
        seq=row.seq,
        no=row.no,
        at=millis(row.at),
        author=row.author,
        body=body,
        nonce=row.nonce,
        changed=row.changed or 0,
        reactions=[replace(one, mine=(row.seq, one.emoji) in own) for one in reactions],
        pinned=row.pinned or False,
        card_state=_state(row, pressed) if row.card and not gone else None,
        preview=_PREVIEW.decode(row.preview) if row.preview and not gone else None,
    )


def _state(row: MessageRow, pressed: Collection[tuple[int, str]]) -> CardState:
    state = _CARD.decode(row.card or "{}")
    mine = {button: replace(one, mine=(row.seq, button) in pressed) for button, one in state.counts.items()}
    return replace(state, counts=mine)


_BODY = msgspec.json.Decoder(MessageBody)
_CARD = msgspec.json.Decoder(CardState)
_PREVIEW = msgspec.json.Decoder(LinkPreview)
_REACTIONS = msgspec.json.Decoder(list[Reaction])
