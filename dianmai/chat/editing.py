"""Changing the text of a message, and taking it back. What it said before is sealed: only the audit reads it."""

from collections.abc import Sequence

import asyncpg
import msgspec
from msgspec.structs import replace

from dianmai import files, org
from dianmai.chat import later_store, mentions_store, rules
from dianmai.chat.mentioning import reached, still_mentioned
from dianmai.chat.targets import everything, find, where
from dianmai.core import sealing
from dianmai.core.clock import millis
from dianmai.core.journal import Draft, Fold, Placed
from dianmai.core.operations import Act, Append, appending
from dianmai.wire.chat import Changed, Edit, EditedBody, MessageBody, Recall, RecalledBody


@appending("chat.edit")
async def edit(act: Act, ask: Edit) -> Append[Changed]:
    """Changes the text of one's own message, for as many minutes after sending as the policy `chat_edit_minutes` says.

    What it holds besides stays. Readers see the new text, marked as edited; the ledger keeps every version. Of whom it
    mentioned, those named in `mentions` stay mentioned, the others no longer; nobody comes to be mentioned by an edit.
    Refuses `not_found` (no such conversation or message, or not for the person to see), `not_author`,
    `edit_window_over`, `recalled`, `forwarded_unchanged` (it is somebody else's words), `blank_text`, `text_too_long`,
    `bad_mention`, `idempotency_conflict`.
    """
    membership, target = await find(act, ask.stream, ask.seq)
    text = rules.require_said(ask.text, ())
    mentions = await still_mentioned(act, ask, text) if ask.mentions else []
    if not target.repeated:
        rules.require_author(target.author, act.actor.id)
        body = _BODY.decode(target.body)
        rules.require_there(body)
        rules.require_own_words(body)
        rules.require_no_new_mentions(mentions, body)
        rules.require_within(target.minutes, (await org.policies(act)).chat_edit_minutes, "edit_window_over")
    draft = Draft(ask.stream, "chat.edited", EditedBody(text=text, mentions=mentions), target=ask.seq)
    return Append(drafts=[draft], answer=where, guards=[membership.guard])


@appending("chat.recall")
async def recall(act: Act, ask: Recall) -> Append[Changed]:
    """Takes one's own message back, up to as many minutes after sending as the policy `chat_recall_minutes` says.

    Nobody can read it any more, nor its files, on any way; the audit alone still can. Copies that somebody has
    forwarded stay theirs. Refuses `not_found` (no such conversation or message, or not for the person to see),
    `not_author`, `recall_window_over`, `recalled`.
    """
    membership, target = await find(act, ask.stream, ask.seq)
    if not target.repeated:
        rules.require_author(target.author, act.actor.id)
        rules.require_there(_BODY.decode(target.body))
        rules.require_within(target.minutes, (await org.policies(act)).chat_recall_minutes, "recall_window_over")
    draft = Draft(ask.stream, "chat.recalled", RecalledBody(), target=ask.seq)
    return Append(drafts=[draft], answer=where, guards=[membership.guard])


async def _write_edits(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    for entry in placed:
        stream, seq = entry.stream, entry.target or 0
        rules.require_unrecalled(await later_store.mark_changed(connection, stream, seq, entry.seq))
        before = _BODY.decode(await later_store.body(connection, stream, seq))
        said = _EDITED.decode(entry.body)
        now = replace(before, text=said.text, mentions=said.mentions, edited=millis(entry.at))
        await sealing.show_instead(connection, stream, [seq], msgspec.json.encode(now))
        if before.mentions or now.mentions:
            await mentions_store.keep_only(connection, stream, seq, sorted(reached(now.mentions, entry.actor)))
        await _seal_edits(connection, entry)


async def _write_recalls(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    for entry in placed:
        stream, seq = entry.stream, entry.target or 0
        rules.require_unrecalled(await later_store.mark_recalled(connection, stream, seq, entry.seq))
        nothing = msgspec.json.encode(MessageBody(recalled_by=entry.actor))
        await sealing.show_instead(connection, stream, [seq], nothing)
        await _seal_edits(connection, entry)
        await files.let_go(connection, stream, seq)
        await mentions_store.keep_only(connection, stream, seq, [])


async def _seal_edits(connection: asyncpg.Connection, entry: Placed) -> None:
    """What a message said in between goes where its first words went."""
    earlier = await later_store.edits(connection, entry.stream, entry.target or 0, entry.seq)
    if earlier:
        await sealing.show_instead(connection, entry.stream, earlier, b"{}")


_BODY = msgspec.json.Decoder(MessageBody)
_EDITED = msgspec.json.Decoder(EditedBody)
folds = {
    "chat.edited": Fold(concerns=everything, write=_write_edits),
    "chat.recalled": Fold(concerns=everything, write=_write_recalls),
}
