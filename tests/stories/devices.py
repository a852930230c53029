"""People's devices in stories: a socket that hears, and HTTP, through the server's real doors."""

import asyncio
import itertools
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from dianmai.app import Running
from dianmai.core.access import issue_credential
from dianmai.core.transactions import Transaction
from dianmai.wire.conversations import Conversations, GetConversations
from dianmai.wire.sync import CatchUp, CaughtUp, Entry

T = TypeVar("T", bound=msgspec.Struct)
PATIENCE_S = 10
_numbers = itertools.count(1)


class Refused(Exception):
    """The server refused; `code` and `status` as it said."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


class Device(WSListener):
    """One signed-in device: asks over HTTP, hears over its socket."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.heard: list[Entry] = []
        self.frames: list[dict[str, Any]] = []
        self.closed: int | None = None
        self._moved = asyncio.Event()
        self._transport: WSTransport | None = None

    async def connect(self) -> None:
        url = self.url.replace("http", "ws", 1) + "/socket"
        self._transport, _ = await ws_connect(
            lambda: self, url, extra_headers={"Authorization": f"Bearer {self.token}"}
        )
        self._transport.send(WSMsgType.TEXT, b'{"t":"hello","version":1,"capabilities":["entries","streams","seen"]}')
        await self.frame("welcome")

    def disconnect(self) -> None:
        if self._transport is not None:
            self._transport.disconnect()

    async def ask(self, op: str, request: msgspec.Struct, answer: type[T], nonce: str | None = None) -> T:
        """Carries out an operation over HTTP."""
        body = await asyncio.to_thread(
            self._post, op, msgspec.json.encode(request), nonce or f"story-{next(_numbers):08}"
        )
        return msgspec.json.decode(body, type=answer)

    async def catch_up(self, known: dict[str, int] | None = None) -> CaughtUp:
        return await self.ask("sync.catch_up", CatchUp(known=known or {}), CaughtUp)

    async def hears(self, stream: str, seq: int) -> Entry:
        """Waits until the socket has said this entry."""
        return await self._until(lambda: next((e for e in self.heard if (e.stream, e.seq) == (stream, seq)), None))

    async def hears_that(self, wanted: Callable[[Entry], bool]) -> Entry:
        """Waits until the socket has said an entry like this."""
        return await self._until(lambda: next((e for e in self.heard if wanted(e)), None))

    async def listed(self, titles: Iterable[str]) -> None:
        """Waits until the list of conversations shows these titles; asks again whenever the socket says something."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._moved.clear()
                listed = await self.ask("chat.conversations", GetConversations(), Conversations)
                if set(titles) <= {c.title for c in listed.conversations}:
                    return
                await self._moved.wait()

    async def closing(self) -> int:
        """Waits until the server has closed the socket, and says with which code."""
        return await self._until(lambda: self.closed)

    async def frame(self, kind: str, **fields: object) -> dict[str, Any]:
        """Waits until the socket has said such a frame."""
        wanted = {"t": kind, **fields}.items()
        return await self._until(lambda: next((f for f in self.frames if wanted <= f.items()), None))

    async def joined(self, stream: str) -> None:
        """Waits until the socket has said that the person hears the stream now."""
        await self._until(lambda: any(s["stream"] == stream for f in self._lists("joined") for s in f) or None)

    async def left(self, stream: str) -> None:
        """Waits until the socket has said that the person no longer hears the stream."""
        await self._until(lambda: any(stream in f for f in self._lists("left")) or None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            self.closed = frame.get_close_code()
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            said = json.loads(frame.get_payload_as_bytes())
            self.frames.append(said)
            if said["t"] == "entries":
                self.heard += msgspec.convert(said["entries"], list[Entry])
        self._moved.set()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed = self.closed or 1006
        self._moved.set()

    def _lists(self, field: str) -> list[list[Any]]:
        return [f[field] for f in self.frames if f["t"] == "streams" and field in f]

    async def _until(self, found: Any) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            while (result := found()) is None:
                self._moved.clear()
                await self._moved.wait()
            return result

    def _post(self, op: str, body: bytes, nonce: str) -> bytes:
        request = urllib.request.Request(
            f"{self.url}/api/{op}",
            body,
            {
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "X-Dianmai-Nonce": nonce,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            said = json.loads(error.read())
            raise Refused(error.code, said["error"]["code"]) from None


@asynccontextmanager
async def device(server: Running, person: int, *, connected: bool = True) -> AsyncIterator[Device]:
    """A device on which this person is signed in."""

    async def work(tx: Transaction) -> str:
        _, token = await issue_credential(tx, person, "session", lifetime=timedelta(days=1))
        return token

    own = Device(server.url, await server.app.engine.write(work))
    if connected:
        await own.connect()
    try:
        yield own
    finally:
        own.disconnect()
