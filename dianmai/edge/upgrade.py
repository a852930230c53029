"""From an upgrade request to a socket: admitted by the same steps as HTTP, refused in plain HTTP, handed to picows."""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar, cast

import structlog
from picows import WSAutoPingStrategy, WSListener, WSUpgradeRequest
from picows.picows import WSProtocol  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] - in no stub

from dianmai.core import telemetry
from dianmai.core.errors import Invalid, NotAllowed, Refusal
from dianmai.edge import refusing
from dianmai.edge.admission import Caller, peer_of
from dianmai.edge.connection import LONGEST_MESSAGE, Connection
from dianmai.edge.socket import SocketDoor

log = structlog.get_logger()

READ_BUFFER = 2048
EARLY_BYTES = 64 * 1024


class Upgrade(asyncio.Protocol):
    """One upgrade request, from its head to picows."""

    door: ClassVar[SocketDoor]

    def __init__(self, config: object, server_state: Any, app_state: object) -> None:
        self._connections: set[Any] = server_state.connections
        self._transport: asyncio.Transport | None = None
        self._early = bytearray()
        self._task: asyncio.Task[None] | None = None

    # A server is handed whole transports, whatever the protocol it overrides allows for.
    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._transport = transport
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        """First the head, as uvicorn has read it; then what comes too early."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._admit(data))
            return
        self._early += data
        if len(self._early) > EARLY_BYTES and self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._task is not None:
            self._task.cancel()

    def shutdown(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def _admit(self, head: bytes) -> None:
        assert self._transport is not None
        transport, caller = self._transport, None
        try:
            path, headers = _parsed(head)
            peer = peer_of(transport.get_extra_info("peername"))
            tls = transport.get_extra_info("ssl_object") is not None
            caller = self.door.admission.caller(headers, peer, tls=tls)
            key = _key(caller)
            actor = await self.door.admit(caller, path)
        except Refusal as refusal:
            telemetry.refusals.labels(refusal.code).inc()
            transport.write(refusing.plain_http(refusal, caller))
            transport.close()
            return
        except Exception:
            log.exception("upgrade failed")
            transport.write(refusing.plain_http(Invalid("internal_error", status=500, request_id=""), caller))
            transport.close()
            return
        if not transport.is_closing():
            self._connections.discard(self)
            self._hand_over(transport, Connection(self.door, actor, caller.address), key)

    def _hand_over(self, transport: asyncio.Transport, connection: Connection, key: str) -> None:
        def listener(_: WSUpgradeRequest) -> WSListener:
            return connection

        protocol = _take_over(
            None, None, False, listener, _QUIET, True, None, False, 0, 0, WSAutoPingStrategy.PING_WHEN_IDLE, False,
            LONGEST_MESSAGE, None, READ_BUFFER,
        )  # fmt: skip
        self.door.server_connections = self._connections
        protocol.connection_made(transport)
        _feed(protocol, _HEAD % key.encode("latin-1"))
        transport.set_protocol(protocol)
        _feed(protocol, bytes(self._early))


class _Quiet:
    """picows makes a logger for each connection unless it is given something that is none."""

    def isEnabledFor(self, _level: int) -> bool:
        return False

    def debug(self, *_: object, **__: object) -> None: ...

    info = warning = log = error = debug

    def exception(self, message: str, *_: object, **__: object) -> None:
        log.exception("socket failed", what=message)


def _parsed(head: bytes) -> tuple[str, list[tuple[bytes, bytes]]]:
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    pairs = [line.partition(b": ") for line in lines]
    method, path, _ = first.split(b" ", 2)
    if method != b"GET":
        raise NotAllowed("method_not_allowed", status=405)
    return path.decode("latin-1"), [(name, value) for name, _, value in pairs]


def _key(caller: Caller) -> str:
    """The handshake's key. The rest of the head picows gets is ours, the same for every browser."""
    key = caller.headers.get("sec-websocket-key", "")
    if len(key) != 24 or caller.headers.get("sec-websocket-version") != "13":
        raise Invalid("bad_request", status=400)
    return key


def _feed(protocol: Any, data: bytes) -> None:
    """Gives bytes to picows the way the event loop does."""
    while data:
        room: memoryview = protocol.get_buffer(-1)
        size = min(len(room), len(data))
        room[:size] = data[:size]
        room.release()
        protocol.buffer_updated(size)
        data = data[size:]


_take_over: Callable[..., Any] = cast("Any", WSProtocol)
_QUIET = _Quiet()
_HEAD = (
    b"GET /socket HTTP/1.1\r\nHost: dianmai\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n"
)
