"""Somebody's web server on this machine, behaving as a test likes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from dianmai.egress import Egress, allowed

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


class Outside:
    """Somebody's web server, at a name that the resolver knows; it may do anything."""

    def __init__(self) -> None:
        self.answer: Answer = self.plain
        self.asked: list[str] = []
        self.heads: list[str] = []
        self.port = 0

    async def plain(self, path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head(b"200 OK", b"Content-Type: text/html; charset=gbk", b"Content-Length: 5") + b"hello")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(request)
            self.asked.append(request.split(" ")[1])
            await self.answer(self.asked[-1], writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def url(self, path: str = "/", host: str = "news.example") -> str:
        return f"http://{host}:{self.port}{path}"

    def egress(self) -> Egress:
        return Egress(allowed(["127.0.0.1"], [80, self.port]), self._look_up)

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]


def head(status: bytes, *lines: bytes) -> bytes:
    return b"HTTP/1.1 " + b"\r\n".join([status, *lines]) + b"\r\n\r\n"


@asynccontextmanager
async def outside_server() -> AsyncIterator[Outside]:
    there = Outside()
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
    there.port = server.sockets[0].getsockname()[1]
    try:
        yield there
    finally:
        server.close()


async def page(writer: asyncio.StreamWriter, content: bytes, media_type: bytes = b"text/html; charset=utf-8") -> None:
    """Answers with these bytes."""
    lines = (b"Content-Type: " + media_type, b"Content-Length: %d" % len(content))
    writer.write(head(b"200 OK", *lines) + content)
