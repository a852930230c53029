"""One open socket: reads its frames, keeps the order of what it asks, sends its answers.

What one socket appends to one stream is decided and stored in the order it came, what waits together mostly in one
commit; other operations run beside them, at most 32 altogether. What it hears is not decided here: `fanout` fills its
outbox.
"""

import asyncio
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from dianmai.core import telemetry
from dianmai.core.access import Actor
from dianmai.core.clock import millis
from dianmai.core.engine import Answered, Asked
from dianmai.core.errors import Invalid, Refusal, TooMany, TooOld, Unavailable
from dianmai.core.ids import random_id
from dianmai.edge import frames, reading
from dianmai.edge.patience import Patience, linger_s
from dianmai.wire.frames import CAPABILITIES, OLDEST_VERSION, PROTOCOL_VERSION, Do, Hello, Welcome

if TYPE_CHECKING:
    from dianmai.edge.fanout import Heard
    from dianmai.edge.socket import SocketDoor

log = structlog.get_logger()

LONGEST_MESSAGE: Final = 64 * 1024
IN_FLIGHT: Final = 32
QUEUED: Final = 64

_TEXT, _CONTINUATION, _CLOSE = WSMsgType.TEXT, WSMsgType.CONTINUATION, WSMsgType.CLOSE
_PING, _PONG = WSMsgType.PING, WSMsgType.PONG


