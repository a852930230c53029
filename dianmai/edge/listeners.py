"""Who hears what: the sockets of this process, the streams they hear, and how they are let in and out.

A socket is let in when it says hello, when its person joins a stream, and with the commit that opens one. Who may hear
what is what the database says, never what came by the bus.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from dianmai.core.access import require_alive
from dianmai.core.db import Database
from dianmai.core.errors import NotAllowed
from dianmai.core.ids import person_stream
from dianmai.core.journal import Committed, Placed
from dianmai.core.together import Together
from dianmai.edge import store
from dianmai.edge.connection import Connection
from dianmai.edge.heard import UNKNOWN, Heard, joined_frame, left_frame
from dianmai.edge.outbox import Outbox

REMEMBERED_STREAMS = 50_000
ATTACHED_AT_ONCE = 50

_FROM_START = store.MemberState(actor=0, first_seq=1, read_no=0, muted=False, no=0)


class Listeners:
    """All sockets of this process by person, and the streams they hear by name."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox
        self.people: dict[int, set[Connection]] = {}
        self.streams: dict[str, Heard] = {}
        self._attaching: set[Connection] = set()
        self._hearing = Together(self._heard_by, ATTACHED_AT_ONCE)

    def register(self, socket: Connection) -> None:
        """Knows a socket from its first moment on, so that ending access finds it."""
        self.people.setdefault(socket.actor.id, set()).add(socket)

    async def attach(self, socket: Connection) -> datetime:
        """Lets a socket hear its actor's streams from now on, and answers the database's time.

        Refuses a socket whose credential has ended meanwhile.

        Members may move while the database is being asked: what `reconcile` learns in that time waits in `moves`
        (from which seq on the actor may see a stream; 0: not at all).
        """
        actor = socket.actor
        socket.moves = {}
        self._attaching.add(socket)
        try:
            rows, now = await self._hearing.answer((actor.id, actor.credential or 0))
            if now is None:
                async with self._database.reading() as connection:
                    await require_alive(connection, actor)
                raise NotAllowed("session_revoked", status=401)
        finally:
            moves, socket.moves = socket.moves, None
            self._attaching.discard(socket)
        if socket.closing:
            return now
        socket.alive_at = next((row.seq for row in rows if row.stream == person_stream(actor.id)), 0)
        for row in rows:
            heard = self.streams.get(row.stream)
            if heard is None:
                # Others here may have joined while nobody listened: the first commit asks who hears it.
                heard = self.streams[row.stream] = Heard(row.stream, UNKNOWN, row.seq)
            if first := moves.pop(row.stream, row.first_seq):
                heard.add(socket, first)
        for stream, first in moves.items():
            if first and stream in self.streams:
                self.streams[stream].add(socket, first)
        return now

    async def _heard_by(
        self, asking: Sequence[tuple[int, int]]
    ) -> Sequence[tuple[list[store.HeardStream], datetime | None]]:
        async with self._database.reading() as connection:
            return await store.heard(connection, asking)

    def forget(self, socket: Connection) -> None:
        """Lets a socket hear nothing any more."""
        for heard in socket.heard:
            heard.remove(socket)
        socket.heard = []
        sockets = self.people.get(socket.actor.id)
        if sockets is not None:
            sockets.discard(socket)
            if not sockets:
                del self.people[socket.actor.id]

    def hears(self, socket: Connection, stream: str) -> bool:
        heard = self.streams.get(stream)
        return heard is not None and socket in heard.sockets

    def remember(self, commit: Committed) -> Heard:
        """Follows a stream from this commit on."""
        if len(self.streams) >= REMEMBERED_STREAMS:
            self.streams = {n: h for n, h in self.streams.items() if h.sockets or h.later is not None}
        heard = Heard(commit.stream, UNKNOWN, commit.head - len(commit.entries))
        self.streams[commit.stream] = heard
        return heard

    def found(self, heard: Heard, commit: Committed) -> None:
        """Lets in who hears a stream from its start: with the commit that opens it they are known without asking."""
        sockets: list[Connection] = []
        for person in commit.moved & self.people.keys():
            for socket in self.people[person]:
                if socket.moves is not None:
                    socket.moves[heard.stream] = 1
                elif socket.ready:
                    socket.heard.append(heard)
                    sockets.append(socket)
        heard.sockets.update(sockets)
        heard.epoch = commit.member_epoch
        self._outbox.send_all(sockets, [joined_frame(heard.stream, _FROM_START, commit.entries, heard.seq)])

    async def reconcile(self, heard: Heard, epoch: int, entries: Sequence[Placed]) -> None:
        """Attaches who has come to hear the stream and detaches who no longer does."""
        asked = set(self.people)
        if asked:
            found = await store.members(self._database.pool, heard.stream, asked, heard.epoch)
            states = found.states
            back = {p for p, s in states.items() if heard.were_away(self.people.get(p, ()), s.first_seq)}
            # Between two looks somebody may have joined, got to know the stream from a list that came through another
            # server, and left. They never heard it here; who left long ago is told once more, which harms nobody.
            self._let_go(heard, asked - states.keys() | back, found.left)
            self._let_in(heard, states, entries)
        heard.epoch = epoch

    def _let_go(self, heard: Heard, people: set[int], unheard: Iterable[int]) -> None:
        gone = [s for s in heard.sockets if s.actor.id in people]
        told = [*gone, *(s for p in unheard for s in self.people.get(p, ()) if s.ready and s not in heard.sockets)]
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
            for socket in self.people.get(person, ()):
                if socket.moves is not None:
                    socket.moves[heard.stream] = state.first_seq
                elif socket.ready and socket not in heard.sockets:
                    heard.add(socket, state.first_seq)
                    told.setdefault((state.first_seq, state.read_no, state.muted), []).append(socket)
        for sockets in told.values():
            state = states[sockets[0].actor.id]
            self._outbox.send_all(sockets, [joined_frame(heard.stream, state, entries, heard.seq)])
