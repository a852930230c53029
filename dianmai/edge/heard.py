"""A stream as the sockets of this process hear it."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dianmai.core.journal import Committed, Placed, withheld
from dianmai.edge import frames
from dianmai.edge.store import MemberState
from dianmai.wire.frames import Streams
from dianmai.wire.sync import StreamState

if TYPE_CHECKING:
    from dianmai.edge.connection import Connection

UNKNOWN = -1


class Heard:
    """One stream: its members' epoch as far as followed, the last seq delivered, and the sockets that hear it.

    `firsts` are the sockets that may see entries from a seq on only, `newest` is the highest such seq there was;
    `later` are commits that wait, in order, while the database is asked about this stream.
    """

    __slots__ = ("epoch", "firsts", "later", "newest", "seq", "sockets", "stream")

    def __init__(self, stream: str, epoch: int, seq: int) -> None:
        self.stream = stream
        self.epoch = epoch
        self.seq = seq
        self.sockets: set[Connection] = set()
        self.firsts: dict[Connection, int] | None = None
        self.newest = 1
        self.later: list[Committed] | None = None

    def add(self, socket: "Connection", first_seq: int) -> None:
        """Attaches a socket that may see entries from `first_seq` on."""
        self.sockets.add(socket)
        socket.heard.append(self)
        if first_seq > 1:
            if self.firsts is None:
                self.firsts = {}
            self.firsts[socket] = first_seq
            self.newest = max(self.newest, first_seq)

    def remove(self, socket: "Connection") -> None:
        self.sockets.discard(socket)
        if self.firsts is not None:
            self.firsts.pop(socket, None)

    def were_away(self, sockets: Iterable["Connection"], first_seq: int) -> bool:
        """Whether these, of a person who may see entries from `first_seq` on, have left and come back meanwhile.

        What was said in between is not theirs, though they never ceased to be attached.
        """
        firsts = self.firsts or {}
        return first_seq > self.seq + 1 and any(s in self.sockets and firsts.get(s) != first_seq for s in sockets)

    def may_all_see(self, entries: Sequence[Placed]) -> bool:
        """Whether all of these, and all that they are about, were said since the last of those who hear it joined."""
        newest = self.newest
        if entries[0].seq < newest:
            return False
        return newest == 1 or all(e.target is None or e.target >= newest for e in entries)


def by_first(heard: Heard, entries: Sequence[Placed]) -> tuple[Iterable["Connection"], dict[int, list["Connection"]]]:
    """Splits the sockets into those that may see all of these entries, and the others by the seq they may see from.

    Those from which the same is kept come together, as if they all might see from the highest of their seqs on.
    """
    marks = sorted({e.seq for e in entries} | {e.target for e in entries if e.target is not None})
    low = {s: f for s, f in (heard.firsts or {}).items() if f > marks[0]}
    others: dict[int, list[Connection]] = {}
    for socket, first in low.items():
        place = bisect_left(marks, first)
        if place < len(marks):
            others.setdefault(marks[place], []).append(socket)
    return [s for s in heard.sockets if s not in low], others


def seen_from(first: int, entries: Sequence[Placed]) -> list[Placed]:
    """These entries as they are for whoever may see entries from `first` on."""
    return [withheld(e) if e.target is not None and e.target < first else e for e in entries if e.seq >= first]


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
