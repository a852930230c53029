"""One open socket: reads its frames and answers those that make no sense.

What it asks for is carried out by `asking`. What it hears is not decided here: `fanout` fills its outbox.
"""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from dianmai.core import telemetry
from dianmai.core.access import Actor
from dianmai.core.clock import millis
from dianmai.core.errors import Invalid, Refusal, TooMany, TooOld, Unavailable
from dianmai.core.ids import random_id
from dianmai.edge import frames, reading
from dianmai.edge.asking import Asking
from dianmai.edge.patience import Patience, linger_s
from dianmai.wire.frames import CAPABILITIES, OLDEST_VERSION, PROTOCOL_VERSION, Hello, Welcome

if TYPE_CHECKING:
    from dianmai.edge.fanout import Heard
    from dianmai.edge.socket import SocketDoor

LONGEST_MESSAGE: Final = 64 * 1024

_TEXT, _CONTINUATION, _CLOSE = WSMsgType.TEXT, WSMsgType.CONTINUATION, WSMsgType.CLOSE
_PING, _PONG = WSMsgType.PING, WSMsgType.PONG


class Connection(WSListener):
    """A signed-in socket."""

    __slots__ = (
        "_asking", "_door", "_fragments", "_loop", "_patience", "_speaking", "actor", "address", "alive_at", "closing",
        "ends_at", "heard", "held", "held_bytes", "moves", "paused", "ready", "silent", "transport", "used", "waiting",
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
        self._asking = Asking(self, door)
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

    def refuse(self, refusal: Refusal, ref: int | None, request_id: str | None = None) -> None:
        """Says no to a frame, in the language of who sent it. `ref` is the frame's own mark, if it had one."""
        if not self.closing:
            frame = frames.error_frame(refusal, ref, self.actor.language, request_id or random_id(9))
            self._door.outbox.send(self, frame)

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
        else:
            self._asking.ask(said)

    def _hello(self, hello: Hello) -> None:
        if self._speaking:
            self.close(4002, "protocol_error: second hello")
        elif not OLDEST_VERSION <= hello.version <= PROTOCOL_VERSION:
            self.refuse(TooOld("upgrade_required"), None)
            self.close(4005, "upgrade_required")
        else:
            self._speaking = True
            self.actor = replace(self.actor, language=hello.language)
            self._door.run(self._greet(hello))

    async def _greet(self, hello: Hello) -> None:
        try:
            now = await self._door.attach(self)
        except Refusal as refusal:
            self.refuse(refusal, None)
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
        self._asking.go_on()

    # Trouble.

    def _trouble(self, refusal: Refusal, ref: int | None = None) -> None:
        """Refuses a frame; who keeps sending such frames is shown the door."""
        telemetry.refusals.labels(refusal.code).inc()
        self.refuse(refusal, ref)
        if not self._patience.mistake(self._loop.time()):
            self.close(1008, refusal.code)

    def _said_goodbye(self, payload: bytes) -> None:
        if not self.closing:
            self.closing = True
            self._door.outbox.flush_one(self)
            self.transport.write(frames.close_frame(reading.answer_to_goodbye(payload), ""))
        self.transport.close()
