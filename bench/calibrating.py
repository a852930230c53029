"""What this machine can do without the product: a bare fan-out through picows, and one-row commits.

Figures of the product are read beside these; on a slower machine the ratios count.
"""

import subprocess
import sys
import time
from typing import Any

import asyncpg

from bench import generating
from bench.processes import Usage, usage

ONLINE = 300
SENDERS = 4
COMMIT_S = 2.0


def bare_fanout(window: int = 16, seconds: float = 2.0) -> dict[str, float]:
    """Fans 200-byte messages out to 300 sockets with nothing behind the socket."""
    server = subprocess.Popen([sys.executable, "-m", "bench.bare_server"], stdout=subprocess.PIPE, text=True)
    marks: dict[str, Usage] = {}
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        wishes = {"senders": SENDERS, "window": window, "warm": 0.5, "seconds": seconds}
        tokens = ["nobody"] * ONLINE
        result = generating.run(
            "fanout", port, tokens, wishes, lambda event, pid: marks.__setitem__(event, usage(server.pid, pid))
        )
    finally:
        server.kill()
        server.wait()
    spent = marks["measured"].since(marks["measuring"])
    return {
        "bare_deliveries_per_s": round(result["measured_deliveries"] / seconds),
        "bare_deliveries_per_server_cpu_s": round(result["measured_deliveries"] / max(spent.server, 0.01)),
        "bare_delivery_p99_ms": result["delivery_p99_ms"],
    }


async def bare_commits(admin_dsn: str) -> dict[str, float]:
    """Commits single rows one after the other, in a table of its own that is dropped."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(admin_dsn)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS public.bench_commit (at timestamptz, said text)")
        insert = await connection.prepare("INSERT INTO public.bench_commit VALUES (now(), $1)")
        times: list[float] = []
        began = time.perf_counter()
        while time.perf_counter() - began < COMMIT_S:
            before = time.perf_counter()
            await insert.fetch("a row of some forty bytes, as a test")
            times.append((time.perf_counter() - before) * 1000)
        await connection.execute("DROP TABLE public.bench_commit")
    finally:
        await connection.close()
    times.sort()
    return {
        "bare_commits_per_s": round(len(times) / COMMIT_S),
        "bare_commit_p50_ms": round(times[len(times) // 2], 3),
        "bare_commit_p99_ms": round(times[int(len(times) * 0.99)], 3),
    }
