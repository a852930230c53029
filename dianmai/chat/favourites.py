"""What a person keeps of what was said to them: a list of their own, on all their devices.

A favourite is a place, no copy: it says what may be read there now, and nothing once that was taken back. What is no
longer for the person to read is not listed.
"""

from typing import Final

import msgspec

from dianmai import search
from dianmai.chat import favourites_store, later_rules, rules, store
from dianmai.chat.favourites_store import FavouriteRow
from dianmai.chat.findable import said
from dianmai.chat.reading import message_of, people_in
from dianmai.core.clock import millis
from dianmai.core.errors import Conflict, NotFound, describe
from dianmai.core.ids import person_stream
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, reading, writing
from dianmai.wire.base import MAX_ID
from dianmai.wire.chat import MessageBody
from dianmai.wire.favourites import Favour, FavouredBody, Favourite, Favourites, GetFavourites

MOST: Final = 2_000
AT_ONCE: Final = 200
"""So many are looked through in one go for the words that somebody searches for."""

describe(
    {
        "too_many_favourites": (
            "收藏最多 {limit} 条，请先删掉一些",
            "You can keep at most {limit} favourites; remove some first",
        )
    }
)


@writing("chat.favour")
async def favour(act: Act, ask: Favour) -> FavouredBody:
    """Takes 1–50 messages of a conversation into the person's favourites, with `on` false out of them.

    Only the place is kept, at most 2,000: what stands there is read when it is looked at, while the person may read the
    conversation. Answers which of them are news; nobody but the person's other devices hears. Refuses `not_found` (no
    such conversation or message, or not for the person to see), `recalled`, `too_many_favourites`.
    """
    rules.require_conversation(ask.stream)
    wanted = sorted(set(ask.seqs))
    if ask.on:
        await _require_readable(act, ask.stream, wanted)
        news = await favourites_store.add(act.db, act.actor.id, ask.stream, wanted)
        if await favourites_store.count(act.db, act.actor.id) > MOST:
            raise Conflict("too_many_favourites", limit=MOST)
    else:
        news = await favourites_store.remove(act.db, act.actor.id, ask.stream, wanted)
    body = FavouredBody(stream=ask.stream, seqs=news, on=ask.on)
    if news:
        act.tx.append(Draft(person_stream(act.actor.id), "chat.favoured", body))
    return body


@reading("chat.favourites")
async def list_favourites(act: Act, ask: GetFavourites) -> Favourites:
    """A page of the person's favourites, the last taken first: those whose conversation they may read now.

    Each as it may be read now, at most `limit` (1–200) with an id below `before`; with `text` (1–200 characters) those
    that say all its words, by the rules of `search.find`. `next` is the `before` of the next page, missing on the last
    one. Refuses `query_too_long`, `blank_text`.
    """
    wanted = None if ask.text is None else search.wanted(ask.text)
    size = ask.limit if wanted is None else AT_ONCE
    rows: list[FavouriteRow] = []
    before = ask.before or MAX_ID
    more = True
    while more and len(rows) < ask.limit:
        page = await favourites_store.page(act.db, act.actor.id, before, size + 1)
        more = len(page) > size
        for row in page[:size]:
            if len(rows) == ask.limit:
                more = True
                break
            before = row.id
            if wanted is None or _says(row, wanted):
                rows.append(row)
    found = [Favourite(id=row.id, kept_at=millis(row.kept_at), message=message_of(row.message)) for row in rows]
    people = await people_in(act, [one.message for one in found])
    return Favourites(favourites=found, people=people, next=before if more else None)


def _says(row: FavouriteRow, wanted: search.Wanted) -> bool:
    message = said(_BODY.decode(row.message.body))
    return message is not None and wanted(message)


async def _require_readable(act: Act, stream: str, seqs: list[int]) -> None:
    rows = await store.messages_at(act.db, stream, act.actor.id, seqs)
    if len(rows) < len(seqs):
        raise NotFound("not_found", field="seqs")
    for row in rows:
        later_rules.require_there(_BODY.decode(row.body))


_BODY = msgspec.json.Decoder(MessageBody)
