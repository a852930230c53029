"""The server under test: what `dianmai serve` starts with default settings, on data of its own, ended by its id."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

START_S = 60.0
STOP_S = 30.0
READY = b"Dianmai is ready at "


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

    def __init__(
        self, data_dir: Path, *, environment: Mapping[str, str] | None = None, words: Sequence[str] = ()
    ) -> None:
        """`environment` and `words` are what the server is told besides where its data and its port are."""
        self.data_dir = data_dir
        self._words = words
        self.port = _free_port()
        self._environment = dict(environment or {})
        self._log = data_dir.parent / f"serve-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: Future[bool] = Future()

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
        command = [sys.executable, "-m", "dianmai.cli", "serve", *self._words]
        self._process = subprocess.Popen(
            command,
            env={**inherited, **settings, **self._environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._ready = Future()
        threading.Thread(target=self._listen, args=(self._process, self._ready), daemon=True).start()

    def wait_ready(self, seconds: float = START_S) -> None:
        """Returns when the server says that it is ready."""
        try:
            ready = self._ready.result(seconds)
        except TimeoutError:
            raise ServerFailed(f"the server was not ready in {seconds:.0f} s:\n{self.last_words()}") from None
        if not ready:
            raise ServerFailed(f"the server ended while starting:\n{self.last_words()}")

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

    def _listen(self, process: "subprocess.Popen[bytes]", ready: Future[bool]) -> None:
        """Keeps what the server says, to its end: a full pipe would stop it."""
        assert process.stdout is not None
        with self._log.open("ab", buffering=0) as log:
            for line in process.stdout:
                log.write(line)
                if line.startswith(READY) and not ready.done():
                    ready.set_result(True)
        if not ready.done():
            ready.set_result(False)


@contextmanager
def running(data_dir: Path, environment: Mapping[str, str] | None = None) -> Generator[Server]:
    """A server that is ready, stopped afterwards."""
    server = Server(data_dir, environment=environment)
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
