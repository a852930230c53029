"""One `dianmai serve --workers 2`: what it has started is killed, and it brings that back by itself."""

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from bench import serving
from bench.processes import descendants
from dianmai.engines import attach
from tests.faults.crew import RECOVERY_LIMIT_S, at_work
from tests.faults.killing import kill

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]

KILLED = ("worker", "nats-server", "worker", "postgres")


def test_a_worker_the_bus_and_the_database_are_killed_and_come_back() -> None:
    asyncio.run(_rounds(int(os.environ.get("FAULTS_SEED") or random.SystemRandom().getrandbits(32))))


async def _rounds(seed: int) -> None:
    print(f"seed {seed}")
    with serving.place() as place:
        server = serving.Server(place / "data", environment={"DIANMAI_WORKERS": "2"})
        server.start()
        try:
            await asyncio.to_thread(server.wait_ready)
            dsn = attach(place / "data").dsn
            async with at_work(dsn, [server.port], random.Random(seed)) as crew:
                for kind in KILLED:
                    before = _parts(server.pid, kind)
                    kill(before[:1])
                    took = await crew.all_acknowledge()
                    print(f"killed {kind}, everybody writes after {took:.2f} s")
                    await _back(server.pid, kind, before)
                await crew.settle()
                found = await crew.verdict()
        finally:
            await asyncio.to_thread(server.stop)
    assert found.acked > 200
    assert found.broken == 0, found.examples


async def _back(parent: int, kind: str, before: list[int]) -> None:
    """As many as before, one of them new."""
    until = time.monotonic() + RECOVERY_LIMIT_S
    while len(now := _parts(parent, kind)) < len(before) or set(now) == set(before):
        assert time.monotonic() < until, f"{kind} did not come back: {now}"
        await asyncio.sleep(0.05)


def _parts(parent: int, kind: str) -> list[int]:
    """The processes right below the server that are of this kind."""
    return [pid for pid in descendants(parent) if _is(pid, parent, kind)]


def _is(pid: int, parent: int, kind: str) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        above = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return False
    if above != parent:
        return False
    program = Path(os.fsdecode(words[0])).name
    return program == kind or (kind == "worker" and program.startswith("python"))
