"""Who has a stream before them just now: they hear how far the others have read it, and what is whispered in it.

Marks come at most once a second for a stream, however many people read; a whisper comes at once, from one person every
two seconds. Both only make it sooner: who asks again finds the marks in the database, and a whisper may be lost.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

from dianmai.edge import frames
from dianmai.edge.outbox import Outbox
from dianmai.wire.frames import Marks, ReadTo, Whisper

if TYPE_CHECKING:
    from dianmai.edge.connection import Connection

INTERVAL_S = 1.0
WHISPER_S = 2.0
RECENT = 2_000


class _Watched:
    def __init__(self) -> None:
        self.sockets: dict[Connection, tuple[bool, bool]] = {}
        self.moved: dict[int, ReadTo] = {}
        self.whispered: dict[int, float] = {}
        self.timer: asyncio.TimerHandle | None = None


class Watching:
    """The streams that somebody has open. A socket watches one: the last it has asked for."""

    def __init__(self, outbox: Outbox, hears: Callable[["Connection", str], bool]) -> None:
        """`hears`: whether the socket hears the stream now. Who was let go hears nothing more of it."""
        self._outbox = outbox
        self._hears = hears
        self._streams: dict[str, _Watched] = {}
        self._watches: dict[Connection, str] = {}
        self._recent: deque[tuple[float, str, ReadTo]] = deque(maxlen=RECENT)
        self._doubted = -inf

    def watch(
        self, socket: "Connection", stream: str | None, *, marks: bool, whispers: bool, since: float = inf
    ) -> None:
        """Lets a socket hear of this stream and of no other. `since`: from before it was looked how far others are."""
        self.leave(socket)
        marks = marks and since > self._doubted
        if stream is None or socket.closing:
            return
        self._watches[socket] = stream
        watched = self._streams.setdefault(stream, _Watched())
        watched.sockets[socket] = (marks, whispers)
        for at, place, mark in reversed(self._recent):
            if at < since:
                break
            if place == stream:
                self._take(stream, watched, mark)

    def doubt(self) -> None:
        """The company may have decided anew who hears how far others are: whoever does now is to ask again."""
        self._doubted = time.perf_counter()
        for watched in self._streams.values():
            watched.sockets = {socket: (False, whispers) for socket, (_, whispers) in watched.sockets.items()}

    def leave(self, socket: "Connection") -> None:
        stream = self._watches.pop(socket, None)
        watched = self._streams.get(stream) if stream is not None else None
        if stream is None or watched is None:
            return
        watched.sockets.pop(socket, None)
        if not watched.sockets:
            if watched.timer is not None:
                watched.timer.cancel()
            del self._streams[stream]

    def mark(self, stream: str, person: int, *, read: int = 0, got: int = 0) -> None:
        """Somebody has come so far."""
        mark = ReadTo(person=person, read=read, got=got)
        self._recent.append((time.perf_counter(), stream, mark))
        if watched := self._streams.get(stream):
            self._take(stream, watched, mark)

    def whisper(self, stream: str, person: int, kind: str) -> None:
        """Tells the others who listen, unless the same person has just whispered."""
        watched = self._streams.get(stream)
        now = asyncio.get_running_loop().time()
        if watched is None or now < watched.whispered.get(person, 0.0) + WHISPER_S:
            return
        watched.whispered[person] = now
        others = [s for s, (_, w) in watched.sockets.items() if w and s.actor.id != person and self._hears(s, stream)]
        if others:
            self._outbox.send_all(others, [frames.frame(Whisper(stream=stream, actor=person, kind=kind))])

    def _take(self, stream: str, watched: _Watched, mark: ReadTo) -> None:
        """The first is told at once, later ones together, a second after the last."""
        before = watched.moved.get(mark.person, mark)
        watched.moved[mark.person] = ReadTo(
            person=mark.person, read=max(before.read, mark.read), got=max(before.got, mark.got)
        )
        if watched.timer is None:
            watched.timer = asyncio.get_running_loop().call_later(0, self._tell, stream, watched)

    def _tell(self, stream: str, watched: _Watched) -> None:
        moved, watched.moved, watched.timer = list(watched.moved.values()), {}, None
        if not moved:
            return
        for numbers in (True, False):
            sockets = [s for s, (m, _) in watched.sockets.items() if m is numbers and self._hears(s, stream)]
            if sockets:
                told = Marks(stream=stream, marks=moved if numbers else [])
                self._outbox.send_all(sockets, [frames.frame(told)])
        watched.timer = asyncio.get_running_loop().call_later(INTERVAL_S, self._tell, stream, watched)
