"""The calibrator's server: picows and nothing else. It hands every message to everybody and stores nothing.

What it reaches is the ceiling this machine and the generator allow; a figure of the product is read beside it.
"""

import asyncio
import sys
from typing import Any

import uvloop

# Its stub leaves the types of some parameters out.
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server  # pyright: ignore[reportUnknownVariableType]

STREAM = b"chat:1"


class Room:
    """Everybody connected, and what is to be said in this turn of the loop."""

    def __init__(self) -> None:
        self.transports: set[Any] = set()
        self._seq = 0
        self._entries: list[bytes] = []

    def say(self, nonce: bytes, body: bytes) -> int:
        self._seq += 1
        entry = b'{"stream":"%b","seq":%d,"at":0,"actor":1,"kind":"chat.message","nonce":"%b","no":%d,"body":%b}'
        if not self._entries:
            asyncio.get_running_loop().call_soon(self._deliver)
        self._entries.append(entry % (STREAM, self._seq, nonce, self._seq, body))
        return self._seq

    def _deliver(self) -> None:
        payload = b'{"t":"entries","stream":"%b","entries":[%b]}' % (STREAM, b",".join(self._entries))
        self._entries.clear()
        size = len(payload)
        length = size.to_bytes(2, "big") if size < 65536 else size.to_bytes(8, "big")
        frame = b"\x81%c%b%b" % (126 if size < 65536 else 127, length, payload)
        for transport in self.transports:
            transport.write(frame)


class Visitor(WSListener):
    """One connection."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.underlying_transport.set_write_buffer_limits(high=64 << 20)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._room.transports.discard(transport.underlying_transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        text = frame.get_payload_as_bytes()
        if text.startswith(b'{"t":"hello"'):
            self._room.transports.add(transport.underlying_transport)
            transport.send(WSMsgType.TEXT, b'{"t":"welcome","version":1}')
            return
        ref = text[text.index(b'"ref":') + 6 : text.index(b',"op"')]
        nonce = text[text.index(b'"nonce":"') + 9 : text.index(b'","body"')]
        seq = self._room.say(nonce, text[text.index(b'"body":') + 7 : -1])
        transport.send(WSMsgType.TEXT, b'{"t":"done","ref":%b,"answer":{"seq":%d}}' % (ref, seq))


async def serve() -> None:
    room = Room()

    def visit(_: WSUpgradeRequest) -> WSListener:
        return Visitor(room)

    server = await ws_create_server(visit, "127.0.0.1", 0, backlog=1024, max_frame_size=65536)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(uvloop.run(serve()))
