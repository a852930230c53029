"""Publishing: the audience is resolved, its people and units frozen, the streams opened, all in one transaction."""

from collections.abc import Sequence

import msgspec

from dianmai import files, org
from dianmai.core import jobs
from dianmai.core.clock import millis, moment
from dianmai.core.errors import Invalid
from dianmai.core.ids import person_stream
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, writing
from dianmai.core.text import require_name, require_text
from dianmai.notices import finishing, rich_text, rules, store
from dianmai.notices.deadline import DEADLINE
from dianmai.notices.freezing import Frozen, freeze
from dianmai.notices.store import NewNotice
from dianmai.notices.streams import notice_stream, receipts_stream
from dianmai.wire.files import FileRef
from dianmai.wire.notices import NoticeBody, Publish, Published

FIRST = 1
"""The seq of the entry that opens a notice's stream."""


@writing("notices.publish")
async def publish(act: Act, ask: Publish) -> Published:
    """Publishes a must-read notice to an audience and freezes its recipients, each with unit and position.

    Everyone who is in the audience in this moment is a recipient, once, and stays one whatever becomes of them; nobody
    is added later. `deadline` (ms) is when it should be confirmed, or read where no confirmation is asked for. Needs a
    nonce: pressed twice, it is published once. Refusals: `forbidden` (403) without the right to publish,
    `audience_out_of_scope` (403) with the number of people outside the units one may publish to, `no_recipients`,
    `deadline_past`, `blank_text` (422), `unsafe_attachment` (422) for a program, web page or document with macros,
    `file_gone` (404) for a file that is not there, `idempotency_conflict` (409).
    """
    title, text = require_name(ask.title, "title"), require_text(ask.text, "text")
    deadline = None if ask.deadline is None else moment(ask.deadline)
    granted = (await org.rights_of(act.db, act.actor.id)).get("publish", [])
    rules.require_may_publish(granted)
    rules.require_deadline_ahead(deadline, act.now)
    frozen = await freeze(act, ask.audience, granted[0])
    # Publishing to oneself needs no right: an area manager belongs to the city above the stores they publish to.
    rules.require_all_in_scope(granted, frozen.lines_but_of(act.actor.id))
    if not frozen.recipients:
        raise Invalid("no_recipients", field="audience")
    refs = await files.refs(act.db, act.actor, ask.files, field="files") if ask.files else []
    files.require_inert(refs, field="files")
    new = NewNotice(
        publisher=act.actor.id,
        title=title,
        text=text,
        preview=rich_text.preview(text),
        must_confirm=ask.must_confirm,
        urgency=ask.urgency,
        deadline=deadline,
        files=msgspec.json.encode(refs).decode(),
        recipients=len(frozen.recipients),
        published_at=act.now,
    )
    notice = await _store(act, new, frozen)
    await _open(act, notice, new, refs, [r.person for r in frozen.recipients])
    return Published(notice=notice, stream=notice_stream(notice), recipients=len(frozen.recipients), at=millis(act.now))


async def _store(act: Act, new: NewNotice, frozen: Frozen) -> int:
    notice = await store.add_notice(act.db, new)
    await store.add_units(act.db, notice, frozen.units)
    owes = rules.CONFIRMED if new.must_confirm else rules.READ
    await store.add_recipients(act.db, notice, owes, frozen.recipients)
    return notice


async def _open(act: Act, notice: int, new: NewNotice, refs: Sequence[FileRef], people: Sequence[int]) -> None:
    (publisher,) = await org.briefs(act.db, [act.actor.id], act.language)
    stream = notice_stream(notice)
    act.tx.open(stream, lasting=False)
    act.tx.join(stream, people, from_start=True)
    act.tx.open(receipts_stream(notice), "counts")
    body = NoticeBody(
        notice=notice,
        title=new.title,
        text=new.text,
        must_confirm=new.must_confirm,
        urgency=new.urgency,
        deadline=None if new.deadline is None else millis(new.deadline),
        files=list(refs),
        publisher=publisher,
        recipients=new.recipients,
    )
    act.tx.append(Draft(stream, "notice.published", body, counts=True))
    if refs:
        ids = [ref.id for ref in refs]
        await files.hold(act.db, ids, stream, FIRST)
        # Who published it may send it again.
        await files.hold(act.db, ids, person_stream(act.actor.id), FIRST)
    if new.deadline is not None:
        await jobs.schedule(act.tx, DEADLINE, str(notice), new.deadline)
    await finishing.set_timer(act.tx, notice)
