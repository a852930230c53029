"""Numbers for whoever looks at a board: a stream's counts, at most once a second, never an event per person.

A socket listens because its person was let in to look. When what people may see changes, those concerned hear nothing
more until they have asked, and were let in, again.
"""

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from dianmai.core.journal import Committed, Placed
from dianmai.edge import frames
from dianmai.edge.outbox import Outbox
from dianmai.wire.frames import Counts

if TYPE_CHECKING:
    from dianmai.edge.connection import Connection

INTERVAL_S = 1.0


class _Counted(msgspec.Struct):
    """What a body in a counts-only stream has in common."""

    counts: dict[str, int]


_COUNTED = msgspec.json.Decoder(_Counted)


class _Board:
    def __init__(self) -> None:
        self.sockets: dict[Connection, bool] = {}
        self.last: Placed | None = None
        self.seq = 0
        self.timer: asyncio.TimerHandle | None = None


class Boards:
    """The streams of which somebody wants the counts."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._boards: dict[str, _Board] = {}

    def listen(self, socket: "Connection", stream: str, *, numbers: bool) -> None:
        """Without `numbers` a socket is told only that they moved: its person may not see those of everyone."""
        self._boards.setdefault(stream, _Board()).sockets[socket] = numbers

    def doubt(self, sockets: Collection["Connection"]) -> None:
        """Lets these sockets hear no more numbers, and tells them to ask again."""
        for stream, board in list(self._boards.items()):
            concerned = [socket for socket in sockets if board.sockets.pop(socket, None) is not None]
            self.ask_again(concerned, stream, board.seq)
            if not board.sockets:
                del self._boards[stream]

    def ask_again(self, sockets: Collection["Connection"], stream: str, seq: int = 0) -> None:
        """Without numbers: whoever may still look finds them by looking."""
        if sockets:
            self._outbox.send_all(sockets, [frames.frame(Counts(stream=stream, seq=seq, counts={}))])

    def leave(self, socket: "Connection") -> None:
        for stream, board in list(self._boards.items()):
            board.sockets.pop(socket, None)
            if not board.sockets:
                del self._boards[stream]

    def take(self, commit: Committed) -> None:
        """Tells the first numbers at once, later ones a second after the last."""
        board = self._boards.get(commit.stream)
        if board is None or not commit.entries:
            return
        board.last = commit.entries[-1]
        board.seq = board.last.seq
        if board.timer is None:
            self._tell(board)

    def _tell(self, board: _Board) -> None:
        entry, board.last, board.timer = board.last, None, None
        if entry is None or not board.sockets:
            return
        counts = _COUNTED.decode(entry.body).counts
        for numbers in (True, False):
            told = frames.frame(Counts(stream=entry.stream, seq=entry.seq, counts=counts if numbers else {}))
            self._outbox.send_all([s for s, wanted in board.sockets.items() if wanted is numbers], [told])
        board.timer = asyncio.get_running_loop().call_later(INTERVAL_S, self._tell, board)
