"""Drafts: what somebody has begun to write, for their other devices. What was written last stands.

The words stay out of the journal: the entry says that there is something new, the row what.
"""

from dianmai.chat import drafts_store, rules, store
from dianmai.core.clock import millis, moment
from dianmai.core.errors import NotFound
from dianmai.core.ids import person_stream
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, reading, writing
from dianmai.wire.drafts import DraftedBody, Drafts, GetDrafts, KeepDraft, KeptDraft


# Without a remembered answer, which would keep the words: `at` makes a repeat harmless.
@writing("chat.draft", nonce=False)
async def keep_draft(act: Act, ask: KeepDraft) -> KeptDraft:
    """Keeps what the person has begun to write in a conversation, for their other devices; empty: sent or given up.

    Of several devices the one that wrote last wins, by `at`; a time ahead of the server's is taken for now. Answers
    what stands. Meant for pauses, not for every letter. Refuses `not_found` (no such conversation, or not a member),
    `rate_limited` (more than 20 in 10 seconds).
    """
    rules.require_conversation(ask.stream)
    if await store.visible(act.db, ask.stream, act.actor.id) is None:
        raise NotFound("not_found", field="stream")
    rules.require_calm(await drafts_store.own_entries_lately(act.db, person_stream(act.actor.id), rules.MOST_DRAFTED))
    draft = KeptDraft(stream=ask.stream, text=ask.text if ask.text.strip() else "", at=min(ask.at, millis(act.now)))
    stands = await drafts_store.keep(act.db, act.actor.id, ask.stream, draft.text, moment(draft.at))
    if stands is not None:
        return KeptDraft(stream=ask.stream, text=stands.text, at=millis(stands.at))
    await drafts_store.tidy(act.db, act.actor.id)
    act.tx.append(Draft(person_stream(act.actor.id), "chat.drafted", DraftedBody(stream=ask.stream)))
    return draft


@reading("chat.drafts")
async def drafts(act: Act, ask: GetDrafts) -> Drafts:
    """What the person has begun to write, in the conversations named (none named: in all), at most 100.

    One with an empty text was sent or given up at that time. Refuses nothing but a malformed request.
    """
    rows = await drafts_store.drafts(act.db, act.actor.id, ask.streams)
    return Drafts(drafts=[KeptDraft(stream=row.stream, text=row.text, at=millis(row.at)) for row in rows])
