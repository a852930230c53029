"""A stream as the sockets of this process hear it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dianmai.core.journal import Committed, Placed
from dianmai.edge import frames
from dianmai.edge.store import MemberState
from dianmai.wire.frames import Streams
from dianmai.wire.sync import StreamState

if TYPE_CHECKING:
    from dianmai.edge.connection import Connection

UNKNOWN = -1


class Heard:
    """One stream: its members' epoch as far as followed, the last seq delivered, and the sockets that hear it.

    `floors` are the few sockets that may not see the very next entries yet; `later` are commits that wait, in order,
    while the database is asked about this stream.
    """

    __slots__ = ("epoch", "floors", "later", "seq", "sockets", "stream")

    def __init__(self, stream: str, epoch: int, seq: int) -> None:
        self.stream = stream
        self.epoch = epoch
        self.seq = seq
        self.sockets: set[Connection] = set()
        self.floors: dict[Connection, int] | None = None
        self.later: list[Committed] | None = None

    def add(self, socket: "Connection", first_seq: int) -> None:
        """Attaches a socket that may see entries from `first_seq` on."""
        self.sockets.add(socket)
        socket.heard.append(self)
        if first_seq > self.seq + 1:
            self.floors = {**(self.floors or {}), socket: first_seq}

    def remove(self, socket: "Connection") -> None:
        self.sockets.discard(socket)
        if self.floors is not None and self.floors.pop(socket, None) and not self.floors:
            self.floors = None

    def were_away(self, sockets: Iterable["Connection"], first_seq: int) -> bool:
        """Whether these, of a person who may see entries from `first_seq` on, have left and come back meanwhile.

        What was said in between is not theirs, though they never ceased to be attached.
        """
        floors = self.floors or {}
        return first_seq > self.seq + 1 and any(s in self.sockets and floors.get(s) != first_seq for s in sockets)


def without_floors(
    heard: Heard, entries: Sequence[Placed]
) -> tuple[Iterable["Connection"], dict[int, list["Connection"]]]:
    """Splits the sockets into those that may see all of these entries, and the others by the seq they may see from."""
    floors = heard.floors or {}
    low = {s: f for s, f in floors.items() if f > entries[0].seq}
    heard.floors = {s: f for s, f in floors.items() if f > entries[-1].seq + 1} or None
    others: dict[int, list[Connection]] = {}
    for socket, floor in low.items():
        others.setdefault(floor, []).append(socket)
    return [s for s in heard.sockets if s not in low], others


def joined_frame(stream: str, state: MemberState, entries: Sequence[Placed], seq: int) -> bytes:
    """Tells a fresh member of the stream, as it stood before these entries."""
    first = entries[0].seq if entries else seq + 1
    no = next((e.no - 1 for e in entries if e.no is not None), state.no)
    return frames.frame(
        Streams(
            joined=[
                StreamState(
                    stream=stream,
                    head=max(first, state.first_seq) - 1,
                    head_no=max(no, 0),
                    read_no=min(state.read_no, max(no, 0)),
                    first=state.first_seq,
                    muted=state.muted,
                )
            ]
        )
    )


def left_frame(stream: str) -> bytes:
    return frames.frame(Streams(left=[stream]))
