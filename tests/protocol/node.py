"""One node of an installation, and the bus between several."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

START_S: Final = 60.0
STOP_S: Final = 15.0
READY: Final = b"Dianmai is ready at "


class Node:
    """One `dianmai serve`. Its address is known once it says that it is ready."""

    def __init__(self, settings: Mapping[str, str], code: Path | None = None) -> None:
        # The settings of whoever runs the tests do not concern the node.
        own = {k: v for k, v in os.environ.items() if not k.startswith(("DIANMAI_", "DATABASE_URL", "NATS_URL"))}
        at = str(code or Path.cwd())
        self.settings = settings
        self._said: list[bytes] = []
        self._ready: Future[str] = Future()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dianmai.cli", "serve"],
            env={**own, "DIANMAI_PORT": "0", "PYTHONPATH": at, **settings},
            cwd=at,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def url(self) -> str:
        """Waits until the node answers."""
        return self._ready.result(START_S)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        """Reads what the node says to its end: a full pipe would stop it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said = [*self._said[-40:], line]
            if line.startswith(READY) and not self._ready.done():
                self._ready.set_result(line.removeprefix(READY).decode().strip())
        with suppress(Exception):
            self._ready.set_exception(RuntimeError(b"".join(self._said).decode("utf-8", "replace")))


@contextmanager
def bus() -> Generator[str]:
    """A bus between nodes, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = str(Path(sys.executable).with_name("nats-server"))
    server = subprocess.Popen([program, "-a", "127.0.0.1", "-p", str(port)], stderr=subprocess.DEVNULL)
    try:
        yield f"nats://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
