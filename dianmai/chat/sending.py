"""Sending a message: text, or pictures and files with an optional caption. The hot path of the product."""

from collections.abc import Iterator, Sequence

import asyncpg
import msgspec

from dianmai import files
from dianmai.chat import later_store, posting, rules
from dianmai.chat.excerpts import files_of
from dianmai.chat.mentioning import mentioned
from dianmai.core.clock import millis
from dianmai.core.errors import NotFound
from dianmai.core.journal import Draft, Fold, Placed
from dianmai.core.operations import Act, Append, appending
from dianmai.wire.chat import MessageBody, Reply, Send, Sent
from dianmai.wire.files import FileRef


@appending("chat.send")
async def send(act: Act, ask: Send) -> Append[Sent]:
    """Sends a message to a conversation the person is in: text, or up to 9 pictures and files with an optional caption.

    `text` at most 10,000 code points, stored without blanks at its ends; `pictures` and `files` are ids of files the
    person has uploaded or may read, of every kind the latter; `reply` is the seq of a message of this conversation that
    is answered; with `markdown` the text is shown with its headings, lists and the like, otherwise as it was typed;
    `mentions` are of members, or of everyone: by whom the group lets, in groups of more than 50 only by whoever leads.
    Answers where the message stands: `seq` in the stream, `no` among what counts as unread, `at` in
    milliseconds. The same nonce again answers the same place. Who writes has read what came before.
    Refuses `not_found` (no such conversation, or not a member; no such message to answer), `file_gone` (a file is not
    there, or not theirs), `blank_text`, `text_too_long`, `too_many_items`, `duplicate_picture`, `duplicate_file`,
    `not_a_picture`, `bad_mention`, `too_many_mentions` (50), `not_in_conversation` (who is mentioned), `forbidden` (to
    call everyone), `idempotency_conflict`; in groups that have decided so `posting_restricted`, `slow_mode` (429, with
    `retry_after_ms`), `group_closed`.
    """
    rules.require_conversation(ask.stream)
    membership = await act.streams.membership(ask.stream, act.actor)
    text = rules.require_said(ask.text, ask.pictures or ask.files)
    pictures = await _pictures(act, ask.pictures) if ask.pictures else []
    attached = await _files(act, ask) if ask.files else []
    reply = await _answered(act, ask.stream, ask.reply) if ask.reply is not None else None
    mentions = await mentioned(act, ask, text, membership) if ask.mentions else []
    await posting.require_may_post(act, membership)  # last: it takes a turn
    body = MessageBody(
        text=text,
        pictures=pictures,
        files=attached,
        reply=reply,
        mentions=mentions,
        markdown=ask.markdown and text != "",
    )
    draft = Draft(ask.stream, "chat.message", body, counts=True)
    return Append(drafts=[draft], answer=_sent, guards=[membership.guard])


def _has_files(body: bytes) -> bool:
    # Quotes inside a text are escaped: these bytes stand for the fields alone.
    return b'"pictures":[' in body or b'"files":[' in body or b'"picture":{' in body


async def _hold(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    """Lets the readers of the conversation have the pictures and files of its messages."""
    holdings = [files.Holding(file.id, entry.stream, entry.seq) for entry in placed for file in _held(entry)]
    await files.hold_all(connection, holdings)


def _held(entry: Placed) -> Iterator[FileRef]:
    body = _BODY.decode(entry.body)
    yield from files_of(body)
    if body.card is not None and body.card.picture is not None:
        yield body.card.picture


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


async def _files(act: Act, ask: Send) -> list[FileRef]:
    rules.require_distinct_files(ask.files, ask.pictures)
    return await files.refs(act.db, act.actor, ask.files, field="files")


_BODY = msgspec.json.Decoder(MessageBody)
hold_files = Fold(concerns=_has_files, write=_hold)
