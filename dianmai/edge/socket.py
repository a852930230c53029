"""The door for sockets: WebSocket by picows on the port of HTTP.

uvicorn hands an upgrade request to `Upgrade`, which admits the caller by the same steps as HTTP, answers a refusal as
plain HTTP, and only then lets picows take the connection over.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, ClassVar, cast

import structlog
from picows import WSAutoPingStrategy, WSListener, WSUpgradeRequest
from picows.picows import WSProtocol  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]

from dianmai.core import telemetry
from dianmai.core.access import NOBODY, Actor
from dianmai.core.engine import Engine, finish
from dianmai.core.errors import Invalid, NotAllowed, NotFound, Refusal, Unavailable
from dianmai.edge import refusing, store
from dianmai.edge.admission import Admission, Caller, peer_of
from dianmai.edge.answering import Answering
from dianmai.edge.connection import LONGEST_MESSAGE, Connection
from dianmai.edge.elsewhere import Elsewhere
from dianmai.edge.fanout import Fanout
from dianmai.edge.outbox import Outbox

log = structlog.get_logger()

PATH = "/socket"
TICK_S = 5.0
RETRY_SPREAD_MS = 10_000
READ_BUFFER = 2048
AT_ONCE = 6
MOST_WAITING = 6_000
EARLY_BYTES = 64 * 1024


class SocketDoor:
    """What all sockets of this process share."""

    def __init__(self, engine: Engine, admission: Admission) -> None:
        self.engine = engine
        self.admission = admission
        self.outbox = Outbox()
        self.fanout = Fanout(engine, self.outbox, self.run)
        self.answering = Answering(engine, self.fanout)
        self.elsewhere = Elsewhere(engine, self.fanout.deliver, self._went_stale)
        self.server_connections: set[Any] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._queueing = 0
        self._ticking: asyncio.Task[None] | None = None
        self._appending = {n for n, o in engine.operations.all().items() if o.kind == "appending"}

    async def start(self) -> None:
        await self.elsewhere.start()
        self._ticking = asyncio.create_task(self._tick(), name="sockets")

    async def stop(self) -> None:
        """Sends everybody away and waits until what they asked for has been answered or has failed."""
        self.close_all(1012)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        await finish(self._tasks)
        if self._ticking is not None:
            await finish([self._ticking])
        await self.elsewhere.stop()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs something beside the loop and keeps hold of it until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def is_appending(self, op: str) -> bool:
        return op in self._appending

    async def admit(self, caller: Caller, path: str) -> Actor:
        """The actor behind an upgrade request. Refuses by the same rules as HTTP."""
        if path.partition("?")[0] != PATH:
            raise NotFound("not_found")
        self.admission.require_own_page(caller, origin_required=caller.bearer is None)
        self._require_fresh()
        async with self._turn():
            actor = await self.admission.actor(caller, fresh=True)
        if actor is NOBODY:
            raise NotAllowed("sign_in_required", status=401)
        return actor

    async def attach(self, socket: Connection) -> datetime:
        """Lets the socket hear its streams; answers the database's time."""
        self._require_fresh()
        async with self._turn():
            now = await store.now(self.engine.database.pool)
            await self.fanout.attach(socket)
        return now

    def opened(self, socket: Connection) -> None:
        self.server_connections.add(socket)
        self.fanout.register(socket)
        telemetry.connections.inc()

    def ended(self, socket: Connection) -> None:
        self.server_connections.discard(socket)
        self.fanout.detach(socket)
        self.outbox.drop(socket)
        telemetry.connections.dec()

    def send_away(self, socket: Connection, code: int = 1012) -> None:
        """Closes a socket and tells it when to come back: not everybody in the same moment."""
        socket.close(code, f"retry-after={random.randint(200, RETRY_SPREAD_MS)}")  # noqa: S311

    def close_all(self, code: int) -> None:
        for socket in list(self.fanout.connections):
            self.send_away(socket, code)

    def _went_stale(self) -> None:
        self.close_all(1013)

    def _require_fresh(self) -> None:
        if not self.elsewhere.fresh:
            raise Unavailable("storage_unavailable", retry_after_ms=random.randint(1000, RETRY_SPREAD_MS))  # noqa: S311

    def _turn(self) -> "_Turn":
        return _Turn(self)

    async def enter(self) -> None:
        """Waits for a turn: when all come back at once, the database must still be there for those already in."""
        if self._queueing >= MOST_WAITING:
            raise Unavailable("too_busy", retry_after_ms=random.randint(1000, RETRY_SPREAD_MS))  # noqa: S311
        self._queueing += 1
        try:
            await self._turns.acquire()
        finally:
            self._queueing -= 1

    def leave(self) -> None:
        self._turns.release()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for socket in list(self.fanout.connections):
                if not socket.closing:
                    socket.tick()


class _Turn:
    def __init__(self, door: SocketDoor) -> None:
        self._door = door

    async def __aenter__(self) -> None:
        await self._door.enter()

    async def __aexit__(self, *_: object) -> None:
        self._door.leave()


class Upgrade(asyncio.Protocol):
    """One upgrade request, from its head to picows."""

    door: ClassVar[SocketDoor]

    def __init__(self, config: object, server_state: Any, app_state: object) -> None:
        self._connections: set[Any] = server_state.connections
        self._transport: asyncio.Transport | None = None
        self._early = bytearray()
        self._task: asyncio.Task[None] | None = None

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
