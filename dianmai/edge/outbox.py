"""What sockets still have to be sent. All that one socket gets in one turn of the loop leaves in one write.

A socket that does not read is not waited for: what it misses is in the journal, so it is closed and told to resume.
"""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from dianmai.core import telemetry

MOST_BYTES = 1024 * 1024
MOST_FRAMES = 512


class Receiver(Protocol):
    """The sending side of a socket. `waiting` belongs to the outbox, everything else to the socket."""

    transport: asyncio.Transport
    waiting: list[bytes]
    held: list[bytes]
    held_bytes: int
    paused: bool

    def fell_behind(self) -> None: ...


class Outbox:
    """The sending sides of this process."""

    def __init__(self) -> None:
        self._first: list[Receiver] = []
        self._due: list[Receiver] = []
        self._scheduled = False

    def send(self, receiver: Receiver, frame: bytes) -> None:
        """Queues a frame for one socket. Who has asked is answered before others hear: what comes next from there then
        comes while they are written to, and is stored together."""
        self._first.append(receiver)
        receiver.waiting.append(frame)
        self._schedule()

    def send_all(self, receivers: Iterable[Receiver], frames: list[bytes]) -> None:
        """Queues frames for many sockets: nothing here may depend on the single one."""
        due = self._due
        if len(frames) == 1:
            frame = frames[0]
            for receiver in receivers:
                waiting = receiver.waiting
                if not waiting:
                    due.append(receiver)
                waiting.append(frame)
        else:
            for receiver in receivers:
                waiting = receiver.waiting
                if not waiting:
                    due.append(receiver)
                waiting.extend(frames)
        self._schedule()

    def resume(self, receiver: Receiver) -> None:
        """Sends what was held while the socket did not take more."""
        receiver.paused = False
        if receiver.held:
            held = b"".join(receiver.held)
            telemetry.held_frames.dec(len(receiver.held))
            receiver.held, receiver.held_bytes = [], 0
            receiver.transport.write(held)

    def drop(self, receiver: Receiver) -> None:
        """Forgets what is queued for a socket."""
        receiver.waiting.clear()
        telemetry.held_frames.dec(len(receiver.held))
        receiver.held, receiver.held_bytes = [], 0

    def flush_one(self, receiver: Receiver) -> None:
        """Writes at once what is queued for a socket that is about to be closed."""
        frames = [] if receiver.paused else list(receiver.waiting)
        self.drop(receiver)
        if frames:
            receiver.transport.write(b"".join(frames))

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        due, self._first, self._due = [*self._first, *self._due], [], []
        for receiver in due:
            waiting = receiver.waiting
            if not waiting:
                continue
            if receiver.paused:
                self._hold(receiver)
            elif len(waiting) == 1:
                receiver.transport.write(waiting[0])
                waiting.clear()
            else:
                receiver.transport.write(b"".join(waiting))
                waiting.clear()

    def _hold(self, receiver: Receiver) -> None:
        receiver.held += receiver.waiting
        receiver.held_bytes += sum(map(len, receiver.waiting))
        telemetry.held_frames.inc(len(receiver.waiting))
        receiver.waiting.clear()
        if receiver.held_bytes > MOST_BYTES or len(receiver.held) > MOST_FRAMES:
            receiver.fell_behind()
