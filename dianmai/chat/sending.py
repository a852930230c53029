"""Sending a message: text, or pictures with an optional caption. The hot path of the product."""

from collections.abc import Sequence

import asyncpg
import msgspec

from dianmai import files
from dianmai.chat import later_store, rules
from dianmai.core.clock import millis
from dianmai.core.errors import NotFound
from dianmai.core.journal import Draft, Fold, Placed
from dianmai.core.operations import Act, Append, appending
from dianmai.wire.chat import MessageBody, Reply, Send, Sent
from dianmai.wire.files import FileRef


@appending("chat.send")
async def send(act: Act, ask: Send) -> Append[Sent]:
    """Sends a message to a conversation the person is in: text, or up to 9 pictures with an optional caption.

    `text` at most 10,000 code points, stored without blanks at its ends; `pictures` are ids of files the person has
    uploaded or may read; `reply` is the seq of a message of this conversation that is answered. Answers
    where the message stands: `seq` in the stream, `no` among what counts as unread, `at` in milliseconds. The same nonce again
    answers the same place. Who writes has read what came before. Refuses `not_found` (no such conversation, or not a
    member; no such message to answer), `file_gone` (a picture is not there, or not theirs), `blank_text`, `text_too_long`, `too_many_items`, `duplicate_picture`, `not_a_picture`, `idempotency_conflict`.
    """
    rules.require_conversation(ask.stream)
    membership = await act.streams.membership(ask.stream, act.actor)
    text = rules.require_said(ask.text, ask.pictures)
    pictures = await _pictures(act, ask.pictures) if ask.pictures else []
    reply = await _answered(act, ask.stream, ask.reply) if ask.reply is not None else None
    draft = Draft(ask.stream, "chat.message", MessageBody(text=text, pictures=pictures, reply=reply), counts=True)
    return Append(drafts=[draft], answer=_sent, guards=[membership.guard])


def _has_pictures(body: bytes) -> bool:
    return b'"pictures":[' in body  # quotes inside a text are escaped: these bytes stand for the field alone


async def _hold(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    """Lets the readers of the conversation see the pictures of its messages."""
    for entry in placed:
        ids = [picture.id for picture in _BODY.decode(entry.body).pictures]
        await files.hold(connection, ids, entry.stream, entry.seq)


def _sent(placed: Sequence[Placed]) -> Sent:
    entry = placed[0]
    return Sent(stream=entry.stream, seq=entry.seq, no=entry.no or 0, at=millis(entry.at))


async def _answered(act: Act, stream: str, seq: int) -> Reply:
    """Also of one that was taken back: it may have been there when the answer was written."""
    author = await later_store.author(act.db, stream, seq, act.actor.id)
    if author is None:
        raise NotFound("not_found", field="reply")
    return Reply(seq=seq, author=author)


async def _pictures(act: Act, ids: Sequence[str]) -> list[FileRef]:
    rules.require_distinct(ids)
    pictures = await files.refs(act.db, act.actor, ids)
    rules.require_pictures(pictures)
    return pictures


_BODY = msgspec.json.Decoder(MessageBody)
hold_pictures = Fold(concerns=_has_pictures, write=_hold)
