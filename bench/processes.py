"""What processes cost: CPU of a server with all its children, and what else this machine was busy with."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """CPU seconds used up to now."""

    server: float  # the process and what it has below it: workers, NATS; with what has ended meanwhile
    children: float  # PostgreSQL below it, with all its processes, also those that ended
    generator: float
    machine: float  # all work done on this machine
    steal: float  # taken by the hypervisor

    def since(self, earlier: "Usage") -> "Usage":
        return Usage(*(now - then for now, then in zip(self, earlier, strict=True)))

    @property
    def everything_else(self) -> float:
        """Work of strangers: a run beside much of it says little."""
        return max(0.0, self.machine - self.server - self.children - self.generator)


def usage(server: int, generator: int | None = None) -> Usage:
    """What a server, its children and a load generator have used so far."""
    own = sum(_cpu(server))
    below = database = 0.0
    for pid in descendants(server):
        if is_database(pid):
            database += sum(_cpu(pid))
        else:
            below += sum(_cpu(pid))
    made = sum(_cpu(generator)) if generator is not None else 0.0
    fields = [int(word) / _TICKS for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _, _, irq, soft, steal = fields
    return Usage(own + below, database, made, user + nice + system + irq + soft, steal)


def descendants(root: int) -> list[int]:
    """Ids of all processes below one."""
    parents: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        fields = _fields(int(place.name))
        if fields is not None:
            parents.setdefault(int(fields[1]), []).append(int(place.name))
    found: list[int] = []
    waiting = list(parents.get(root, []))
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(parents.get(pid, []))
    return found


def is_database(pid: int) -> bool:
    """Whether a process is one of PostgreSQL's."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().startswith("postgres")
    except OSError:
        return False


def without_database(server: int) -> list[int]:
    """A server's processes but those of PostgreSQL."""
    return [server, *(pid for pid in descendants(server) if not is_database(pid))]


def proportional_set_kib(pids: Iterable[int]) -> int:
    """Memory of processes, what they share divided among them."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def _cpu(pid: int) -> tuple[float, float]:
    fields = _fields(pid)
    if fields is None:
        return 0.0, 0.0
    user, system, ended_user, ended_system = (int(word) / _TICKS for word in fields[11:15])
    return user + system, ended_user + ended_system


def _fields(pid: int) -> list[str] | None:
    """What `/proc/<pid>/stat` says after the name, which may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
