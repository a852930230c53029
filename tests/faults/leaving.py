"""Somebody whose access is ended while the node they are connected to stands still.

What they sent meanwhile lies in the node's buffers when it wakes, and what others wrote lies in the database: the node
must take nothing from them and tell them nothing.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import asyncpg

from bench import seeding
from dianmai.core import access
from dianmai.core.transactions import Transaction
from tests.edge.client import Closed, Socket, connect

LISTENS_S = 8.0


@dataclass
class Leaver:
    """One person on one socket, and what they got after their access had ended."""

    socket: Socket
    dsn: str
    person: int
    stream: str
    accepted: int = 0
    delivered: int = 0
    closed_with: int | None = None
    _at: int = 0

    async def leave(self) -> None:
        """Ends their access, and goes on writing as if they did not know."""

        async def work(tx: Transaction) -> None:
            await access.end_access(tx, [self.person])

        async with seeding.engine_on(self.dsn) as engine:
            await engine.write(work)
        self._at = await self._ask("SELECT seq FROM stream WHERE stream = $1", self.stream)
        for number in range(20):
            body = {"stream": self.stream, "text": f"还在吗 {number}"}
            await self.socket.ask("chat.send", body, f"after-the-end-{number}")

    async def listen(self) -> None:
        """Takes what still comes, until the socket is closed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTENS_S):
                try:
                    while True:
                        self._judge(await self.socket.frame("entries", "done", "streams"))
                except Closed as closed:
                    self.closed_with = closed.code
        self.accepted += await self._ask(_ACCEPTED, self.stream, self.person, self._at)

    def _judge(self, frame: dict[str, Any]) -> None:
        self.accepted += frame["t"] == "done"
        if frame["t"] == "entries" and frame["stream"] == self.stream:
            self.delivered += sum(entry["seq"] > self._at for entry in frame["entries"])

    async def _ask(self, query: str, *args: object) -> int:
        connection: asyncpg.Connection[Any] = await asyncpg.connect(self.dsn)
        try:
            return await connection.fetchval(query, *args)
        finally:
            await connection.close()


async def connected(dsn: str, port: int, token: str, stream: str) -> Leaver:
    """A member of the stream, connected to this node. Raises what a refused client sees."""
    socket = await connect(port, {"Authorization": f"Bearer {token}"})
    welcome = await socket.hello()
    if welcome["t"] != "welcome":
        raise Closed(1013, welcome["code"])
    return Leaver(socket, dsn, welcome["person"], stream)


_ACCEPTED = "SELECT count(*) FROM entry WHERE stream = $1 AND actor = $2 AND seq > $3"
