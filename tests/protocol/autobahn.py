"""Plays the cases of the Autobahn suite that apply to our socket, as they are written in `websocket_cases.py`.

The suite itself cannot be run: what is published of it (25.10.1) is Python 2 (`from _version import …`, `print "…"`,
`xrange`). It judges an echo, so here the product's connection echoes what it has read; everything below that (upgrade,
frames, fragments, limits, closing) is the product's.

Run alone, `python -m tests.protocol.autobahn --json`, it plays every case whole, byte by byte and in longer pieces.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from unittest.mock import patch

from dianmai.core.errors import Refusal
from dianmai.edge import frames, reading, upgrade
from dianmai.edge.connection import Connection
from dianmai.settings import Settings
from tests.edge.client import Closed, Socket
from tests.edge.conftest import Edge, Person, serving
from tests.postgres import migrated, running_databases
from tests.protocol.websocket_cases import CLOSE, Case, Frame, cases


class Echo(Connection):
    """The product's connection, but for what it does with a text that it has taken for one."""

    def _text(self, payload: bytes) -> None:
        try:
            reading.frame_in(payload)
        except UnicodeDecodeError:
            super()._text(payload)
            return
        except Refusal:
            pass
        self.transport.write(frames.text_frame(payload))


async def play(edge: Edge, person: Person, case: Case, *, cut: int | None = None) -> str | None:
    """Plays a case and says what was wrong. `cut`: sent in pieces of so many bytes (2.6, 2.11, 5.5, 9.5)."""
    socket = await edge.handshake(person)
    try:
        async with asyncio.timeout(20):
            await _send(socket, case.sent, cut)
            back: list[Frame] = []
            code = await _hear(socket, case, back)
    except TimeoutError:
        return f"{case.number}: no end"
    finally:
        socket.writer.transport.abort()
    if tuple(back) != case.back and (case.strict or back):
        return f"{case.number}: came back {str(back)[:200]}"
    expected = 1000 if case.closed is None else case.closed
    if code == expected or (not case.strict and code in (1002, 1006)):
        return None
    if code == 1006 and cut is not None and case.closed is not None:
        return None  # who still writes when the line is closed may not get to read why
    return f"{case.number}: closed with {code}, not {expected}"


async def _send(socket: Socket, content: bytes, cut: int | None) -> None:
    # A server that has closed already may not take the rest.
    with suppress(ConnectionError):
        for at in range(0, len(content), cut or max(1, len(content))):
            socket.writer.write(content[at : at + (cut or len(content))])
            await socket.writer.drain()
            await asyncio.sleep(0)


async def _hear(socket: Socket, case: Case, back: list[Frame]) -> int:
    try:
        while True:
            if len(back) == len(case.back) and case.closed is None:
                await socket.send_raw(CLOSE, (1000).to_bytes(2, "big"))
            opcode, payload = await socket.read_raw()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2], "big")
            back.append((opcode, payload))
    except Closed as closed:
        return closed.code


@asynccontextmanager
async def echoing(settings: Settings, dsn: str) -> AsyncGenerator[Edge]:
    """The product's socket door, whose connections echo."""
    with patch.object(upgrade, "Connection", Echo):
        async with serving(settings, dsn) as edge:
            yield edge


async def _all(dsn: str, folder: Path) -> tuple[int, list[str]]:
    played, failed = 0, []
    async with echoing(Settings(data_dir=folder, port=0), dsn) as edge:
        (person,) = await edge.people(1)
        for case in cases():
            for cut in (None, 1, 2, 997) if len(case.sent) < 4_000 else (None, 997):
                played += 1
                if wrong := await play(edge, person, case, cut=cut):
                    failed.append(wrong if cut is None else f"{wrong} (in pieces of {cut})")
    return played, failed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.protocol.autobahn", description="WebSocket conformance")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    wish = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_databases(Path(folder)) as databases,
        databases.copy(databases.template("empty", migrated)) as dsn,
    ):
        played, failed = asyncio.run(_all(dsn, Path(folder)))
    figures = {"cases": played, "passed": played - len(failed), "failed": failed}
    print(json.dumps(figures) if wish.json else "\n".join([*failed, f"{played - len(failed)} of {played} passed"]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
