"""The door for sockets: what all sockets of this process share, and who may have one.

How a request becomes a socket is `upgrade.py`; what one socket says and asks is `connection.py`.
"""

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

import structlog

from dianmai.core import access, telemetry
from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import NotAllowed, NotFound, Refusal, Unavailable, not_all_at_once
from dianmai.core.vital import finish, start_vital
from dianmai.edge.admission import Admission, Caller
from dianmai.edge.answering import Answering
from dianmai.edge.connection import Connection
from dianmai.edge.elsewhere import Elsewhere
from dianmai.edge.fanout import Fanout
from dianmai.edge.outbox import Outbox

log = structlog.get_logger()

PATH = "/socket"
TICK_S = 5.0
ASKED_AGAIN_S = 60.0
AT_ONCE = 100  # what they ask the database it is asked once for all of them
MOST_WAITING = 6_000


class SocketDoor:
    """What all sockets of this process share."""

    def __init__(self, engine: Engine, admission: Admission) -> None:
        self.engine = engine
        self.admission = admission
        self.outbox = Outbox()
        self.fanout = Fanout(engine, self.outbox, self.run)
        self.elsewhere = Elsewhere(engine, self.fanout, self._went_stale)
        self.answering = Answering(engine, self.fanout, self.elsewhere)
        self.server_connections: set[Any] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._queueing = 0
        self._all_asked_at = 0.0
        self._ticking: asyncio.Task[None] | None = None
        self._appending = {n for n, o in engine.operations.all().items() if o.kind == "appending"}

    @property
    def alive(self) -> bool:
        """Whether nothing has ended that must go on."""
        return self.elsewhere.alive and (self._ticking is None or not self._ticking.done())

    async def start(self, nats_url: str | None = None, machine: str = "", *, own_bus: bool = False) -> None:
        """`nats_url`: the bus on which other processes are heard, `own_bus`: run by this machine for itself;
        `machine`: what those beside this one share.
        """
        await self.elsewhere.start(nats_url, machine, own_bus=own_bus)
        self._ticking = start_vital(self._tick(), "sockets")

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
        self.admission.require_served(PATH)
        self.admission.require_own_page(caller, origin_required=caller.bearer is None)
        self._require_fresh()
        async with self._turn():
            actor = await self.admission.actor(caller, fresh=True)
        if not actor.signed_in:
            raise NotAllowed("sign_in_required", status=401)
        return actor

    async def attach(self, socket: Connection) -> datetime:
        """Lets the socket hear its streams; answers the database's time."""
        self._require_fresh()
        async with self._turn():
            return await self.fanout.listeners.attach(socket)

    def opened(self, socket: Connection) -> None:
        self.server_connections.add(socket)
        self.fanout.listeners.register(socket)
        telemetry.connections.inc()

    def ended(self, socket: Connection) -> None:
        self.server_connections.discard(socket)
        self.fanout.detach(socket)
        self.outbox.drop(socket)
        telemetry.connections.dec()

    def send_away(self, socket: Connection, code: int = 1012) -> None:
        """Closes a socket and tells it when to come back: not everybody in the same moment."""
        socket.close(code, f"retry-after={not_all_at_once(200)}")

    def close_all(self, code: int) -> None:
        for socket in list(self.fanout.connections):
            self.send_away(socket, code)

    def _went_stale(self) -> None:
        self.close_all(1013)

    def _require_fresh(self) -> None:
        if not self.elsewhere.fresh:
            raise Unavailable("storage_unavailable", retry_after_ms=not_all_at_once())

    def _turn(self) -> "_Turn":
        return _Turn(self)

    async def enter(self) -> None:
        """Waits for a turn: when all come back at once, the database must still be there for those already in."""
        if self._queueing >= MOST_WAITING:
            raise Unavailable("too_busy", retry_after_ms=not_all_at_once())
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
            await self.look_after()

    async def look_after(self) -> None:
        """Finds the sockets whose other side is gone and those whose credential has expired."""
        for socket in list(self.fanout.connections):
            if not socket.closing:
                socket.tick()
        try:
            await self._note_use()
            await self._close_expired()
        except Refusal as refusal:
            # Not for long: without the database all sockets are closed.
            log.warning("expired sockets wait", code=refusal.code)

    async def _note_use(self) -> None:
        """Whoever writes over an open socket uses the session as much as whoever asks over HTTP."""
        used = [s for s in self.fanout.connections if s.used and s.actor.credential is not None]
        if used:
            async with self.engine.database.reading() as connection:
                await access.touch(connection, [s.actor.credential or 0 for s in used])
            for socket in used:
                socket.used = False

    async def _close_expired(self) -> None:
        """Closes the sockets whose credential has ended by itself. Use may have lengthened it: the database knows.

        Once a minute all are asked about: what ended or shortened a session may have been said while nobody listened.
        """
        now = asyncio.get_running_loop().time()
        everybody = now >= self._all_asked_at + ASKED_AGAIN_S
        due = [s for s in self.fanout.connections if everybody or (s.ends_at is not None and s.ends_at <= now)]
        if everybody:
            self._all_asked_at = now
        if not due:
            return
        async with self.engine.database.reading() as connection:
            alive = await access.alive(connection, list({s.actor.credential or 0 for s in due}))
        for socket in due:
            if socket.actor.credential in alive:
                if socket.ends_at is not None and socket.ends_at <= now:
                    socket.ends_at = now + ASKED_AGAIN_S
            else:
                socket.close(4010, "session_revoked")


class _Turn:
    def __init__(self, door: SocketDoor) -> None:
        self._door = door

    async def __aenter__(self) -> None:
        await self._door.enter()

    async def __aexit__(self, *_: object) -> None:
        self._door.leave()
