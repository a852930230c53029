"""Changing the text of a message, and taking it back. What it said before is sealed: only the audit reads it."""

from collections.abc import Sequence

import asyncpg
import msgspec
from msgspec.structs import replace

from dianmai import files, org
from dianmai.chat import card_rules, later_rules, later_store, mention_rules, mentions_store, posting, rules
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
    `edit_window_over`, `recalled`, `forwarded_unchanged` (it is somebody else's words), `card_unchanged`,
    `too_many_edits` (50), `blank_text`, `text_too_long`, `bad_mention`, `too_many_mentions` (50),
    `idempotency_conflict`; in groups where the
    person may not write now `posting_restricted`, `group_closed`.
    """
    membership, target = await find(act, ask.stream, ask.seq, "chat.edited")
    text = rules.require_said(ask.text, ())
    mentions = await still_mentioned(act, ask, text, _BODY.decode(target.body)) if ask.mentions else []
    if not target.repeated:
        await posting.require_may_change(act, membership)
        later_rules.require_author(target.author, act.actor.id)
        body = _BODY.decode(target.body)
        later_rules.require_there(body)
        later_rules.require_own_words(body)
        card_rules.require_no_card(body.card)
        mention_rules.require_no_new_mentions(mentions, body)
        later_rules.require_within(target.minutes, (await org.policies(act)).chat_edit_minutes, "edit_window_over")
    draft = Draft(ask.stream, "chat.edited", EditedBody(text=text, mentions=mentions), target=ask.seq)
    return Append(drafts=[draft], answer=where, guards=[membership.guard])


@appending("chat.recall")
async def recall(act: Act, ask: Recall) -> Append[Changed]:
    """Takes one's own message back, up to as many minutes after sending as the policy `chat_recall_minutes` says.

    Nobody can read it any more, nor its files, on any way; the audit alone still can. Copies that somebody has
    forwarded stay theirs. Refuses `not_found` (no such conversation or message, or not for the person to see),
    `not_author`, `recall_window_over`, `recalled`.
    """
    membership, target = await find(act, ask.stream, ask.seq, "chat.recalled")
    if not target.repeated:
        later_rules.require_author(target.author, act.actor.id)
        later_rules.require_there(_BODY.decode(target.body))
        later_rules.require_within(target.minutes, (await org.policies(act)).chat_recall_minutes, "recall_window_over")
    draft = Draft(ask.stream, "chat.recalled", RecalledBody(), target=ask.seq)
    return Append(drafts=[draft], answer=where, guards=[membership.guard])


async def _write_edits(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    for entry in placed:
        stream, seq = entry.stream, entry.target or 0
        before = await later_store.said(connection, stream, seq)
        edits = await later_store.mark_edited(connection, stream, seq, entry.seq)
        later_rules.require_unrecalled(edits is not None)
        later_rules.require_not_too_often(edits or 0)
        old, said = _BODY.decode(before.body), _EDITED.decode(entry.body)
        now = replace(old, text=said.text, mentions=said.mentions, edited=millis(entry.at))
        await sealing.show_instead(connection, stream, [seq], msgspec.json.encode(now))
        if old.mentions or now.mentions:
            await mentions_store.keep_only(connection, stream, seq, sorted(reached(now.mentions, entry.actor)))
        await _seal_what_followed(connection, stream, seq, before.edited)


async def _write_recalls(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    for entry in placed:
        stream, seq = entry.stream, entry.target or 0
        before = await later_store.said(connection, stream, seq)
        later_rules.require_unrecalled(await later_store.mark_recalled(connection, stream, seq, entry.seq))
        nothing = msgspec.json.encode(MessageBody(recalled_by=entry.actor))
        await sealing.show_instead(connection, stream, [seq], nothing)
        await _seal_what_followed(connection, stream, seq, before.edited)
        await files.let_go(connection, stream, seq)
        await mentions_store.keep_only(connection, stream, seq, [])


async def _seal_what_followed(connection: asyncpg.Connection, stream: str, seq: int, edited: int | None) -> None:
    """What a message said in between goes where its first words went, and what was shown behind its links with it: an
    address may be what was never meant to be said. What it said before that is there already."""
    seqs = await later_store.previews_of(connection, stream, seq)
    if edited is not None:
        seqs.append(edited)
    if seqs:
        await sealing.show_instead(connection, stream, seqs, b"{}")


_BODY = msgspec.json.Decoder(MessageBody)
_EDITED = msgspec.json.Decoder(EditedBody)
# Recalls first: what shares a commit with one is refused then, by what stands there, and tried in a commit of its own.
folds = {
    "chat.recalled": Fold(concerns=everything, write=_write_recalls),
    "chat.edited": Fold(concerns=everything, write=_write_edits),
}
