"""The bus is a hint: over a bad line to it, or none, everything arrives, only later (two seconds, by looking)."""

import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dianmai.app import Running, running
from dianmai.engines import EmbeddedNats
from dianmai.settings import Settings
from tests.edge.client import Socket, connect
from tests.faults.crew import Crew, at_work
from tests.tools.faultproxy import FaultProxy, proxied

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]

QUICK_S = 0.4
LATE_S = 2.5


@dataclass
class Nodes:
    """Two nodes on one database; the second one's line to the bus is the bad one."""

    first: Running
    second: Running
    line: FaultProxy
    crew: Crew
    listener: Socket
    sender: Socket
    said: int = 0

    async def delay(self) -> float:
        """Seconds until what is said at the first node is heard at the second."""
        self.said += 1
        text = f"听得到吗 {self.said}"
        began = time.monotonic()
        body = {"stream": self.crew.streams[0], "text": text}
        assert (await self.sender.do("chat.send", body, f"over-the-bus-{self.said}"))["t"] == "done"
        while True:
            frame = await self.listener.frame("entries")
            if any(entry["body"].get("text") == text for entry in frame["entries"]):
                return time.monotonic() - began


@pytest.fixture
async def nodes(dsn: str, tmp_path: Path) -> AsyncIterator[Nodes]:
    nats = EmbeddedNats(tmp_path)
    url = await nats.start(print)
    try:
        at = urlsplit(url)
        async with proxied(("127.0.0.1", at.port or 0)) as line:
            through = f"nats://{at.username}:{at.password}@127.0.0.1:{line.port}"
            async with (
                running(Settings(data_dir=tmp_path / "1", port=0), dsn, url) as first,
                running(Settings(data_dir=tmp_path / "2", port=0), dsn, through) as second,
                at_work(dsn, [_port(first), _port(second)], random.Random(1), spare=2) as crew,
            ):
                sender, listener = [await _socket(n, t) for n, t in zip((first, second), crew.spare, strict=True)]
                yield Nodes(first, second, line, crew, listener, sender)
                line.heal()
                for socket in (sender, listener):
                    socket.writer.transport.abort()
    finally:
        await nats.stop()


async def test_over_any_line_to_the_bus_everything_arrives_once_and_in_order(nodes: Nodes) -> None:
    line, crew = nodes.line, nodes.crew
    for way in (line.up, line.down):
        way.latency_s, way.jitter_s = 0.2, 0.1
        await crew.all_acknowledge()
        line.reset()
        await crew.all_acknowledge()
        way.cut_after = 5_000
        await crew.all_acknowledge()
        way.bytes_per_s = 2_000
        await crew.all_acknowledge()
        way.swallow()
        await crew.all_acknowledge()
        line.heal()
    await crew.settle()
    found = await crew.verdict()
    assert found.acked > 100
    assert found.broken == 0, found.examples


async def test_what_the_bus_does_not_bring_is_found_in_time(nodes: Nodes) -> None:
    line = nodes.line
    # Nobody else writes: what the second node commits itself would lead it to what it lacks.
    await nodes.crew.settle()
    assert min([await nodes.delay() for _ in range(3)]) < QUICK_S
    line.reset()
    assert await nodes.delay() < LATE_S
    for way in (line.down, line.up):
        way.swallow()
        assert await nodes.delay() < LATE_S
        way.heal()
    line.down.latency_s = 0.3
    assert await nodes.delay() < LATE_S
    line.down.bytes_per_s = 20
    assert await nodes.delay() < LATE_S


async def _socket(node: Running, token: str) -> Socket:
    socket = await connect(_port(node), {"Authorization": f"Bearer {token}"})
    assert (await socket.hello())["t"] == "welcome"
    return socket


def _port(node: Running) -> int:
    port = urlsplit(node.url).port
    assert port
    return port
