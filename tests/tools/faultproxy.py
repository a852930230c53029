"""A TCP proxy that makes a line bad on purpose: slow, narrow, silent in one direction, cut, reset.

It stands between a client and the edge, between the edge and its database, between a node and the bus. Each direction
(`up` towards what is reached, `down` back from it) has its own faults, which may change while lines are open.
"""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from tests.tools.committing import Said

CHUNK = 64 * 1024
PARTS_A_SECOND = 20

Target = tuple[str, int] | Path
"""What is reached: an address, or a Unix socket."""


@dataclass
class Way:
    """The faults of one direction."""

    latency_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: int | None = None
    """A small number drips."""
    cut_after: int | None = None
    """Bytes until the line is cut, counted over all lines from when it is set."""
    passed: int = 0
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._open.set()

    def swallow(self) -> None:
        """From now on nothing arrives, not even that the other side has gone."""
        self._open.clear()

    def heal(self) -> None:
        """Takes every fault away; what was on its way arrives."""
        self.latency_s = self.jitter_s = 0.0
        self.bytes_per_s = self.cut_after = None
        self._open.set()

    async def let_pass(self) -> None:
        await self._open.wait()

    def share(self, data: bytes) -> tuple[bytes, bool]:
        """What of this may pass, and whether the line is cut behind it."""
        if self.cut_after is None or len(data) < self.cut_after:
            if self.cut_after is not None:
                self.cut_after -= len(data)
            return data, False
        head, self.cut_after = data[: self.cut_after], None
        return head, True


class FaultProxy:
    """One listening port in front of one target."""

    def __init__(self, target: Target, chance: random.Random | None = None) -> None:
        self.up, self.down = Way(), Way()
        self.cut_commits: float = 0.0
        """The share of PostgreSQL's commits that are sent on and whose answer never comes."""
        self.cuts = 0
        self._target = target
        self._chance = chance or random.Random()
        self._lines: set[_Line] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.sockets[0].getsockname()[1]

    @property
    def lines(self) -> int:
        return len(self._lines)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.heal()
        self.cut()
        while self._lines:
            await asyncio.gather(*(line.ended.wait() for line in self._lines))

    def heal(self) -> None:
        """An ordinary line again."""
        self.up.heal()
        self.down.heal()
        self.cut_commits = 0.0

    def cut(self) -> None:
        """Ends every open line, as a restarted router does."""
        for line in list(self._lines):
            line.cut()

    def reset(self) -> None:
        """Ends every open line with RST in both directions: what is on its way is lost."""
        for line in list(self._lines):
            line.reset()

    def wants_commit_cut(self) -> bool:
        return self._chance.random() < self.cut_commits

    def delay_s(self, way: Way) -> float:
        return max(0.0, way.latency_s + self._chance.uniform(-way.jitter_s, way.jitter_s))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(self, writer)
        self._lines.add(line)
        try:
            await line.run(reader, self._target)
        finally:
            self._lines.discard(line)
            line.ended.set()


class _Line:
    """One connection through the proxy."""

    def __init__(self, proxy: FaultProxy, client: asyncio.StreamWriter) -> None:
        self.ended = asyncio.Event()
        self._proxy = proxy
        self._writers = [client]
        self._ending = asyncio.Event()
        self._answer_lost = False
        self._said = Said()

    async def run(self, reader: asyncio.StreamReader, target: Target) -> None:
        client = self._writers[0]
        try:
            beyond, there = await _reach(target)
        except OSError:
            client.transport.abort()
            return
        self._writers.append(there)
        ways = (
            self._carry(reader, there, self._proxy.up, self._look_for_commit),
            self._carry(beyond, client, self._proxy.down, self._lose_answer),
            self._ending.wait(),
        )
        tasks = [asyncio.ensure_future(way) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()

    def cut(self) -> None:
        self._proxy.cuts += 1
        self._ending.set()

    def reset(self) -> None:
        for writer in self._writers:
            raw: socket.socket | None = writer.get_extra_info("socket")
            if raw is not None and raw.family != socket.AF_UNIX:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        self.cut()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        way: Way,
        look: Callable[[bytes], Awaitable[bool]],
    ) -> None:
        """One direction. Delays overlap, so that a slow line is not also a narrow one; order is kept."""
        loop = asyncio.get_running_loop()
        coming: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)

        async def read() -> None:
            while True:
                data = await reader.read(CHUNK)
                await coming.put((loop.time() + self._proxy.delay_s(way), data))
                if not data:
                    return

        reading = asyncio.ensure_future(read())
        try:
            with contextlib.suppress(ConnectionError):
                while True:
                    due, data = await coming.get()
                    await asyncio.sleep(max(0.0, due - loop.time()))
                    await way.let_pass()
                    data, cut = way.share(data)
                    if data and await look(data):
                        await self._write(writer, data, way)
                    if cut or not data:
                        self._proxy.cuts += cut
                        return
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _write(self, writer: asyncio.StreamWriter, data: bytes, way: Way) -> None:
        while data:
            size = len(data) if way.bytes_per_s is None else max(1, way.bytes_per_s // PARTS_A_SECOND)
            part, data = data[:size], data[size:]
            writer.write(part)
            await writer.drain()
            way.passed += len(part)
            if way.bytes_per_s is not None:
                await asyncio.sleep(len(part) / way.bytes_per_s)

    async def _look_for_commit(self, data: bytes) -> bool:
        if self._said.commits(data) and self._proxy.cut_commits and not self._answer_lost:
            self._answer_lost = self._proxy.wants_commit_cut()
        return True

    async def _lose_answer(self, data: bytes) -> bool:
        """The commit has been carried out, for here is its answer: it ends here, and the line with it."""
        if self._answer_lost:
            self.cut()
            return False
        return True


@asynccontextmanager
async def proxied(target: Target, chance: random.Random | None = None) -> AsyncGenerator[FaultProxy]:
    """A proxy that is up, taken down afterwards."""
    proxy = FaultProxy(target, chance)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()


def database_behind(dsn: str) -> Target:
    """Where the server of a database address listens."""
    parts = urlsplit(dsn)
    asked = parse_qs(parts.query)
    if "host" in asked:
        return Path(asked["host"][0]) / f".s.PGSQL.{asked.get('port', ['5432'])[0]}"
    return parts.hostname or "127.0.0.1", parts.port or 5432


def database_through(dsn: str, proxy: FaultProxy) -> str:
    """The same database, reached through the proxy."""
    parts = urlsplit(dsn)
    return f"postgresql://{parts.username}:{quote(parts.password or '', safe='')}@127.0.0.1:{proxy.port}{parts.path}"


async def _reach(target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(target, Path):
        return await asyncio.open_unix_connection(str(target))
    return await asyncio.open_connection(*target)
