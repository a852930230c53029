"""Wires between devices and servers, and the bus between servers.

A wire keeps order, as TCP does; it may be slow, go silent or be cut, and each end may learn of that late or never. The
bus keeps nothing: what it carries is lost, doubled, late or out of order.
"""

import asyncio
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import msgspec
from picows import WSMsgType

from dianmai.edge.bus import Hint
from dianmai.edge.connection import Connection
from tests.sim.clockwork import Loop, World
from tests.sim.options import Options

FULL_BYTES = 2_000

_decode = msgspec.json.decode


class Wire:
    """One WebSocket between a device and a server. The device's side is callbacks, the server's a transport."""

    def __init__(self, world: World, rng: random.Random, latency_s: float, device: Any, loop: Loop) -> None:
        self.world = world
        self.rng = rng
        self.latency_s = latency_s
        self.device = device
        self.server_loop = loop
        self.connection: Connection | None = None
        self.cut = False
        self.silent = False
        self._arrive_down = 0.0
        self._arrive_up = 0.0
        self._unread: list[bytes] = []
        self._unread_bytes = 0
        self._on_way = 0
        self._held_up: list[bytes] = []
        self._reading = True
        self._server_reading = True
        self._closing = False
        self.heard: dict[str, int] = {}

    # The server's side: an asyncio transport.

    def write(self, data: bytes) -> None:
        if self.cut or self._closing:
            return
        self.device.audit.written(self, data)
        self._on_way += len(data)
        if self.silent or not self._reading:
            self._unread.append(data)
            self._unread_bytes += len(data)
        else:
            self._down(data)
        assert self.connection is not None
        if self._on_way > FULL_BYTES and not self.connection.paused:
            self.connection.pause_writing()

    def _down(self, data: bytes) -> None:
        at = max(self._arrive_down, self.world.now + self.latency_s * (0.5 + self.rng.random()))
        self._arrive_down = at
        self.world.at(at, lambda: self._read(data))

    def _read(self, data: bytes) -> None:
        if self.cut:
            return
        if self.silent or not self._reading:
            self._unread.append(data)
            return
        self._on_way -= len(data)
        for code, payload in _frames(data):
            self.device.on_frame(self, code, payload)
        connection = self.connection
        if connection is not None and connection.paused and self._on_way <= FULL_BYTES // 4:
            self._to_server(connection.resume_writing)

    def close(self) -> None:
        """The server has said its goodbye: what is on its way still arrives."""
        if not self._closing:
            self._closing = True
            self.world.after(self.latency_s, self._lose)

    def abort(self) -> None:
        self._lose()

    def pause_reading(self) -> None:
        self._server_reading = False

    def resume_reading(self) -> None:
        self._server_reading = True
        held, self._held_up = self._held_up, []
        for data in held:
            self._arrived(data)

    # The device's side.

    def send(self, payload: bytes, kind: WSMsgType = WSMsgType.TEXT) -> None:
        if self.cut:
            return
        at = max(self._arrive_up, self.world.now + self.latency_s * (0.5 + self.rng.random()))
        self._arrive_up = at
        self.world.at(at, lambda: self._up(payload, kind))

    def _up(self, payload: bytes, kind: WSMsgType) -> None:
        if not self.cut and not self.silent:
            self._to_server(lambda: self._arrived(payload, kind))

    def _arrived(self, payload: bytes, kind: WSMsgType = WSMsgType.TEXT) -> None:
        if self.cut or self.connection is None:
            return
        if self._server_reading:
            self.connection.on_ws_frame(self._shown(), Frame(kind, payload))  # type: ignore[arg-type] - the same by looks
        else:
            self._held_up.append(payload)

    def hang_up(self) -> None:
        """The device lets go of it."""
        self._lose(tell_device=False)

    def stop_reading(self) -> None:
        self._reading = False

    def read_on(self) -> None:
        """The device reads again, or the line is heard again."""
        self._reading = True
        if not self.silent:
            unread, self._unread = self._unread, []
            for data in unread:
                self._down(data)

    # What happens to it.

    def go_silent(self) -> None:
        """Nothing gets through any more, and nobody is told."""
        self.silent = True

    def break_off(self) -> None:
        """The line is cut; both sides learn of it, the one perhaps long before the other."""
        self._lose(device_after=self.rng.random() * 0.3, server_after=self.rng.random() * self.rng.choice((0.1, 5.0)))

    def server_died(self) -> None:
        self.connection = None
        self._lose(device_after=self.latency_s)

    def _lose(self, *, tell_device: bool = True, device_after: float = 0.0, server_after: float = 0.0) -> None:
        if self.cut:
            return
        self.cut = True
        device, connection = self.device, self.connection
        if tell_device:
            self.world.after(device_after, lambda: device.on_lost(self))
        if connection is not None:
            shown = self._shown()
            self.world.after(server_after, lambda: self._to_server(lambda: connection.on_ws_disconnected(shown)))

    def _shown(self) -> Any:
        return SimpleNamespace(underlying_transport=self)

    def _to_server(self, call: Callable[[], object]) -> None:
        self.server_loop.call_soon(call)


