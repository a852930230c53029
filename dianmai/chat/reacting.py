"""Answering a message with a sign instead of words."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import asyncpg
import msgspec

from dianmai import org
from dianmai.chat import later_rules, later_store, posting
from dianmai.chat.targets import everything, find, where
from dianmai.core.errors import NotFound
from dianmai.core.journal import Draft, Fold, Placed
from dianmai.core.operations import Act, Append, appending, reading
from dianmai.wire.chat import Changed, GetReactions, MessageBody, React, ReactedBody, Reactions


@appending("chat.react")
async def react(act: Act, ask: React) -> Append[Changed]:
    """Adds a reaction of one's own to a message, or with `on` false takes it away. It makes nothing unread.

    `emoji` is one emoji, as one would see it: a flag, a family, a hand with its colour are one. A message has at most
    20 different ones. What is so already is answered with `seq` 0. Refuses `not_found` (no such conversation or
    message, or not for the person to see), `not_one_emoji`, `too_many_reactions`, `reacted_too_often` (who has taken 50
    away from this message adds none), `recalled`, `group_closed`.
    """
    later_rules.require_one_emoji(ask.emoji)
    membership, target = await find(act, ask.stream, ask.seq, "chat.reacted")
    if not target.repeated:
        posting.require_open(membership)
        later_rules.require_there(_BODY.decode(target.body))
        now = await later_store.reacted(act.db, ask.stream, ask.seq, act.actor.id, ask.emoji)
        if now.already == ask.on:
            so_already = Changed(stream=ask.stream, seq=0, at=0)
            return Append(drafts=[], answer=lambda _: so_already, guards=[membership.guard])
        later_rules.require_room_to_react(now.kinds, now.undone, on=ask.on)
    draft = Draft(ask.stream, "chat.reacted", ReactedBody(emoji=ask.emoji, on=ask.on), target=ask.seq)
    return Append(drafts=[draft], answer=where, guards=[membership.guard])


@reading("chat.reactions")
async def reactions(act: Act, ask: GetReactions) -> Reactions:
    """Who reacted to a message with an emoji, by rising person id above `after`, at most `limit` (1–200).

    `next` is the `after` of the next page. Refuses `not_found` (no such conversation or message, or not for the person
    to see).
    """
    if await later_store.author(act.db, ask.stream, ask.seq, act.actor.id) is None:
        raise NotFound("not_found", field="seq")
    ids = await later_store.reacted_so(act.db, ask.stream, ask.seq, ask.emoji, ask.after, ask.limit + 1)
    page = ids[: ask.limit]
    people = await org.briefs(act.db, page, act.language) if page else []
    return Reactions(people=people, next=page[-1] if len(ids) > len(page) else None)


async def _write(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
    """Refuses what has changed since it was decided: so the entries of one person and one sign always alternate."""
    moved: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for entry in placed:
        stream, seq = entry.stream, entry.target or 0
        asked = _REACTED.decode(entry.body)
        later_rules.require_unrecalled(await later_store.mark_changed(connection, stream, seq, entry.seq))
        if asked.on:
            new = await later_store.add_reaction(connection, stream, seq, asked.emoji, entry.actor, entry.at)
        else:
            new = await later_store.remove_reaction(connection, stream, seq, asked.emoji, entry.actor)
        later_rules.require_news(new)
        moved[stream, seq][asked.emoji] += 1 if asked.on else -1
    for (stream, seq), by_emoji in moved.items():
        await later_store.count_reactions(connection, stream, seq, by_emoji)


_BODY = msgspec.json.Decoder(MessageBody)
_REACTED = msgspec.json.Decoder(ReactedBody)
folds = {"chat.reacted": Fold(concerns=everything, write=_write)}
