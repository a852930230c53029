"""An installation as clients see it: addresses of its nodes, and people with their credentials.

The tests of this folder know nothing else of it; they speak HTTP and WebSocket. What they run against is a `Layout`:
one process, several nodes on one database, other code.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from dianmai import org
from dianmai.core.access import issue_credential
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from dianmai.core.transactions import Transaction
from tests.edge.client import Answer, Socket, connect, http, request
from tests.protocol.node import Node, bus
from tests.world import World, settle, world_of

CREDENTIALS: Final = 4


@dataclass(frozen=True)
class Layout:
    """What an installation consists of.

    `previous`: the directory of the code that the first node runs. It is there first, on a database of its own making;
    the others upgrade that under it.
    """

    nodes: int = 1
    workers: int = 1
    bus: bool = False
    previous: Path | None = None

    @property
    def hears_within_s(self) -> float:
        """How long what one node has committed may take to another's sockets."""
        return 1.0 if self.bus else 2.0

    @property
    def marks_stay(self) -> bool:
        """Whether a read mark is told only to the sockets of the process that took it."""
        return not self.bus

    @property
    def closes_within_s(self) -> float:
        """How long ended access may live on in a socket of another node."""
        return 1.0 if self.bus else 5.0


@dataclass(frozen=True)
class Person:
    """Somebody with a few devices, each with a credential of its own."""

    id: int
    tokens: tuple[str, ...]


@dataclass
class Rig:
    """A running installation."""

    layout: Layout
    urls: list[str]
    nodes: list[Node]
    place: Path
    dsn: str
    world: World
    everybody: dict[int, Person]
    sockets: list[Socket] = field(default_factory=list[Socket])
    _met: set[frozenset[int]] = field(default_factory=set[frozenset[int]])
    _next: Iterator[Person] = field(init=False)

    def __post_init__(self) -> None:
        crews = [member.id for store in self.world.stores for member in store.people]
        self._next = cycle([self.everybody[person] for person in crews])

    @property
    def publisher(self) -> Person:
        """王敏 of headquarters' operations."""
        return self.everybody[self.world.wang_min.id]

    def people(self, count: int) -> list[Person]:
        """People of the stores who have not met before: what they say to each other is the first."""
        chosen: list[Person] = []
        while len(chosen) < count:
            one = next(self._next)
            pairs = {frozenset((one.id, other.id)) for other in chosen}
            if one not in chosen and not pairs & self._met:
                chosen.append(one)
                self._met |= pairs
        return chosen

    def port(self, node: int) -> int:
        return urlsplit(self.urls[node % len(self.urls)]).port or 0

    async def socket(self, person: Person, node: int = 0, device: int = 0) -> Socket:
        """A socket to a node that has said hello."""
        opened = await self.line(person, node, device)
        assert (await opened.hello())["t"] == "welcome"
        return opened

    async def line(self, person: Person, node: int = 0, device: int = 0) -> Socket:
        """A socket on which nothing has been said yet."""
        opened = await connect(self.port(node), {"Authorization": f"Bearer {person.tokens[device]}"})
        self.sockets.append(opened)
        return opened

    async def hang_up(self) -> None:
        """Cuts all lines, so that nobody waits for an answer from a test that is over."""
        for line in self.sockets:
            line.writer.transport.abort()
        self.sockets.clear()

    async def post(self, person: Person, op: str, body: bytes = b"{}", *, node: int = 0, **headers: str) -> Answer:
        """An operation over HTTP."""
        return await self.http(
            person, "POST", f"/api/{op}", body, node=node, content_type="application/json", **headers
        )

    async def http(
        self, person: Person, method: str, path: str, body: bytes = b"", *, node: int = 0, device: int = 0, **more: str
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        headers = {"Authorization": f"Bearer {person.tokens[device]}", **named}
        port = self.port(node)
        return await http(port, request(method, path, headers=headers, body=body, host=f"127.0.0.1:{port}"))

    @asynccontextmanager
    async def operator(self) -> AsyncGenerator[Engine]:
        """What the operator does at a terminal: a process of its own on the same database."""
        engine = Engine(Database(self.dsn, size=2), [], {})
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop()

    async def lent(self, person: Person) -> Person:
        """The person on one more device, whose credential a test may end."""

        async def work(tx: Transaction) -> tuple[str, ...]:
            return await _tokens(tx, person.id, 1)

        async with self.operator() as engine:
            return Person(person.id, await engine.write(work))

    async def take_out(self, stream: str, person: Person) -> None:
        """Takes somebody out of a stream, as a change of the organisation does."""

        async def work(tx: Transaction) -> None:
            tx.leave(stream, [person.id])

        async with self.operator() as engine:
            await engine.write(work)


@contextmanager
def running(layout: Layout, dsn: str, place: Path) -> Generator[Rig]:
    """Starts the nodes on this database, beside one another, over one directory of files."""
    with ExitStack() as stack:
        settings = {"DATABASE_URL": dsn, "DIANMAI_DATA_DIR": str(place), "DIANMAI_WORKERS": str(layout.workers)}
        if layout.bus:
            settings["NATS_URL"] = stack.enter_context(bus())
        nodes: list[Node] = []
        if layout.previous is not None:
            nodes.append(_started(stack, Node(settings, layout.previous)))
            nodes[0].url()
        while len(nodes) < layout.nodes:
            nodes.append(_started(stack, Node(settings)))
        urls = [node.url() for node in nodes]
        world, everybody = asyncio.run(_people(dsn))
        yield Rig(layout, urls, nodes, place, dsn, world, everybody)


def _started(stack: ExitStack, node: Node) -> Node:
    stack.callback(node.stop)
    return node


async def _people(dsn: str) -> tuple[World, dict[int, Person]]:
    engine = Engine(Database(dsn, size=2), org.operations, {})
    await engine.start()
    if not await engine.database.pool.fetchval("SELECT EXISTS (SELECT FROM person)"):
        await settle(engine)

    async def work(tx: Transaction) -> dict[int, Person]:
        ids = [row["id"] for row in await tx.db.fetch("SELECT id FROM person")]
        return {person: Person(person, await _tokens(tx, person, CREDENTIALS)) for person in ids}

    try:
        return await world_of(engine.database.pool), await engine.write(work)
    finally:
        await engine.stop()


async def _tokens(tx: Transaction, person: int, count: int) -> tuple[str, ...]:
    issued: list[Any] = [
        await issue_credential(tx, person, "session", lifetime=timedelta(days=1)) for _ in range(count)
    ]
    return tuple(token for _, token in issued)
