"""Notices as their reader sees them: what I owe, what I received, what I may follow, and one in full."""

from collections.abc import Mapping, Sequence

import msgspec

from dianmai import org
from dianmai.core.clock import millis
from dianmai.core.errors import NotFound
from dianmai.core.operations import Act, reading
from dianmai.notices import rich_text, scope, store_reading
from dianmai.notices.rules import STATES
from dianmai.notices.store_reading import Followed, Listed
from dianmai.notices.streams import notice_stream
from dianmai.wire.files import FileRef
from dianmai.wire.notices import GetNotice, GetNotices, Notice, NoticeBrief, Notices
from dianmai.wire.org import PersonBrief

Found = Sequence[tuple[Listed, int | None]]
_FILES = msgspec.json.Decoder(list[FileRef])


@reading("notices.list", by_itself=True)
async def list_notices(act: Act, ask: GetNotices) -> Notices:
    """A folder of notices, `limit` at a time; `before` is the last notice of the page before.

    `owed`: what I still have to read or confirm, those to confirm first; `received`: all mine; `sent`: what I published
    or may follow, with counts of what I may see. Newest first. Refuses nothing but a malformed request.
    """
    granted = await scope.granted_board(act) if ask.folder == "sent" else ()
    found = await _folder(act, ask, granted)
    page = found[: ask.limit]
    counts = {}
    if ask.folder == "sent":
        counts = await store_reading.counts_followed(act.db, act.actor.id, granted, [n.id for n, _ in page])
    return Notices(notices=await _briefs(act, page, counts), more=len(found) > len(page))


@reading("notices.open")
async def open_notice(act: Act, ask: GetNotice) -> Notice:
    """One notice with its text as typed and as safe HTML, its files, and my own state with the server's times (ms).

    Opening it is not reading it: the client says `notices.read` once the text was in view. `may_follow`: its board is
    open to me. Refusals: `not_found` (404) to who is neither a recipient nor may follow it.
    """
    found = await store_reading.one(act.db, ask.notice, act.actor.id)
    if found is None:
        raise NotFound("not_found", field="notice")
    listed, mine = found
    may_follow = await scope.may_follow(act, listed.id)
    if mine.state is None and not may_follow:
        raise NotFound("not_found", field="notice")
    (brief,) = await _briefs(act, [(listed, mine.state)], {})
    return Notice(
        brief=brief,
        text=mine.text,
        html=rich_text.rendered(mine.text),
        files=_FILES.decode(mine.files),
        delivered_at=None if mine.delivered_at is None else millis(mine.delivered_at),
        read_at=None if mine.read_at is None else millis(mine.read_at),
        confirmed_at=None if mine.confirmed_at is None else millis(mine.confirmed_at),
        may_follow=may_follow,
    )


async def _folder(act: Act, ask: GetNotices, granted: Sequence[int]) -> Found:
    """One more than was asked for, which tells whether there is a next page."""
    me, limit = act.actor.id, ask.limit + 1
    match ask.folder:
        case "owed":
            return await store_reading.owed(act.db, me, ask.before, limit)
        case "received":
            return await store_reading.received(act.db, me, ask.before, limit)
        case "sent":
            return await store_reading.followed(act.db, me, granted, ask.before, limit)


async def _briefs(act: Act, page: Found, counts: Mapping[int, Followed]) -> list[NoticeBrief]:
    publishers = list({listed.publisher for listed, _ in page})
    people = {p.id: p for p in await org.briefs(act.db, publishers, act.language)}
    return [_brief(listed, state, people, counts.get(listed.id)) for listed, state in page]


def _brief(
    listed: Listed, state: int | None, people: Mapping[int, PersonBrief], counts: Followed | None
) -> NoticeBrief:
    return NoticeBrief(
        notice=listed.id,
        stream=notice_stream(listed.id),
        title=listed.title,
        preview=listed.preview,
        at=millis(listed.published_at),
        publisher=people.get(listed.publisher) or PersonBrief(id=listed.publisher, name=""),
        must_confirm=listed.must_confirm,
        urgency=listed.urgency,
        deadline=None if listed.deadline is None else millis(listed.deadline),
        my_state=None if state is None else STATES[state],
        counts=None if counts is None else _cumulative(counts),
    )


def _cumulative(counts: Followed) -> dict[str, int]:
    return {
        "recipients": counts.recipients,
        "delivered": counts.delivered,
        "read": counts.read,
        "confirmed": counts.confirmed,
    }
