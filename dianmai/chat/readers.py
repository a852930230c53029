"""Who has read a message, and how far others have come in a conversation that somebody has open.

All of it follows from the read cursors: nothing is written when a message is sent or shown.
"""

from collections import Counter
from collections.abc import Sequence

from dianmai import org
from dianmai.chat import readers_store, rules, store
from dianmai.chat.readers_store import MessageReaders
from dianmai.core import operations
from dianmai.core.access import Actor
from dianmai.core.db import let_nobody_wait
from dianmai.core.errors import NotFound, Refusal
from dianmai.core.gathering import Gatherer
from dianmai.core.operations import Act, Gather, Got, Whisper, gathering, reading
from dianmai.core.transactions import Transaction
from dianmai.wire.base import Nothing
from dianmai.wire.frames import ReadTo
from dianmai.wire.readers import Deliver, Delivered, GetReaders, Readers, Typing, UnitReaders, Watch, Watched


@reading("chat.readers")
async def readers(act: Act, ask: GetReaders) -> Readers:
    """Who of the others has read a message (`state` read) or has not (unread), by rising person id above `after`.

    `read` and `unread` count all; `people` are at most `limit` (1–200), `next` is the `after` of the next page. With
    the first page come the `units` of all of them with their numbers; `unit` then asks for the people of one. Who
    joined after the message and may not see it does not count, nor does its author. Refuses `not_found` (no such
    message, or not one the person may see), `forbidden` where only the author may know.
    """
    message = await readers_store.message(act.db, ask.stream, ask.seq, act.actor.id)
    if message is None:
        raise NotFound("not_found", field="seq")
    rules.require_may_see_readers(message.author, act.actor.id, (await org.policies(act)).readers_shown_to)
    read, unread = await readers_store.counts(act.db, message)
    ids = await _page(act, ask, message)
    page = ids[: ask.limit]
    first = ask.unit is None and ask.after == 0
    return Readers(
        read=read,
        unread=unread,
        people=await org.briefs(act.db, page, act.language),
        units=await _by_unit(act, message) if first else [],
        next=page[-1] if len(ids) > len(page) else None,
    )


@reading("chat.watch")
async def watch(act: Act, ask: Watch) -> Watched:
    """How far the others have come in a conversation, and lets this socket hear when they come further.

    For whoever opens it: `marks` frames follow, at most one a second, and `whisper` frames, until the socket asks to
    watch another one or closes. In conversations of more than 50 neither comes (`live` is false). Where only authors
    may know who has read, marks say no more than what has become of the person's own messages. Refuses `not_found` (no
    such conversation, or not a member).
    """
    members = await store.members_total(act.db, ask.stream, act.actor.id)
    if members is None:
        raise NotFound("not_found", field="stream")
    if not rules.is_live(members):
        act.aside(operations.Watch(None))
        return Watched(live=False)
    open_to_all = (await org.policies(act)).readers_shown_to == "everyone"
    act.aside(operations.Watch(ask.stream, marks=open_to_all, whispers=True))
    rows = await readers_store.marks(act.db, ask.stream, act.actor.id, of_own=not open_to_all)
    return Watched(live=True, marks=[ReadTo(person=r.person, read=r.read, got=r.got, first=r.first) for r in rows])


@gathering("chat.receive", Delivered, by_itself=True)
async def receive(act: Act, ask: Deliver) -> Gather[Deliver]:
    """Says that a device has stored direct conversations up to these `no`: then their messages are *delivered*.

    Answers what has moved by it. Only forward; what is not a direct conversation of the person's is passed over.
    Refuses nothing but a malformed request.
    """

    def told(received: Delivered) -> None:
        for stream, no in received.upto.items():
            act.aside(Got(stream, no))

    return Gather(_stored, ask, then=told)


@reading("chat.typing")
async def typing(act: Act, ask: Typing) -> Nothing:
    """Lets those who have the conversation open know that the person is typing: a whisper, kept nowhere.

    To be said every three seconds at most; more is passed over, and so is all of it in conversations of more than 50.
    Refuses `not_found` (no such conversation, or not a member).
    """
    rules.require_conversation(ask.stream)
    await act.streams.membership(ask.stream, act.actor)
    act.aside(Whisper(ask.stream, "typing"))
    return Nothing()


async def _page(act: Act, ask: GetReaders, message: MessageReaders) -> list[int]:
    has_read = ask.state == "read"
    if ask.unit is None:
        return await readers_store.people(act.db, message, ask.after, ask.limit + 1, has_read=has_read)
    among = await org.seated_in(act.db, ask.unit) if ask.unit else await _without_seat(act, message)
    return await readers_store.people(act.db, message, ask.after, ask.limit + 1, has_read=has_read, among=among)


async def _without_seat(act: Act, message: MessageReaders) -> list[int]:
    everybody = [person for person, _ in await readers_store.everybody(act.db, message)]
    seats = await org.seats(act.db, everybody)
    return [person for person in everybody if person not in seats]


async def _by_unit(act: Act, message: MessageReaders) -> list[UnitReaders]:
    everybody = await readers_store.everybody(act.db, message)
    seats = await org.seats(act.db, [person for person, _ in everybody])
    nowhere = org.Seat(0, "")
    counted = Counter((seats.get(person, nowhere), has_read) for person, has_read in everybody)
    units = [
        UnitReaders(unit=seat.unit, name=seat.name, read=counted[seat, True], unread=counted[seat, False])
        for seat in {seat for seat, _ in counted}
    ]
    return sorted(units, key=lambda row: (-row.unread, row.unit))


async def _write_stored(tx: Transaction, items: Sequence[tuple[Actor, Deliver]]) -> list[Delivered | Refusal]:
    await let_nobody_wait(tx.db)  # who writes there waits for their own cursor, with a lane held
    moved = await readers_store.note_stored(
        tx.db, [(stream, actor.id, no) for actor, item in items for stream, no in item.upto.items()]
    )
    return [
        Delivered(upto={stream: moved[stream, actor.id] for stream in item.upto if (stream, actor.id) in moved})
        for actor, item in items
    ]


_stored: Gatherer[Deliver, Delivered] = Gatherer("stored", _write_stored, weigh=lambda item: 1 + len(item.upto))
