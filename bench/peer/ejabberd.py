"""One ejabberd on a directory and a port of its own, ended by its id."""

import os
import random
import signal
import socket
import subprocess
import threading
from concurrent.futures import Future
from pathlib import Path

from bench.peer.configuration import HOST, Archive, configuration
from bench.peer.installed import libraries

START_S = 90.0
STOP_S = 30.0
READY = b"the peer is ready"


class PeerFailed(Exception):
    """ejabberd did not start, or ended by itself."""


def account(number: int) -> str:
    """The name and the password of an account, as the generator reads them."""
    return f"u{number:05} secret"


class Ejabberd:
    """ejabberd with accounts 0 to `accounts` - 1. It keeps its accounts between `stop` and the next `start`."""

    def __init__(self, directory: Path, archive: Archive, accounts: int) -> None:
        self.port = _free_port()
        self._directory = directory
        self._archive = archive
        self._accounts = accounts
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None or self._process.poll() is not None:
            raise PeerFailed(f"ejabberd does not run:\n{self.last_words()}")
        return self._process.pid

    def start(self) -> None:
        """Starts it and returns when it listens and everybody has an account."""
        self._directory.mkdir(mode=0o755, exist_ok=True)
        settings = self._directory / "ejabberd.yml"
        settings.touch(mode=0o600)
        settings.write_text(configuration(self.port, self._archive))
        # No node name: it joins no cluster and needs no port mapper.
        command = ["erl", "-noinput", "+K", "true", "+P", "250000", "-mnesia", "dir", f'"{self._directory / "spool"}"']
        known = (self._directory / "spool").exists()
        command += ["-s", "ejabberd", "-eval", _telling(0 if known else self._accounts)]
        process = subprocess.Popen(
            command,
            cwd=self._directory,
            env=self._environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._process = process
        ready: Future[bool] = Future()
        threading.Thread(target=self._listen, args=(process, ready), daemon=True).start()
        try:
            if not ready.result(START_S):
                raise PeerFailed(f"ejabberd ended while starting:\n{self.last_words()}")
        except TimeoutError:
            self.stop()
            raise PeerFailed(f"ejabberd was not ready in {START_S:.0f} s:\n{self.last_words()}") from None

    def stop(self) -> None:
        """Ends it as an administrator would, or by force."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def last_words(self) -> str:
        """The end of what it has printed."""
        try:
            return "\n".join((self._directory / "said").read_text(errors="replace").splitlines()[-20:])
        except OSError:
            return ""

    def _environment(self, settings: Path) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._directory),
            "ERL_LIBS": str(libraries()),
            "ERL_MAX_PORTS": "65536",
            "ERL_CRASH_DUMP_BYTES": "0",
            "EJABBERD_CONFIG_PATH": str(settings),
            "EJABBERD_LOG_PATH": str(self._directory / "ejabberd.log"),
            # It compiles and loads whatever lies in the directories of contributed modules.
            "CONTRIB_MODULES_PATH": str(self._directory / "nothing"),
            "CONTRIB_MODULES_CONF_DIR": str(self._directory / "nothing"),
        }

    def _listen(self, process: "subprocess.Popen[bytes]", ready: Future[bool]) -> None:
        """Keeps what it says, to its end: a full pipe would stop it."""
        assert process.stdout is not None
        with (self._directory / "said").open("ab", buffering=0) as said:
            for line in process.stdout:
                said.write(line)
                if READY in line and not ready.done():
                    ready.set_result(True)
        if not ready.done():
            ready.set_result(False)


def _telling(accounts: int) -> str:
    """Erlang that makes the accounts once ejabberd is up, and says that it is ready."""
    return (
        f'lists:foreach(fun(N) -> ejabberd_auth:try_register(iolist_to_binary(io_lib:format("u~5..0b", [N])), '
        f'<<"{HOST}">>, <<"secret">>) end, lists:seq(0, {accounts - 1})), io:format("{READY.decode()}~n").'
    )


def _free_port() -> int:
    """A port below those that the system gives to clients, which come and go by thousands here."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
