"""Cards in messages: something to look at and to press. What a press does is decided here, never by who shows the card.

An integration is an actor like any other: it sends and presses by the same two operations.
"""

from collections.abc import Sequence

import asyncpg
import msgspec

from dianmai import files, org
from dianmai.chat import card_rules, later_rules, later_store, message_card_store, posting, rules
from dianmai.chat.targets import everything, find, where
from dianmai.core.clock import millis
from dianmai.core.errors import NotFound
from dianmai.core.journal import Draft, Fold, Placed
from dianmai.core.operations import Act, Append, appending
from dianmai.wire.cards import Card, CardButton, CardChangedBody, CardField, NewCard, Press, SendCard
from dianmai.wire.chat import Changed, MessageBody, Sent


@appending("chat.send_card")
async def send_card(act: Act, ask: SendCard) -> Append[Sent]:
    """Sends a card to a conversation the actor is in: a title, up to 20 fields, a picture, up to 6 buttons.

    For who holds the right `publish` anywhere. `text` is read where no card can be shown, in lists and by search; left
    out, it is made from title and fields. `picture` is a picture the actor has uploaded or may read. A button is for
    everyone, for the people named, or for the card's author. Answers like `chat.send`. Refuses `forbidden`,
    `not_found`, `file_gone`, `not_a_picture`, `blank_text`, `bidi_control`, `control_character`, `duplicate_button`,
    `nobody_named`, `idempotency_conflict`; in groups that have decided so `posting_restricted`, `slow_mode`,
    `group_closed`.
    """
    await org.require_right(act, "publish")
    rules.require_conversation(ask.stream)
    membership = await act.streams.membership(ask.stream, act.actor)
    card = await _made(act, card_rules.require_clear(ask.card))
    text = rules.require_said(ask.text, ()) if ask.text is not None else card_rules.read_aloud(card)
    await posting.require_may_post(act, membership)  # last: it takes a turn
    draft = Draft(ask.stream, "chat.message", MessageBody(text=text, card=card), counts=True)
    return Append(drafts=[draft], answer=_sent, guards=[membership.guard])


@appending("chat.act")
async def act_on_card(act: Act, ask: Press) -> Append[Changed]:
    """Presses a button of a card. Everybody who has the conversation sees at once what has become of it.

    Of the buttons that decide (`once`), the first press counts, whoever presses at the same time: `card_settled` for
    all others. A button that counts, each may press once; what one has done already is answered with `seq` 0. Refuses
    `not_found` (no such conversation, message, card or button, or not for the actor to see), `not_yours_to_press`,
    `card_settled`, `recalled`, `group_closed`.
    """
    membership, target = await find(act, ask.stream, ask.seq, "chat.card_changed")
    button = _button(_BODY.decode(target.body), ask.button)
    if not target.repeated:
        posting.require_open(membership)
        card_rules.require_may_press(button, target.author, act.actor.id)
        now = await message_card_store.pressed_so(act.db, ask.stream, ask.seq, act.actor.id, button.id)
        if now.mine:
            so_already = Changed(stream=ask.stream, seq=0, at=0)
            return Append(drafts=[], answer=lambda _: so_already, guards=[membership.guard])
        card_rules.require_undecided(decided=button.once and now.settled_by is not None)
    body = CardChangedBody(button=button.id, once=button.once)
    draft = Draft(ask.stream, "chat.card_changed", body, target=ask.seq)
    return Append(drafts=[draft], answer=where, guards=[membership.guard])


async def _made(act: Act, new: NewCard) -> Card:
    pictures = await files.refs(act.db, act.actor, [new.picture], field="card.picture") if new.picture else []
    rules.require_pictures(pictures)
    return Card(
        title=new.title,
        kind=new.kind,
        fields=[CardField(label=field.label, value=field.value) for field in new.fields],
        picture=pictures[0] if pictures else None,
        buttons=[
            CardButton(
                id=button.id,
                label=button.label,
                style=button.style,
                by=button.by,
                people=button.people if button.by == "named" else [],
                once=button.once,
                done=button.done or "",
            )
            for button in new.buttons
        ],
    )


def _sent(placed: Sequence[Placed]) -> Sent:
    entry = placed[0]
    return Sent(stream=entry.stream, seq=entry.seq, no=entry.no or 0, at=millis(entry.at))


def _button(body: MessageBody, wanted: str) -> CardButton:
    later_rules.require_there(body)
    for button in body.card.buttons if body.card is not None else ():
        if button.id == wanted:
            return button
    raise NotFound("not_found", field="button")


async def _write(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    """One after the other: of those that were decided on the same look, the first is right and the others are not."""
    for entry in placed:
        stream, seq = entry.stream, entry.target or 0
        body = _CHANGED.decode(entry.body)
        later_rules.require_unrecalled(await later_store.mark_changed(connection, stream, seq, entry.seq))
        first = await message_card_store.press(
            connection, stream, seq, entry.actor, body.button, entry.at, settles=body.once
        )
        if body.once:
            card_rules.require_undecided(decided=not first)
            await message_card_store.settle(connection, stream, seq, body.button, entry.actor, millis(entry.at))
        else:
            later_rules.require_news(first)
            await message_card_store.count(connection, stream, seq, body.button)


_BODY = msgspec.json.Decoder(MessageBody)
_CHANGED = msgspec.json.Decoder(CardChangedBody)
folds = {"chat.card_changed": Fold(concerns=everything, write=_write)}
