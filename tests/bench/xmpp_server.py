"""A very small XMPP server that can be told to do wrong what the load generator must notice."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from enum import StrEnum


class Fault(StrEnum):
    NONE = "none"
    LOSES = "loses a message"
    DOUBLES = "doubles a message"
    SWAPS = "swaps two messages"
    RETURNS = "returns a message to its writer"
    REFUSES = "refuses to let anybody in"
    FORGETS = "has forgotten one of the missed messages"


_FEATURES = "<stream:stream from='localhost'><stream:features><mechanisms/></stream:features>"
_MISSED = 20


class XmppServer:
    """A room in which everybody hears everything, and messages from one to one."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._clients: list[tuple[str, asyncio.StreamWriter]] = []
        self._relayed = 0
        self._held: dict[str, str] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):  # a generator that has seen enough just ends
            await self._listen(reader, writer)
        writer.close()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name, text = "", ""
        while data := await reader.read(65536):
            text += data.decode()
            # A stanza ends where the generator's stanzas do; what has not come whole waits.
            while found := re.match(r".*?(version='1\.0'>|</auth>|</iq>|</message>|<presence/>|</presence>)", text):
                text = text[found.end() :]
                name = self._answer(found[0], name, writer) or name

    def _answer(self, said: str, name: str, writer: asyncio.StreamWriter) -> str:
        if "<stream:stream" in said:
            writer.write(_FEATURES.encode())
        elif "<auth" in said:
            ok = self._fault is not Fault.REFUSES
            writer.write(b"<success xmlns='sasl'/>" if ok else b"<failure><not-authorized/></failure>")
        elif "<bind" in said:
            name = f"u{len(self._clients):05}"
            self._clients.append((name, writer))
            writer.write(b"<iq type='result' id='bind'><bind><jid/></bind></iq>")
        elif "<ping" in said:
            writer.write(b"<iq type='result' id='ping'/>")
        elif "/muc'" in said:
            writer.write(b"<presence><x><status code='110'/></x></presence>")
        elif "urn:xmpp:mam:2" in said:
            writer.write(self._archive().encode())
        elif "<message" in said:
            self._relay(said, name)
        return name

    def _relay(self, message: str, name: str) -> None:
        """Hands a message on; with the third one something goes wrong for the last one who hears it."""
        to = re.search(r"to='(u\d+)@", message)
        *hearing, last = [writer for who, writer in self._clients if to is None or who == to[1]]
        self._relayed += 1
        for writer in hearing:
            writer.write(message.encode())
        last.write("".join(self._copies(message, name) if self._relayed >= 3 else [message]).encode())
        if self._relayed == 3 and self._fault is Fault.RETURNS:
            dict(self._clients)[name].write(message.replace("<message ", "<message type='error' ").encode())

    def _copies(self, message: str, name: str) -> list[str]:
        if self._relayed > 3:
            held = self._held.pop(name, None)  # by the same writer: strangers' messages have no order
            return [message, held] if held else [message]
        if self._fault is Fault.SWAPS:
            self._held[name] = message
        return [message] * {Fault.LOSES: 0, Fault.DOUBLES: 2, Fault.SWAPS: 0}.get(self._fault, 1)

    def _archive(self) -> str:
        kept = [n for n in range(1, _MISSED + 1) if not (self._fault is Fault.FORGETS and n == 7)]
        found = "".join(f"<message><body>~m{0:016x}{0:04x}{n:08x}</body></message>" for n in kept)
        return f"{found}<iq type='result' id='fetch'><fin complete='true'></fin></iq>"


@asynccontextmanager
async def xmpp_server(fault: Fault) -> AsyncGenerator[int]:
    """Its port, while it runs."""
    server = await asyncio.start_server(XmppServer(fault).serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
