"""Delivers what is committed to the sockets that hear it: in seq order, without holes, encoded once for all of them.

Nothing is encoded, queried or decided per recipient. Who hears a stream (`listeners`) is known from the members' epoch
that every commit carries; when it has moved, one query finds the sockets to attach and to detach before anything is
delivered.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

import msgspec
import structlog

from dianmai.core import telemetry
from dianmai.core.engine import Engine
from dianmai.core.errors import Unavailable
from dianmai.core.ids import person_of
from dianmai.core.journal import Committed, Placed
from dianmai.edge import frames, store
from dianmai.edge.boards import Boards
from dianmai.edge.connection import Connection
from dianmai.edge.ending import end_access
from dianmai.edge.heard import Heard, by_first, seen_from
from dianmai.edge.listeners import Listeners
from dianmai.edge.outbox import Outbox
from dianmai.edge.watching import Watching
from dianmai.wire.frames import Seen
from dianmai.wire.org import OrgChanged

log = structlog.get_logger()

PATIENCE_S = 4.0
AGAIN_S = 1.0

_ORG_CHANGED = msgspec.json.Decoder(OrgChanged)


class Fanout:
    """What is committed on its way to the sockets of this process."""

    def __init__(self, engine: Engine, outbox: Outbox, run: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._engine = engine
        self._outbox = outbox
        self._run = run
        self.listeners = Listeners(engine.database, outbox)
        self._boards = Boards(outbox)
        self.watching = Watching(outbox, self.listeners.hears)
        self.rights_moved = 0

    @property
    def connections(self) -> Iterable[Connection]:
        return (socket for sockets in self.listeners.people.values() for socket in sockets)

    def detach(self, socket: Connection) -> None:
        """Forgets a socket."""
        self.listeners.forget(socket)
        self._boards.leave(socket)
        self.watching.leave(socket)

    def listen(self, socket: Connection, stream: str, *, numbers: bool, decided: int) -> None:
        """Lets a socket hear that the counts of a stream moved, and with `numbers` the counts.

        `decided`: `rights_moved` from before it was let in. When rights have moved meanwhile it asks again instead.
        """
        if socket.closing:
            return
        if decided == self.rights_moved:
            self._boards.listen(socket, stream, numbers=numbers)
        else:
            self._boards.ask_again([socket], stream)

    def seen(self, actor: int, stream: str, no: int, by: Connection | None) -> None:
        """Tells a person's other devices how far they have read, and who has the stream before them."""
        self.watching.mark(stream, actor, read=no)
        others = [s for s in self.listeners.people.get(actor, ()) if s is not by and s.ready]
        if others:
            self._outbox.send_all(others, [frames.frame(Seen(stream=stream, no=no))])

    def ends_anew(self, actor: int, credential: int) -> None:
        """The session has become one of a shared device and ends sooner: its open sockets are to be asked about."""
        for socket in self.listeners.people.get(actor, ()):
            if socket.actor.credential == credential:
                socket.ends_at = 0.0

    def online(self) -> list[int]:
        """Who has a socket here."""
        return list(self.listeners.people)

    def deliver(self, committed: Sequence[Committed]) -> None:
        """Takes what was committed, by this process or another. Entries delivered before are passed over."""
        for commit in committed:
            if commit.heard_by == "members":
                self._take(commit)
            elif commit.heard_by == "counts":
                self._boards.take(commit)
            else:
                for entry in commit.entries:
                    if entry.kind == "org.changed":
                        self._doubt(_ORG_CHANGED.decode(entry.body).people)
                    elif entry.kind == "org.policy_set":
                        self.watching.doubt()

    def _doubt(self, people: Iterable[int]) -> None:
        self.rights_moved += 1
        self._boards.doubt([socket for person in people for socket in self.listeners.people.get(person, ())])

    def _take(self, commit: Committed) -> None:
        heard = self.listeners.streams.get(commit.stream)
        entries = commit.entries
        if sockets := self.listeners.people.get(person_of(commit.stream)):
            # Before anything is said about order: news of later things may have come first.
            end_access(list(sockets), entries, self._engine.database, self._run)
        if heard is None:
            if not entries and commit.moved.isdisjoint(self.listeners.people):
                return  # nobody here is concerned; who hears it is asked when something is said in it
            heard = self.listeners.remember(commit)
            if commit.founded and entries:
                self.listeners.found(heard, commit)
        if heard.later is None and heard.epoch == commit.member_epoch and entries:
            first = entries[0].seq
            if first == heard.seq + 1:
                self._send(heard, entries)
                return
            if not heard.sockets and first > heard.seq:
                heard.seq = first - 1
                self._send(heard, entries)
                return
        if commit.head <= heard.seq and commit.member_epoch <= heard.epoch:
            return
        if heard.later is None:
            heard.later = [commit]
            self._run(self._settle(heard))
        else:
            heard.later.append(commit)

    async def _settle(self, heard: Heard) -> None:
        """Works off the commits that wait on a stream, asking the database what it must."""
        try:
            while heard.later:
                # For each commit, not for all: where members move all day, there is always one more.
                async with asyncio.timeout(PATIENCE_S):
                    await self._settle_one(heard, heard.later[0])
                heard.later.pop(0)
        except Exception as error:
            if not isinstance(error, Unavailable | TimeoutError):
                log.exception("delivery failed", stream=heard.stream)
            # Who hears this stream is not known for certain: nobody does, until they have come back. Those who have
            # just joined have nothing to come back for: they are told when the database answers again.
            self.listeners.streams.pop(heard.stream, None)
            for socket in list(heard.sockets):
                socket.close(1013, "resume")
            asyncio.get_running_loop().call_later(AGAIN_S, self.deliver, heard.later or ())
        finally:
            heard.later = None

    async def _settle_one(self, heard: Heard, commit: Committed) -> None:
        entries = [e for e in commit.entries if e.seq > heard.seq]
        if entries and entries[0].seq > heard.seq + 1:
            if heard.sockets:
                entries = [
                    *await store.gap(self._engine.database.pool, heard.stream, heard.seq, entries[0].seq),
                    *entries,
                ]
            else:
                heard.seq = entries[0].seq - 1
        if commit.member_epoch > heard.epoch:
            await self.listeners.reconcile(heard, commit.member_epoch, entries)
        if entries:
            self._send(heard, entries)

    def _send(self, heard: Heard, entries: Sequence[Placed]) -> None:
        heard.seq = entries[-1].seq
        if heard.sockets:
            if heard.may_all_see(entries):
                batch = frames.entries_frames(heard.stream, entries)
                self._outbox.send_all(heard.sockets, batch)
            else:
                everyone, others = by_first(heard, entries)
                self._outbox.send_all(everyone, frames.entries_frames(heard.stream, entries))
                for first, sockets in others.items():
                    if seen := seen_from(first, entries):
                        self._outbox.send_all(sockets, frames.entries_frames(heard.stream, seen))
            telemetry.tally.batches += 1
            telemetry.tally.deliveries += len(entries) * len(heard.sockets)
