"""Two nodes on one database and one bus, each a part that can be killed or stopped by itself."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from bench import serving
from bench.serving import Server
from dianmai.engines import EmbeddedNats, EmbeddedPostgres, keeping
from tests.faults.crew import say

Part = Literal["node 1", "node 2", "PostgreSQL", "NATS"]
PARTS: tuple[Part, ...] = ("node 1", "node 2", "PostgreSQL", "NATS")
RESTART_S = 0.5
"""Between a part's end and its next start. Our supervisor waits longer each time something ends within a minute; here
everything does."""
NO_SETTINGS: Mapping[str, str] = {}


@dataclass
class Rig:
    """The system under test. Engines are brought back by their supervisor; nodes by us, as systemd does it."""

    nodes: dict[Part, Server]
    postgres: EmbeddedPostgres
    nats: EmbeddedNats
    dsn: str

    @property
    def ports(self) -> list[int]:
        return [node.port for node in self.nodes.values()]

    def pids(self, parts: Sequence[Part]) -> list[int]:
        """The processes that these parts are now."""
        found = [self._pid(part) for part in parts]
        return [pid for pid in found if pid is not None]

    async def keep_nodes(self) -> None:
        """Starts nodes that are gone, until cancelled: one that comes up before its database goes again."""
        while True:
            for node in self.nodes.values():
                if not node.alive:
                    node.start()
            await asyncio.sleep(RESTART_S)

    def last_words(self) -> str:
        return "\n".join(node.last_words() for node in self.nodes.values())

    def _pid(self, part: Part) -> int | None:
        if part == "PostgreSQL":
            return self.postgres.pid
        if part == "NATS":
            return self.nats.pid
        node = self.nodes[part]
        return node.pid if node.alive else None


@asynccontextmanager
async def standing(postgres_settings: Mapping[str, str] = NO_SETTINGS) -> AsyncGenerator[Rig]:
    """A rig whose nodes are ready, ended and removed afterwards."""
    with serving.place() as place:
        keeping.LONGEST_PAUSE_S = RESTART_S
        postgres = EmbeddedPostgres(place / "database", settings=postgres_settings)
        nats = EmbeddedNats(place / "bus")
        engine = await postgres.start(say)
        try:
            reached = {"DATABASE_URL": engine.dsn, "NATS_URL": await nats.start(say)}
            nodes: dict[Part, Server] = {
                "node 1": Server(place / "1", environment=reached),
                "node 2": Server(place / "2", environment=reached),
            }
            rig = Rig(nodes, postgres, nats, engine.dsn)
            again = asyncio.create_task(rig.keep_nodes(), name="keeping nodes")
            try:
                await asyncio.sleep(0)
                for node in nodes.values():
                    await asyncio.to_thread(node.wait_ready)
                yield rig
            finally:
                again.cancel()
                for node in nodes.values():
                    await asyncio.to_thread(node.stop)
        finally:
            await nats.stop()
            await postgres.stop()
