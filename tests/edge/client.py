"""A client that speaks the socket's protocol byte by byte, so that tests can also speak it wrongly."""

import asyncio
import json
import os
import ssl
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PATIENCE_S = 10


@dataclass
class Refusal(Exception):
    """The handshake was answered with plain HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        return json.loads(self.body)["error"]["code"]


@dataclass
class Closed(Exception):
    """The server closed the socket (code 1006: without a word)."""

    code: int
    reason: str = ""


@dataclass
class Socket:
    """One open socket. Frames that were not asked for wait in `kept`."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    kept: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    refs: int = 0

    async def hello(self, version: int = 1, **more: Any) -> dict[str, Any]:
        """Says hello and waits for the answer."""
        await self.send({"t": "hello", "version": version, **more})
        return await self.frame("welcome", "error")

    async def do(self, op: str, body: Any = None, nonce: str | None = None) -> dict[str, Any]:
        """Asks for an operation and waits for `done` or `error` with its ref."""
        ref = await self.ask(op, body, nonce)
        return await self.answer(ref)

    async def ask(self, op: str, body: Any = None, nonce: str | None = None) -> int:
        self.refs += 1
        frame = {"t": "do", "ref": self.refs, "op": op, "body": {} if body is None else body}
        await self.send(frame if nonce is None else {**frame, "nonce": nonce})
        return self.refs

    async def answer(self, ref: int) -> dict[str, Any]:
        return await self._first(lambda f: f.get("ref") == ref)

    async def frame(self, *kinds: str) -> dict[str, Any]:
        """The next frame of one of these kinds."""
        return await self._first(lambda f: f["t"] in kinds)

    async def about(self, stream: str, *kinds: str) -> dict[str, Any]:
        """The next frame of one of these kinds that is about a stream, where others may be spoken of too."""
        return await self._first(lambda f: f["t"] in kinds and stream in _streams(f))

    async def entries(self, stream: str, count: int) -> list[dict[str, Any]]:
        """The next entries of a stream, as many as asked for."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            frame = await self._first(lambda f: f["t"] == "entries" and f["stream"] == stream)
            found += frame["entries"]
        assert len(found) == count
        return found

    async def silence(self, ref_op: str = "sync.catch_up") -> list[dict[str, Any]]:
        """Everything the server says until it has answered one more question."""
        await self.do(ref_op)
        kept, self.kept = self.kept, []
        return kept

    async def closed(self) -> Closed:
        """Reads on until the server closes."""
        try:
            while True:
                self.kept.append(await self._read())
        except Closed as closed:
            return closed

    async def send(self, frame: Any) -> None:
        await self.send_raw(1, json.dumps(frame).encode())

    async def send_raw(
        self,
        opcode: int,
        payload: bytes,
        *,
        fin: bool = True,
        rsv: int = 0,
        masked: bool = True,
        size: int | None = None,
    ) -> None:
        """A frame as one likes it; `size` lies about its length."""
        self.writer.write(frame_bytes(opcode, payload, fin=fin, rsv=rsv, masked=masked, size=size))
        await self.writer.drain()

    async def goodbye(self) -> None:
        self.writer.close()

    async def _first(self, wanted: Any) -> dict[str, Any]:
        for place, frame in enumerate(self.kept):
            if wanted(frame):
                return self.kept.pop(place)
        while True:
            frame = await self._read()
            if wanted(frame):
                return frame
            self.kept.append(frame)

    async def _read(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                opcode, payload = await self.read_raw()
                if opcode == 1:
                    return json.loads(payload)
                if opcode == 8:
                    raise Closed(int.from_bytes(payload[:2], "big"), payload[2:].decode())
                if opcode == 9:
                    await self.send_raw(10, payload)

    async def read_raw(self) -> tuple[int, bytes]:
        """The next frame as it comes."""
        try:
            first, second = await self.reader.readexactly(2)
            size = second & 127
            if size == 126:
                size = int.from_bytes(await self.reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self.reader.readexactly(8), "big")
            assert first & 0x80 and not second & 0x80
            return first & 15, await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Closed(1006) from None


def _streams(frame: dict[str, Any]) -> set[str]:
    joined = (one["stream"] for one in frame.get("joined", ()))
    return {frame.get("stream", ""), *joined, *frame.get("left", ())}


def frame_bytes(
    opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0, masked: bool = True, size: int | None = None
) -> bytes:
    length = len(payload) if size is None else size
    bit = 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if length < 126:
        head += bytes([bit | length])
    elif length < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", length)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", length)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


async def connect(
    port: int, headers: Mapping[str, str], *, path: str = "/socket", tls: ssl.SSLContext | None = None
) -> Socket:
    """Opens a socket with these headers, or raises the `Refusal` it met."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20, ssl=tls)
    lines = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **headers,
    }
    head = f"GET {path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in lines.items() if v) + "\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(PATIENCE_S):
        answer = (await reader.readuntil(b"\r\n\r\n")).decode()
        status = int(answer.split(" ", 2)[1])
        said = {n.lower(): v for n, _, v in (line.partition(": ") for line in answer.split("\r\n")[1:] if line)}
        if status != 101:
            body = await reader.readexactly(int(said["content-length"]))
            writer.close()
            raise Refusal(status, said, body)
    assert said["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    return Socket(reader, writer)


@dataclass
class Answer:
    """What HTTP answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.json["error"]["code"]


async def http(port: int, raw: bytes, tls: ssl.SSLContext | None = None) -> Answer:
    """Sends these bytes on a connection of its own and reads one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24, ssl=tls)
    writer.write(raw)
    try:
        async with asyncio.timeout(30):
            return await read_answer(reader, head=raw.startswith(b"HEAD"))
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader, *, head: bool = False) -> Answer:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ", 2)[1])
    headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines[1:] if line)}
    if head or status == 304:
        return Answer(status, headers, b"")
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        return Answer(status, headers, body)
    return Answer(status, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def request(
    method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", host: str = "127.0.0.1"
) -> bytes:
    """The bytes of a request. A header with the value None is left out."""
    given = {n.title(): v for n, v in (headers or {}).items()}
    lines: dict[str, str | None] = {"Host": host, "Content-Length": str(len(body)), **given}
    head = "".join(f"{n}: {v}\r\n" for n, v in lines.items() if v is not None)
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body
