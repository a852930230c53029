"""What is killed, and how: at once, with no chance to write anything down."""

import contextlib
import os
import signal
from typing import Literal, Protocol

from bench.processes import descendants
from bench.serving import Server

Victim = Literal["server", "postgres", "everything"]
VICTIMS: tuple[Victim, ...] = ("server", "postgres", "everything")


class Rig(Protocol):
    """The system under test. Whoever supervises a part brings it back; `server` is brought back by us."""

    server: Server

    def postgres_pid(self) -> int: ...


def kill(rig: Rig, victim: Victim) -> None:
    """Kills one part, or all of it."""
    match victim:
        case "server":
            rig.server.kill()
        case "postgres":
            kill_postgres(rig.postgres_pid())
        case "everything":
            pid = rig.postgres_pid()
            rig.server.kill()
            kill_postgres(pid)


def kill_postgres(head: int) -> None:
    """All processes of a PostgreSQL, so that none of them can write out what another has left in memory."""
    for pid in (head, *descendants(head)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
