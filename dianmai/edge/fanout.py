"""Delivers what is committed to the sockets that hear it: in seq order, without holes, encoded once for all of them.

Nothing is encoded, queried or decided per recipient. Who hears a stream is known from the members' epoch that every
commit carries; when it has moved, one query finds the sockets to attach and to detach before anything is delivered.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog

from dianmai.core import telemetry
from dianmai.core.access import require_alive
from dianmai.core.engine import Engine
from dianmai.core.errors import NotAllowed, Unavailable
from dianmai.core.ids import person_of, person_stream
from dianmai.core.journal import Committed, Placed
from dianmai.core.together import Together
from dianmai.edge import frames, store
from dianmai.edge.boards import Boards
from dianmai.edge.connection import Connection
from dianmai.edge.ending import end_access
from dianmai.edge.heard import UNKNOWN, Heard, joined_frame, left_frame, without_floors
from dianmai.edge.outbox import Outbox
from dianmai.edge.watching import Watching
from dianmai.wire.frames import Seen
from dianmai.wire.org import OrgChanged

log = structlog.get_logger()

REMEMBERED_STREAMS = 50_000
PATIENCE_S = 4.0
ATTACHED_AT_ONCE = 50
AGAIN_S = 1.0

_FROM_START = store.MemberState(actor=0, first_seq=1, read_no=0, muted=False, no=0)
_ORG_CHANGED = msgspec.json.Decoder(OrgChanged)


class Fanout:
    """All sockets of this process and the streams they hear."""

    def __init__(self, engine: Engine, outbox: Outbox, run: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._engine = engine
        self._outbox = outbox
        self._run = run
        self._streams: dict[str, Heard] = {}
        self._people: dict[int, set[Connection]] = {}
        self._attaching: set[Connection] = set()
        self._boards = Boards(outbox)
        self.watching = Watching(outbox, self._hears)
        self._hearing = Together(self._heard_by, ATTACHED_AT_ONCE)
        self.rights_moved = 0

    @property
    def connections(self) -> Iterable[Connection]:
        return (socket for sockets in self._people.values() for socket in sockets)

    def register(self, socket: Connection) -> None:
        """Knows a socket from its first moment on, so that ending access finds it."""
        self._people.setdefault(socket.actor.id, set()).add(socket)

    async def attach(self, socket: Connection) -> datetime:
        """Lets a socket hear its actor's streams from now on, and answers the database's time.

        Refuses a socket whose credential has ended meanwhile.

        Members may move while the database is being asked: what `_reconcile` learns in that time waits in `moves`
        (from which seq on the actor may see a stream; 0: not at all).
        """
        actor = socket.actor
        socket.moves = {}
        self._attaching.add(socket)
        try:
            rows, now = await self._hearing.answer((actor.id, actor.credential or 0))
            if now is None:
                async with self._engine.database.reading() as connection:
                    await require_alive(connection, actor)
                raise NotAllowed("session_revoked", status=401)
        finally:
            moves, socket.moves = socket.moves, None
            self._attaching.discard(socket)
        if socket.closing:
            return now
        socket.alive_at = next((row.seq for row in rows if row.stream == person_stream(actor.id)), 0)
        for row in rows:
            heard = self._streams.get(row.stream)
            if heard is None:
                # Others here may have joined while nobody listened: the first commit asks who hears it.
                heard = self._streams[row.stream] = Heard(row.stream, UNKNOWN, row.seq)
            if first := moves.pop(row.stream, row.first_seq):
                heard.add(socket, first)
        for stream, first in moves.items():
            if first and stream in self._streams:
                self._streams[stream].add(socket, first)
        return now

    async def _heard_by(
        self, asking: Sequence[tuple[int, int]]
    ) -> Sequence[tuple[list[store.HeardStream], datetime | None]]:
        async with self._engine.database.reading() as connection:
            return await store.heard(connection, asking)

    def detach(self, socket: Connection) -> None:
        """Forgets a socket."""
        for heard in socket.heard:
            heard.remove(socket)
        socket.heard = []
        self._boards.leave(socket)
        self.watching.leave(socket)
        sockets = self._people.get(socket.actor.id)
        if sockets is not None:
            sockets.discard(socket)
            if not sockets:
                del self._people[socket.actor.id]

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
        others = [s for s in self._people.get(actor, ()) if s is not by and s.ready]
        if others:
            self._outbox.send_all(others, [frames.frame(Seen(stream=stream, no=no))])

    def _hears(self, socket: Connection, stream: str) -> bool:
        heard = self._streams.get(stream)
        return heard is not None and socket in heard.sockets

    def ends_anew(self, actor: int, credential: int) -> None:
        """The session has become one of a shared device and ends sooner: its open sockets are to be asked about."""
        for socket in self._people.get(actor, ()):
            if socket.actor.credential == credential:
                socket.ends_at = 0.0

    def online(self) -> list[int]:
        """Who has a socket here."""
        return list(self._people)

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
        self._boards.doubt([socket for person in people for socket in self._people.get(person, ())])

    def _take(self, commit: Committed) -> None:
        heard = self._streams.get(commit.stream)
        entries = commit.entries
        if sockets := self._people.get(person_of(commit.stream)):
            # Before anything is said about order: news of later things may have come first.
            end_access(list(sockets), entries, self._engine.database, self._run)
        if heard is None:
            if not entries and commit.moved.isdisjoint(self._people):
                return  # nobody here is concerned; who hears it is asked when something is said in it
            heard = self._remember(commit)
            if commit.founded and entries:
                self._found(heard, commit)
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

    def _found(self, heard: Heard, commit: Committed) -> None:
        """Lets in who hears a stream from its start: with the commit that opens it they are known without asking."""
        sockets: list[Connection] = []
        for person in commit.moved & self._people.keys():
            for socket in self._people[person]:
                if socket.moves is not None:
                    socket.moves[heard.stream] = 1
                elif socket.ready:
                    socket.heard.append(heard)
                    sockets.append(socket)
        heard.sockets.update(sockets)
        heard.epoch = commit.member_epoch
        self._outbox.send_all(sockets, [joined_frame(heard.stream, _FROM_START, commit.entries, heard.seq)])

    def _remember(self, commit: Committed) -> Heard:
        if len(self._streams) >= REMEMBERED_STREAMS:
            self._streams = {n: h for n, h in self._streams.items() if h.sockets or h.later is not None}
        heard = Heard(commit.stream, UNKNOWN, commit.head - len(commit.entries))
        self._streams[commit.stream] = heard
        return heard

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
            self._streams.pop(heard.stream, None)
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
            await self._reconcile(heard, commit.member_epoch, entries)
        if entries:
            self._send(heard, entries)

    async def _reconcile(self, heard: Heard, epoch: int, entries: Sequence[Placed]) -> None:
        """Attaches who has come to hear the stream and detaches who no longer does."""
        asked = set(self._people)
        if asked:
            found = await store.members(self._engine.database.pool, heard.stream, asked, heard.epoch)
            states = found.states
            back = {p for p, s in states.items() if heard.were_away(self._people.get(p, ()), s.first_seq)}
            # Between two looks somebody may have joined, got to know the stream from a list that came through another
            # server, and left. They never heard it here; who left long ago is told once more, which harms nobody.
            self._let_go(heard, asked - states.keys() | back, found.left)
            self._let_in(heard, states, entries)
        heard.epoch = epoch

    def _let_go(self, heard: Heard, people: set[int], unheard: Iterable[int]) -> None:
        gone = [s for s in heard.sockets if s.actor.id in people]
        told = [*gone, *(s for p in unheard for s in self._people.get(p, ()) if s.ready and s not in heard.sockets)]
        for socket in gone:
            heard.remove(socket)
            socket.heard.remove(heard)
        for socket in self._attaching:
            if socket.moves is not None and socket.actor.id in people:
                socket.moves[heard.stream] = 0
        if told:
            self._outbox.send_all(told, [left_frame(heard.stream)])

    def _let_in(self, heard: Heard, states: dict[int, store.MemberState], entries: Sequence[Placed]) -> None:
        told: dict[tuple[int, int, bool], list[Connection]] = {}
        for person, state in states.items():
            for socket in self._people.get(person, ()):
                if socket.moves is not None:
                    socket.moves[heard.stream] = state.first_seq
                elif socket.ready and socket not in heard.sockets:
                    heard.add(socket, state.first_seq)
                    told.setdefault((state.first_seq, state.read_no, state.muted), []).append(socket)
        for sockets in told.values():
            state = states[sockets[0].actor.id]
            self._outbox.send_all(sockets, [joined_frame(heard.stream, state, entries, heard.seq)])

    def _send(self, heard: Heard, entries: Sequence[Placed]) -> None:
        heard.seq = entries[-1].seq
        if heard.sockets:
            if heard.floors is None:
                batch = frames.entries_frames(heard.stream, entries)
                self._outbox.send_all(heard.sockets, batch)
            else:
                everyone, others = without_floors(heard, entries)
                self._outbox.send_all(everyone, frames.entries_frames(heard.stream, entries))
                for floor, sockets in others.items():
                    if seen := [e for e in entries if e.seq >= floor]:
                        self._outbox.send_all(sockets, frames.entries_frames(heard.stream, seen))
            telemetry.tally.batches += 1
            telemetry.tally.deliveries += len(entries) * len(heard.sockets)
