"""Keeping a message in sight of everybody in the conversation, as long as somebody wants it so."""

from collections.abc import Sequence

import asyncpg
import msgspec

from dianmai.chat import later_rules, later_store, posting
from dianmai.chat.targets import everything, find, where
from dianmai.core.journal import Draft, Fold, Placed
from dianmai.core.operations import Act, Append, appending
from dianmai.wire.chat import Changed, MessageBody
from dianmai.wire.pins import Pin, PinnedBody, Unpin


@appending("chat.pin")
async def pin(act: Act, ask: Pin) -> Append[Changed]:
    """Pins a message of a conversation: it stands above the talk until it is unpinned or taken back.

    At most 20 in a conversation. In a group for whoever may write and is one of those `pin_by` names. What is pinned
    already is answered with `seq` 0. Refuses `not_found` (no such conversation or message, or not for the person to
    see), `pinning_restricted`, `posting_restricted`, `group_closed`, `recalled`, `too_many_pins`.
    """
    return await _turn(act, ask, on=True)


@appending("chat.unpin")
async def unpin(act: Act, ask: Unpin) -> Append[Changed]:
    """Takes a pin away, whoever has set it. What is not pinned is answered with `seq` 0.

    Also of what was said before the person joined, whose words stay unseen: it takes up room like any other. Refuses
    `not_found` (no such conversation or message, or neither pinned nor for the person to see), `pinning_restricted`,
    `posting_restricted`, `group_closed`, `recalled`.
    """
    return await _turn(act, ask, on=False)


async def _turn(act: Act, ask: Pin | Unpin, *, on: bool) -> Append[Changed]:
    membership, target = await find(act, ask.stream, ask.seq, "chat.pinned", pinned=not on)
    if not target.repeated:
        await posting.require_may_pin(act, membership)
        later_rules.require_there(_BODY.decode(target.body))
        now = await later_store.pinned(act.db, ask.stream, ask.seq)
        if now.already == on:
            so_already = Changed(stream=ask.stream, seq=0, at=0)
            return Append(drafts=[], answer=lambda _: so_already, guards=[membership.guard])
        if on:
            later_rules.require_room_to_pin(now.pins + 1)
    draft = Draft(ask.stream, "chat.pinned", PinnedBody(on=on), target=ask.seq)
    return Append(drafts=[draft], answer=where, guards=[membership.guard])


async def _write(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    for entry in placed:
        stream, seq = entry.stream, entry.target or 0
        later_rules.require_unrecalled(await later_store.mark_changed(connection, stream, seq, entry.seq))
        if _PINNED.decode(entry.body).on:
            new = await later_store.pin(connection, stream, seq, entry.actor, entry.at)
            # The stream is held: nobody else pins meanwhile.
            later_rules.require_room_to_pin((await later_store.pinned(connection, stream, seq)).pins)
        else:
            new = await later_store.unpin(connection, stream, seq)
        later_rules.require_news(new)


_BODY = msgspec.json.Decoder(MessageBody)
_PINNED = msgspec.json.Decoder(PinnedBody)
folds = {"chat.pinned": Fold(concerns=everything, write=_write)}