class Connection(WSListener):
    """A signed-in socket."""

    __slots__ = (
        "_door", "_flying", "_fragments", "_later", "_loop", "_ordered", "_patience", "_reading_paused", "_speaking",
        "actor", "address", "alive_at", "closing", "ends_at", "heard", "held", "held_bytes", "moves", "paused",
        "ready", "silent", "transport", "used", "waiting",
    )  # fmt: skip

    transport: asyncio.Transport

    def __init__(self, door: "SocketDoor", actor: Actor, address: str) -> None:
        self._door = door
        self._loop = asyncio.get_running_loop()
        self.actor = actor
        self.address = address
        self.waiting: list[bytes] = []
        self.held: list[bytes] = []
        self.held_bytes = 0
        self.paused = False
        self.closing = False
        self.ready = False
        self.silent, self.used = 0, False
        self.ends_at: float | None = None
        self.alive_at: int | None = None
        self.heard: list[Heard] = []
        self.moves: dict[str, int] | None = None
        self._speaking = False
        self._fragments: bytearray | None = None
        self._later: deque[Do] | None = None
        self._ordered: deque[Do] | None = None
        self._flying = 0
        self._reading_paused = False
        self._patience = Patience(self._loop.time())

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport.underlying_transport
        self._door.opened(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closing = True
        self._door.ended(self)

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        if self.closing:
            self.paused = False
        else:
            self._door.outbox.resume(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.silent = 0
        kind = frame.msg_type
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self.close(1002, "reserved bits")
        elif kind == _CLOSE:
            self._said_goodbye(frame.get_payload_as_bytes())
        elif self.closing:
            return
        elif not self._patience.frame(self._loop.time()):
            self._trouble(TooMany("rate_limited", retry_after_ms=1000))
        elif kind == _TEXT and frame.fin and self._fragments is None:
            self._text(frame.get_payload_as_bytes())
        elif kind == _PING:
            # Who does not read what is sent gets no pongs on top of it.
            if not self.paused:
                self.transport.write(frames.pong_frame(frame.get_payload_as_bytes()))
        elif kind == _PONG:
            return
        elif kind == WSMsgType.BINARY and self._fragments is None and frame.fin:
            self._trouble(Invalid("unsupported_frame", status=400))
        else:
            self._fragment(kind, frame)

    # What the server calls.

    def close(self, code: int, reason: str) -> None:
        """Says goodbye behind what is queued; cuts the line when the other side does not answer."""
        if self.closing:
            return
        self.closing = True
        telemetry.closed.labels(str(code)).inc()
        self._door.outbox.flush_one(self)
        self._door.fanout.detach(self)
        self.transport.write(frames.close_frame(code, reason))
        self._loop.call_later(linger_s(code), self.transport.abort)

    def fell_behind(self) -> None:
        """The socket reads too slowly: it shall come back and catch up from the journal."""
        self.close(4008, "slow_consumer")

    def shutdown(self) -> None:
        """The server stops: told when to come back, not all at once."""
        self._door.send_away(self)

    def tick(self) -> None:
        """Every five seconds: looks after sockets whose other side has gone without a word."""
        self.silent += 1
        if self.silent == 6:
            self.transport.write(frames.PING)
        elif self.silent >= 12:
            self.closing = True
            self.transport.abort()
        elif self.silent >= 3 and not self._speaking:
            self.close(4002, "protocol_error: no hello")

    # Frames.

    def _fragment(self, kind: WSMsgType, frame: WSFrame) -> None:
        if (kind == _CONTINUATION) != (self._fragments is not None):
            self.close(1002, "fragments out of order")
            return
        if kind == WSMsgType.BINARY:
            self.close(1003, "binary")
            return
        if self._fragments is None:
            self._fragments = bytearray()
        self._fragments += frame.get_payload_as_bytes()
        if len(self._fragments) > LONGEST_MESSAGE:
            self._fragments = None
            self.close(1009, "message too big")
        elif frame.fin:
            whole, self._fragments = bytes(self._fragments), None
            self._text(whole)

    def _text(self, payload: bytes) -> None:
        try:
            said = reading.frame_in(payload)
        except UnicodeDecodeError:
            self.close(1007, "not UTF-8")
            return
        except Refusal as refusal:
            self._trouble(refusal, reading.ref_in(payload))
            return
        if isinstance(said, Hello):
            self._hello(said)
        elif not self._speaking:
            self._trouble(Invalid("not_ready", status=400), said.ref)
        elif not self.ready or self._flying >= IN_FLIGHT:
            self._put_off(said)
        else:
            self._start(said)

    def _hello(self, hello: Hello) -> None:
        if self._speaking:
            self.close(4002, "protocol_error: second hello")
        elif not OLDEST_VERSION <= hello.version <= PROTOCOL_VERSION:
            self._refuse(TooOld("upgrade_required"), None)
            self.close(4005, "upgrade_required")
        else:
            self._speaking = True
            self.actor = replace(self.actor, language=hello.language)
            self._door.run(self._greet(hello))

    async def _greet(self, hello: Hello) -> None:
        try:
            now = await self._door.attach(self)
        except Refusal as refusal:
            self._refuse(refusal, None)
            if isinstance(refusal, Unavailable):
                self.close(1013, "storage_unavailable")
            else:
                self.close(4010, "session_revoked")
            return
        if self.closing:
            return
        if self.actor.expires_at is not None:
            self.ends_at = self._loop.time() + (self.actor.expires_at - now).total_seconds()
        self.ready = True
        self._door.outbox.send(
            self,
            frames.frame(
                Welcome(
                    version=hello.version,
                    capabilities=list(CAPABILITIES),
                    person=self.actor.id,
                    credential=self.actor.credential or 0,
                    now=millis(now),
                )
            ),
        )
        self._next()

    def _put_off(self, do: Do) -> None:
        if self._later is None:
            self._later = deque()
        self._later.append(do)
        if len(self._later) > QUEUED and not self._reading_paused:
            self._reading_paused = True
            self.transport.pause_reading()

    def _next(self) -> None:
        while self._later and self._flying < IN_FLIGHT:
            self._start(self._later.popleft())
        if self._reading_paused and not self._later and not self.closing:
            self._reading_paused = False
            self.transport.resume_reading()

    # Operations.

    def _start(self, do: Do) -> None:
        self._flying += 1
        operation = self._door.engine.operations.all().get(do.op)
        if operation is not None and not operation.by_itself:
            self.used = True
        if not self._door.is_appending(do.op):
            self._door.run(self._carry_out(do))
            return
        if self._ordered is None:
            self._ordered = deque((do,))
            self._door.run(self._carry_out_in_order(self._ordered))
        else:
            self._ordered.append(do)

    async def _carry_out_in_order(self, ordered: "deque[Do]") -> None:
        """What came while the last ones were carried out is carried out together."""
        try:
            while ordered:
                together = dict(enumerate(ordered))
                ordered.clear()
                await self._carry_out_together(together)
        finally:
            self._ordered = None

    async def _carry_out_together(self, together: dict[int, Do]) -> None:
        asked = [self._asked(do) for do in together.values()]
        try:
            await self._door.answering.answer_in_order(
                self, asked, lambda number, how: self._ended(together.pop(number), how)
            )
        except Exception as error:
            while together:  # each has an answer, whatever it is that went wrong
                self._ended(together.popitem()[1], error)

    async def _carry_out(self, do: Do) -> None:
        try:
            how = await self._door.answering.answer(self.actor, self._asked(do), self)
        except Exception as error:
            how = error
        self._ended(do, how)

    def _asked(self, do: Do) -> Asked:
        return Asked(do.op, bytes(do.body), do.nonce, self.address)

    def _ended(self, do: Do, how: Answered | Exception) -> None:
        if isinstance(how, Answered):
            if not self.closing:
                self._door.outbox.send(self, frames.done_frame(do.ref, how.body))
        elif isinstance(how, Refusal):
            self._refuse(how, do.ref)
            if how.code == "session_revoked":
                self.close(4010, "session_revoked")
        else:
            request_id = random_id(9)
            log.error("operation failed", op=do.op, request_id=request_id, exc_info=how)
            self._refuse(Invalid("internal_error", status=500, request_id=request_id), do.ref, request_id)
        self._flying -= 1
        if self._later:
            self._next()

    # Trouble.

    def _trouble(self, refusal: Refusal, ref: int | None = None) -> None:
        """Refuses a frame; who keeps sending such frames is shown the door."""
        telemetry.refusals.labels(refusal.code).inc()
        self._refuse(refusal, ref)
        if not self._patience.mistake(self._loop.time()):
            self.close(1008, refusal.code)

    def _refuse(self, refusal: Refusal, ref: int | None, request_id: str | None = None) -> None:
        if not self.closing:
            frame = frames.error_frame(refusal, ref, self.actor.language, request_id or random_id(9))
            self._door.outbox.send(self, frame)

    def _said_goodbye(self, payload: bytes) -> None:
        if not self.closing:
            self.closing = True
            self._door.outbox.flush_one(self)
            self.transport.write(frames.close_frame(reading.answer_to_goodbye(payload), ""))
        self.transport.close()