class Frame:
    """A WebSocket frame as picows shows one."""

    rsv1 = rsv2 = rsv3 = False
    fin = True

    def __init__(self, kind: WSMsgType, payload: bytes) -> None:
        self.msg_type = kind
        self._payload = payload

    def get_payload_as_bytes(self) -> bytes:
        return self._payload


_seen: dict[bytes, list[tuple[int, bytes]]] = {}


def _frames(data: bytes) -> list[tuple[int, bytes]]:
    """The frames in what one write carried. The same bytes go to many sockets, so they are taken apart once."""
    found = _seen.get(data)
    if found is None:
        if len(_seen) > 2_000:
            _seen.clear()
        found = _seen[data] = _taken_apart(data)
    return found


def _taken_apart(data: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        code, size = data[at] & 0x0F, data[at + 1]
        at += 2
        if size == 126:
            size = int.from_bytes(data[at : at + 2], "big")
            at += 2
        elif size == 127:
            size = int.from_bytes(data[at : at + 8], "big")
            at += 8
        found.append((code, data[at : at + size]))
        at += size
    return found


_told: dict[bytes, Any] = {}


def told(payload: bytes) -> Any:
    """What a text frame says; read once for all who get it, so nobody may change it."""
    said = _told.get(payload)
    if said is None:
        if len(_told) > 2_000:
            _told.clear()
        said = _told[payload] = _decode(payload)
    return said


def frames_in(data: bytes) -> list[tuple[int, bytes]]:
    return _frames(data)


class Hub:
    """Carries hints between the servers, as well as it can."""

    def __init__(self, world: World, rng: random.Random, options: Options) -> None:
        self.world = world
        self.rng = rng
        self.up = self._there = options.bus
        self.loss = options.loss
        self.doubling = options.doubling
        self.delay_s = options.delay_s
        self.places: dict[Loop, Callable[[Hint], None]] = {}

    def come_back(self) -> None:
        self.up = self._there

    def heal(self) -> None:
        """From now on what is said arrives. Where there never was a bus there is none now."""
        self.loss, self.doubling, self.delay_s = 0.0, 0.0, 0.002

    def carry(self, sender: Loop, said: bytes) -> None:
        rng = self.rng
        for loop in list(self.places):
            if loop is sender or not self.up or rng.random() < self.loss:
                continue
            for _ in range(2 if rng.random() < self.doubling else 1):
                self.world.after(rng.random() * self.delay_s, lambda to=loop: self._arrive(to, said))

    def _arrive(self, loop: Loop, said: bytes) -> None:
        hear = self.places.get(loop)
        if hear is not None:
            loop.call_soon(hear, _HINT.decode(said))


_HINT = msgspec.msgpack.Decoder(Hint)
_SAY = msgspec.msgpack.Encoder()


class Place:
    """One server's place on the bus: what it makes instead of the real `edge.bus.Bus`."""

    alive = True

    def __init__(self, _url: str, _installation: str, hear: Callable[[Hint], None], **_: object) -> None:
        self._loop = cast("Loop", asyncio.get_running_loop())
        self._hub: Hub = self._loop.hub
        self._hear = hear

    @property
    def connected(self) -> bool:
        return self._hub.up

    def start(self) -> None:
        self._hub.places[self._loop] = self._hear

    async def stop(self) -> None:
        self._hub.places.pop(self._loop, None)

    def tell(self, hint: Hint) -> None:
        self._hub.carry(self._loop, _SAY.encode(hint))
