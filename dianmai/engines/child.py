"""Child processes: started in a group of their own, as another account if wanted, ended when we end."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence

from dianmai.engines.account import Account

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
# Nothing of our environment (addresses, passwords, PG* settings) concerns a database server.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Child:
    """A running program; signals to us (Ctrl-C in a terminal) do not reach it, our end does."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        account: Account | None = None,
        output: int | None = None,
        input: int = subprocess.DEVNULL,
        inherited: Collection[int] = (),
        environment: Mapping[str, str] = _ENVIRONMENT,
        directory: str = "/",
    ) -> None:
        """Start `command`. Raises OSError.

        Both of its outputs go to the file descriptor `output` (None: where ours go), it reads from `input`, and keeps
        the file descriptors `inherited`, under the same numbers.
        """
        self._process = subprocess.Popen(  # noqa: S603
            command,
            stdin=input,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=directory,
            pass_fds=inherited,
            process_group=0,
            preexec_fn=_ending_with(os.getpid()),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        threading.Thread(target=self._await_end, name=f"wait-{self.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._ended.done()

    async def wait(self) -> int:
        """Wait for the end; the exit status, negative for the number of a signal."""
        return await asyncio.shield(self._ended)

    async def ends_within(self, seconds: float) -> bool:
        """Wait for the end at most so long; whether it came."""
        await asyncio.wait([self._ended], timeout=seconds)
        return self._ended.done()

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when the process is gone."""
        self._process.send_signal(number)

    def _await_end(self) -> None:
        # A thread rather than the child watcher of the event loop: the same under asyncio and uvloop, 8 kB of memory.
        status = self._process.wait()
        try:
            self._loop.call_soon_threadsafe(self._report, status)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    def _report(self, status: int) -> None:
        if not self._ended.done():
            self._ended.set_result(status)


async def run(command: Sequence[str], *, account: Account | None) -> tuple[int, str]:
    """Run a program to its end; exit status and both of its outputs as one text. Raises OSError."""

    def work() -> tuple[int, str]:
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_ENVIRONMENT,
            cwd="/",
            process_group=0,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        return done.returncode, done.stdout.decode(errors="replace")

    return await asyncio.to_thread(work)


def _ending_with(parent: int) -> Callable[[], None] | None:
    """What a child does before its program starts: ask for SIGINT (a clean stop) when the parent is gone."""
    libc = _libc
    if libc is None:
        return None

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)

    return ask
