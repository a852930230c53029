"""The server under test: what `dianmai serve` starts with default settings, on data of its own, ended by its id."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_S = 60.0
STOP_S = 30.0


class ServerFailed(Exception):
    """The server did not start, or ended by itself."""


@contextmanager
def place() -> Generator[Path]:
    """A directory for one run's data, removed afterwards. As root it lies where PostgreSQL's account can reach it."""
    if os.geteuid() == 0:
        top = Path("/var/lib/dianmai-bench")
        top.mkdir(mode=0o755, exist_ok=True)
        directory = top / uuid.uuid4().hex[:12]
        directory.mkdir(mode=0o755)
    else:
        directory = Path(tempfile.mkdtemp(prefix="dianmai-bench-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Server:
    """One `dianmai serve` on `data_dir`. `kill` is what the fault rounds are about; `stop` is the ordinary end."""

    def __init__(self, data_dir: Path, *, environment: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.port = _free_port()
        self._environment = dict(environment or {})
        self._log = data_dir.parent / f"serve-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed("the server was not started")
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the process; `wait_ready` waits for it."""
        # The settings of whoever runs the bench do not concern the server under test.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DIANMAI_", "DATABASE_URL", "NATS_URL"))}
        settings = {"DIANMAI_DATA_DIR": str(self.data_dir), "DIANMAI_PORT": str(self.port)}
        command = [sys.executable, "-m", "dianmai.cli", "serve"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env={**inherited, **settings, **self._environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self, seconds: float = START_S) -> None:
        """Returns when the server says that it is ready."""
        until = time.monotonic() + seconds
        while not self.is_ready():
            if not self.alive:
                raise ServerFailed(f"the server ended while starting:\n{self.last_words()}")
            if time.monotonic() > until:
                raise ServerFailed(f"the server was not ready in {seconds:.0f} s:\n{self.last_words()}")
            time.sleep(0.02)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def kill(self) -> None:
        """Ends it as a power cut of the process would: at once, with nothing written down."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Ends it as an administrator would."""
        if self._process is None or not self.alive:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def last_words(self) -> str:
        """The end of what the server has printed."""
        try:
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])
        except OSError:
            return ""


@contextmanager
def running(data_dir: Path) -> Generator[Server]:
    """A server that is ready, stopped afterwards."""
    server = Server(data_dir)
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
