"""A server: the real engine and the real door for sockets, on a modelled database, bus and network."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

from dianmai import chat
from dianmai.core import access, syncing
from dianmai.core.access import Actor
from dianmai.core.committing import Committer
from dianmai.core.engine import Answered, Asked, Engine
from dianmai.core.errors import Refusal
from dianmai.core.journal import Line, StaleGuard
from dianmai.edge.asking import Asking
from dianmai.edge.connection import Connection
from dianmai.edge.socket import SocketDoor
from dianmai.notices import confirming
from dianmai.wire.frames import Do
from tests.sim.checking import Audit
from tests.sim.clockwork import Loop, World
from tests.sim.driver import Link, SimulatedDatabase
from tests.sim.network import Hub, Wire

OPERATIONS = [*syncing.operations, chat.send, confirming.receive, confirming.read, confirming.confirm]
AWAY: dict[str, Any] = {"code": "no_answer", "status": 0}


class NumberedConnection(Connection):
    """A real connection that lies in sets by its number: their order must not depend on addresses in memory."""

    __slots__ = ("audit", "number")

    number: int
    audit: Audit

    def __hash__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        return self is other


class HeardAsking(Asking):
    """Says what it refuses."""

    __slots__ = ()

    def _ended(self, do: Do, how: Answered | Exception) -> None:
        connection = cast("NumberedConnection", self._connection)
        if isinstance(how, Exception) and do.nonce is not None:
            connection.audit.turned_away(connection._loop, do.nonce)
        super()._ended(do, how)


class Admission:
    """Stands in for `edge.admission`: a bearer token, asked about at every request."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def require_served(self, path: str) -> None:
        """Everybody is served."""

    def require_own_page(self, caller: Any, *, origin_required: bool) -> None:
        """There are no pages here."""

    async def actor(self, caller: Any, *, fresh: bool = False) -> Actor:
        async with self._engine.database.reading() as connection:
            return await access.resolve(connection, caller.bearer, "en")


class Gateway:
    """One server, which can crash, stop and start again."""

    def __init__(self, world: World, rng: random.Random, audit: Audit, hub: Hub, number: int) -> None:
        self.world = world
        self.rng = rng
        self.audit = audit
        self.postgres = audit.postgres
        self.hub = hub
        self.number = number
        self.name = f"gateway {number}"
        self.up = False
        self.wires: dict[int, Wire] = {}
        self._sockets = 0
        self.start()

    def start(self) -> None:
        """Boots with an empty memory."""
        self.loop = Loop(self.world, self.name)
        self.loop.hub = self.hub
        self.loop.skew_s = self.rng.uniform(-3600, 3600)
        self.link = Link(self.postgres, self.rng, self.rng.choice((0.0005, 0.002)))
        self.loop.call_soon(lambda: self.loop.create_task(self._boot()))

    async def _boot(self) -> None:
        engine = Engine(SimulatedDatabase(self.link, self.loop), OPERATIONS, chat.folds)
        door = SocketDoor(engine, Admission(engine))  # type: ignore[arg-type] - the same by its looks
        try:
            await engine.start()
            for committer in engine._appends._committers:
                self._watch(committer)
            await door.start("simulated")
        except Refusal:
            self.loop.call_later(1.0, lambda: self.loop.create_task(self._boot()))
            return
        self.engine, self.door = engine, door
        self.up = True

    def _watch(self, committer: Committer) -> None:
        """Says what the group commit refuses, when it does: who asked may never be told."""
        append, loop = committer.append, self.loop

        def watched(lines: Sequence[Line], *rest: Any) -> Any:
            placing = append(lines, *rest)
            if lines and self.audit.in_a_row(lines[0].nonce):
                placing.add_done_callback(lambda done: self._settled(loop, lines[0].nonce, done))
            return placing

        committer.append = watched  # type: ignore[method-assign]

    def _settled(self, loop: Loop, nonce: str, done: "asyncio.Future[Any]") -> None:
        if done.cancelled() or not isinstance(done.exception(), StaleGuard | None):
            self.audit.turned_away(loop, nonce)

    def crash(self) -> None:
        """kill -9."""
        self.up = False
        self.hub.places.pop(self.loop, None)
        self.link.cut()
        for wire in list(self.wires.values()):
            wire.server_died()
        self.wires.clear()
        self.world.end(self.loop)

    def dial(self, wire: Wire, token: str, answer: Callable[[int], None]) -> None:
        """A device asks for a socket; it is answered 101 and can speak, or refused."""
        if not self.up or self.loop.dead:
            answer(502)
            return
        wire.server_loop = self.loop
        loop = self.loop
        loop.call_soon(lambda: loop.create_task(self._admit(wire, token, answer)))

    async def _admit(self, wire: Wire, token: str, answer: Callable[[int], None]) -> None:
        try:
            actor = await self.door.admit(SimpleNamespace(bearer=token), "/socket")  # type: ignore[arg-type]
        except Refusal as refusal:
            status = refusal.status
            self.world.after(wire.latency_s, lambda: answer(status))
            return
        if wire.cut:
            return
        self._sockets += 1
        number = self._sockets
        connection = NumberedConnection(self.door, actor, "")
        connection.number, connection.audit = number, self.audit
        connection._asking = HeardAsking(connection, self.door)
        wire.connection = connection
        self.wires[number] = wire
        connection.on_ws_connected(SimpleNamespace(underlying_transport=wire))  # type: ignore[arg-type]
        self.world.after(wire.latency_s, lambda: answer(101))

    def post(self, token: str, asked: Asked, answer: Callable[[dict[str, Any] | bytes], None]) -> None:
        """A request over HTTP; the answer is its JSON, or how it was refused."""
        if not self.up or self.loop.dead:
            answer(AWAY)
            return
        loop = self.loop
        loop.call_soon(lambda: loop.create_task(self._post(token, asked, answer)))

    async def _post(self, token: str, asked: Asked, answer: Callable[[dict[str, Any] | bytes], None]) -> None:
        try:
            actor = await self.door.admission.actor(SimpleNamespace(bearer=token))  # type: ignore[arg-type]
            answered = await self.door.answering.answer(actor, asked)
        except Refusal as refusal:
            answer({"code": refusal.code, "status": refusal.status, "retryable": refusal.retryable})
        else:
            answer(answered.body)

    def as_system(self, work: Callable[[Engine], Any]) -> None:
        """Something the office does, through this server; the office tries again by itself when it matters."""
        if self.up and not self.loop.dead:
            loop = self.loop
            loop.call_soon(lambda: loop.create_task(self._as_system(work)))

    async def _as_system(self, work: Callable[[Engine], Any]) -> None:
        with suppress(Refusal):
            await work(self.engine)
