"""Where a figure was measured: without it a figure says nothing."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg

ROOT = Path(__file__).parent.parent
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


def environment() -> dict[str, Any]:
    """Machine, versions, and the commit measured."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "changed_files": len(_git("status", "--porcelain", "--", "dianmai").splitlines()),
        "cpus": os.cpu_count(),
        "cpu": _cpu_name(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "kernel": platform.release(),
        "python": " ".join((platform.python_version(), platform.python_compiler(), *platform.python_build()[1:])),
        "picows": version("picows"),
        "asyncpg": version("asyncpg"),
        "load_average_before": round(os.getloadavg()[0], 2),
    }


async def durable_settings(dsn: str) -> dict[str, str]:
    """What the database runs with. Raises unless a commit is on the disk before it is answered."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        shown = {name: str(await connection.fetchval(f"SHOW {name}")) for name in (*DURABLE, "server_version")}
    finally:
        await connection.close()
    off = [name for name in DURABLE if shown[name] != "on"]
    if off:
        raise RuntimeError(f"the database is not durable: {', '.join(off)} off")
    return shown


def _git(*words: str) -> str:
    try:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
