"""The server's own process file, and what a server leaves behind when its supervisor or itself was killed."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from dianmai.engines.cluster import title


def status(cluster: Path, pid: int) -> str:
    """What the server with this process id says of itself: "starting", "ready", "stopping", or "" when unknown."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return ""
    return lines[7].strip() if len(lines) > 7 and lines[0] == str(pid) else ""


async def clear_leftovers(cluster: Path, progress: Callable[[str], None]) -> None:
    """End all processes of a former server and remove a process file that would keep the next one from starting.

    To be called by the holder of the data directory's lock only: nobody else may be running a server on it.
    """
    file = cluster / "postmaster.pid"
    if not file.exists():
        return
    if _processes(cluster):
        progress("Waiting for the former PostgreSQL to end")
        await _end_all(cluster)
    noted = _number(file)
    # A number that by now belongs to another program, or to a dead one nobody has collected yet, makes PostgreSQL
    # believe that it still runs. It goes only when that is certain, since the same file protects the data from two
    # servers at once.
    if noted is None or _processes(cluster):
        return
    if _is_dead(noted) or (_command(noted) and "postgres" not in _command(noted)):
        file.unlink(missing_ok=True)


def clear_socket(socket_directory: Path) -> None:
    """Remove the socket of a former server; its lock file has the same weakness as the process file."""
    for path in socket_directory.glob(".s.PGSQL.*"):
        path.unlink(missing_ok=True)


async def _end_all(cluster: Path) -> None:
    """First as the supervisor would stop it, then with less patience. What was committed is safe either way."""
    head = _number(cluster / "postmaster.pid")
    if head is not None and head in _processes(cluster):
        for number, patience in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0)):
            _send(head, number)
            if await _gone(cluster, patience):
                return
    # Without a head process the others end by themselves, unless one is stuck.
    if await _gone(cluster, 1.0):
        return
    for pid in _processes(cluster):
        _send(pid, signal.SIGKILL)
    await _gone(cluster, 10.0)


async def _gone(cluster: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _processes(cluster):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def _processes(cluster: Path) -> list[int]:
    """Ids of all processes of the server on these files; empty on systems without /proc, where only it can tell."""
    head, others = f"\0-D\0{cluster}\0", f"postgres: {title(cluster)}: "
    found: list[int] = []
    for place in Path("/proc").glob("[0-9]*"):
        command = _command(int(place.name))
        if command.startswith(others) or ("postgres" in command.split("\0")[0] and head in command):
            found.append(int(place.name))
    return found


def _command(pid: int) -> str:
    """The command line of a process, parts divided by NUL; empty when it is gone or has ended unreaped."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _is_dead(pid: int) -> bool:
    """Whether a process has ended and only waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
