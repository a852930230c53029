"""Carrying on what was said in one conversation into others: each message by itself, or several as one."""

from collections.abc import Sequence

import msgspec

from dianmai import org
from dianmai.chat import excerpts, later_rules, posting, rules, store
from dianmai.chat.store import MessageRow
from dianmai.core import streams
from dianmai.core.errors import NotFound
from dianmai.core.journal import Draft, StaleGuard
from dianmai.core.operations import Act, writing
from dianmai.core.streams import Membership
from dianmai.wire.base import Nothing
from dianmai.wire.chat import MessageBody
from dianmai.wire.forwarding import Forward


@writing("chat.forward")
async def forward(act: Act, ask: Forward) -> Nothing:
    """Forwards 1–50 messages of a conversation to 1–9 others, in the order they were said, everywhere or nowhere.

    Each goes by itself, as what its author wrote first; `merged`, all go as one message of excerpts. They say what the
    originals say now, and hold their files for whoever reads there: until that message is taken back, whatever becomes
    of the originals. `text`, a line of one's own, follows. Refuses `not_found` (`stream` or `seqs`: no such
    conversation or message, or not for the person to see; `to`: not in that conversation), `recalled`,
    `forwarded_too_large` (a message over 64 KiB or 99 files, all over 256 KiB), `forwarded_too_deep` (merged within
    merged more than 3 deep), `blank_text`, `text_too_long`, `too_many_items`, `idempotency_conflict`; of the groups
    it goes to `posting_restricted`, `group_closed`, `slow_mode`, `one_at_a_time` (several where one must pause).
    """
    rows = await _originals(act, ask)
    bodies = await _carried(act, ask, rows)
    excerpts.require_bounded(bodies)
    if ask.text is not None:
        bodies.append(MessageBody(text=rules.require_said(ask.text, ())))
    memberships = await _targets(act, ask)
    await posting.require_may_post_in_all(act, memberships, len(bodies))
    for membership in memberships:
        act.tx.guards.append(membership.guard)
        for place, body in enumerate(bodies):
            act.tx.append(Draft(membership.stream, "chat.message", body, counts=True, nonce=_nonce(act, place)))
    # Nothing guards where they come from, and whoever takes one back holds that stream before lanes.
    act.tx.write_last(lambda: _require_unchanged(act, ask, rows))
    return Nothing()


async def _originals(act: Act, ask: Forward) -> list[MessageRow]:
    """The messages that are forwarded, as the actor may read them now."""
    rules.require_conversation(ask.stream)
    if await store.visible(act.db, ask.stream, act.actor.id) is None:
        raise NotFound("not_found", field="stream")
    wanted = sorted(set(ask.seqs))
    rows = await store.messages_at(act.db, ask.stream, act.actor.id, wanted)
    if len(rows) < len(wanted):
        raise NotFound("not_found", field="seqs")
    return rows


async def _require_unchanged(act: Act, ask: Forward, rows: Sequence[MessageRow]) -> None:
    """Lets it be decided again where the originals say something else by now, or are not for the actor any more."""
    now = await store.messages_at(act.db, ask.stream, act.actor.id, [row.seq for row in rows])
    if [row.body for row in now] != [row.body for row in rows]:
        raise StaleGuard({ask.stream})


async def _carried(act: Act, ask: Forward, rows: Sequence[MessageRow]) -> list[MessageBody]:
    """What is said where it goes."""
    originals = [_BODY.decode(row.body) for row in rows]
    for body in originals:
        later_rules.require_there(body)
    names = await _names(act, rows)
    if ask.merged:
        return [excerpts.as_one(rows, originals, names)]
    return [excerpts.by_itself(row, body, names.get(row.author, "")) for row, body in zip(rows, originals, strict=True)]


async def _targets(act: Act, ask: Forward) -> list[Membership]:
    to = list(dict.fromkeys(ask.to))
    try:
        for stream in to:
            rules.require_conversation(stream)
        return await streams.memberships(act.db, to, act.actor)
    except NotFound:
        raise NotFound("not_found", field="to") from None


async def _names(act: Act, rows: Sequence[MessageRow]) -> dict[int, str]:
    authors = sorted({row.author for row in rows})
    return {brief.id: brief.name for brief in await org.briefs(act.db, authors, act.language)}


def _nonce(act: Act, place: int) -> str | None:
    """Each message its own: devices tell by it which one of theirs they hear of."""
    return act.nonce if place == 0 else f"{act.nonce}:{place}"


_BODY = msgspec.json.Decoder(MessageBody)
