"""A client with an outbox: what it writes is kept until it is acknowledged, and sent again under the same nonce.

It keeps the order within a conversation (one message of each is on its way), and it listens: it must come to have
every entry of every conversation, in order, whatever happens in between.
"""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect  # pyright: ignore[reportUnknownVariableType]

CONNECT_S = 5.0
SILENCE_S = 3.0
"""Longer than this nobody is silent here: the line is dead, or the node is. Whoever meets that tries another one."""
PAUSE_S = (0.01, 0.03)
"""Between two messages of one conversation: quick for a person, within what one socket may ask."""


@dataclass
class Written:
    """One message: which it is among this client's in its conversation, and where it was said to stand."""

    nonce: str
    stream: str
    seq: int | None = None
    at: float = field(default_factory=time.monotonic)


@dataclass
class Heard:
    """What this client has of one conversation: from the first entry on, without a hole."""

    nonces: list[str] = field(default_factory=list)
    waiting: dict[int, str] = field(default_factory=dict)

    @property
    def last(self) -> int:
        return len(self.nonces)

    def take(self, seq: int, nonce: str) -> None:
        if seq > self.last:
            self.waiting[seq] = nonce
        while self.last + 1 in self.waiting:
            self.nonces.append(self.waiting.pop(self.last + 1))


class Line(WSListener):
    """One connection of a writer."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self.frames.put_nowait(msgspec.json.decode(frame.get_payload_as_bytes()))
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.frames.put_nowait(None)


class Writer:
    """One person's device."""

    def __init__(
        self, number: int, urls: Sequence[str], token: str, streams: Sequence[str], chance: random.Random
    ) -> None:
        self.number = number
        self.written: list[Written] = []
        self.heard = {stream: Heard() for stream in streams}
        self.refused: list[str] = []
        self.moved = 0
        self.acknowledged_at = 0.0
        """When the last message that is acknowledged was written."""
        self.writing = True
        self._urls = list(urls)
        self.tries = number
        self._token = token
        self._chance = chance
        self._outbox: dict[str, Written] = {}
        self._transport: WSTransport | None = None
        self._refs: dict[int, Written | str] = {}
        self._ref = 0
        self._filling: set[str] = set()

    @property
    def settled(self) -> bool:
        """Whether everything written is acknowledged."""
        return not any(message.seq is None for message in self.written)

    async def run(self) -> None:
        """Writes and listens until cancelled; comes back whenever it is cut off."""
        while True:
            try:
                async with asyncio.timeout(CONNECT_S):
                    line = await self._connect()
                await self._live(line)
            except (OSError, TimeoutError, WSError):
                pass
            if self._transport is not None:
                self._transport.underlying_transport.abort()
                self._transport = None
            await asyncio.sleep(self._chance.uniform(0.02, 0.1))

    def has_heard(self, heads: Mapping[str, int]) -> bool:
        """Whether it has every entry up to these heads."""
        return all(self.heard[stream].last >= head for stream, head in heads.items())

    async def _connect(self) -> Line:
        headers = {"Authorization": f"Bearer {self._token}"}
        self.tries += 1
        url = self._urls[self.tries % len(self._urls)]
        self._transport, line = await ws_connect(Line, url, extra_headers=headers)
        if not isinstance(line, Line):
            raise ConnectionError("cut in the moment it was made")
        self._refs.clear()
        self._filling.clear()
        self._say({"t": "hello", "version": 1})
        while (frame := await line.frames.get()) is not None:
            if frame["t"] == "welcome":
                return line
        raise ConnectionError("no welcome")

    async def _live(self, line: Line) -> None:
        for stream in self.heard:
            self._fill(stream)
            if stream in self._outbox:
                self._send(self._outbox[stream])
            else:
                self._write_soon(stream)
        while True:
            async with asyncio.timeout(SILENCE_S):
                frame = await line.frames.get()
            if frame is None:
                return
            await self._on_frame(frame)

    async def _on_frame(self, frame: dict[str, Any]) -> None:
        match frame["t"]:
            case "entries":
                self._take(frame["stream"], frame["entries"])
            case "done":
                self._on_done(self._refs.pop(frame["ref"]), frame["answer"])
            case "error":
                await self._on_error(self._refs.pop(frame.get("ref", 0), None), frame)
            case _:
                pass

    def _on_done(self, asked: Written | str, answer: dict[str, Any]) -> None:
        if isinstance(asked, str):
            self._filling.discard(asked)
            self._take(asked, answer["entries"])
            if self.heard[asked].last < answer["head"]:
                self._fill(asked)
            return
        self.moved += asked.seq is not None and asked.seq != answer["seq"]
        asked.seq = answer["seq"]
        self.acknowledged_at = max(self.acknowledged_at, asked.at)
        self._outbox.pop(asked.stream, None)
        self._write_soon(asked.stream)

    async def _on_error(self, asked: Written | str | None, frame: dict[str, Any]) -> None:
        """What can be tried again is tried again; anything else must not happen here."""
        if not frame.get("retryable"):
            self.refused.append(frame["code"])
            raise ConnectionError(frame["code"])
        await asyncio.sleep(self._chance.uniform(0.02, 0.1))
        if isinstance(asked, Written):
            self._send(asked)
        elif asked is not None:
            self._filling.discard(asked)
            self._fill(asked)

    def _take(self, stream: str, entries: list[dict[str, Any]]) -> None:
        heard = self.heard.get(stream)
        if heard is None:
            return
        for entry in entries:
            heard.take(entry["seq"], entry["nonce"])
        if heard.waiting:
            self._fill(stream)

    def _fill(self, stream: str) -> None:
        if stream not in self._filling:
            self._filling.add(stream)
            self._do("sync.entries", {"stream": stream, "after": self.heard[stream].last}, stream)

    def _write_soon(self, stream: str) -> None:
        """Lets the person think for a moment; a message thought of while the line is cut waits for the next one."""
        line = self._transport
        asyncio.get_running_loop().call_later(self._chance.uniform(*PAUSE_S), lambda: self._write(stream, line))

    def _write(self, stream: str, line: WSTransport | None) -> None:
        if self.writing and line is self._transport and stream not in self._outbox:
            message = Written(f"w{self.number}-{len(self.written)}-{self._chance.getrandbits(40):x}", stream)
            self.written.append(message)
            self._outbox[stream] = message
            self._send(message)

    def _send(self, message: Written) -> None:
        body = {"stream": message.stream, "text": f"{message.nonce} 货到了，请到后门收货。"}
        self._do("chat.send", body, message, nonce=message.nonce)

    def _do(self, op: str, body: dict[str, Any], asked: Written | str, nonce: str | None = None) -> None:
        self._ref += 1
        self._refs[self._ref] = asked
        self._say({"t": "do", "ref": self._ref, "op": op, "body": body, **({"nonce": nonce} if nonce else {})})

    def _say(self, frame: dict[str, Any]) -> None:
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.send(WSMsgType.TEXT, msgspec.json.encode(frame))
