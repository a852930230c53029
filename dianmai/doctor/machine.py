"""What the doctor looks at in the machine: its Python, its limits, its disk, its port."""

import asyncio
import os
import resource
import shutil
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

from dianmai.doctor.finding import Finding

LEAST_PYTHON = (3, 11)
LEAST_FREE_MB = 200
COMFORTABLE_FREE_MB = 2_000
SLOW_SYNC_MS = 5.0
COMFORTABLE_FILES = 8_192


def python() -> Finding:
    """Whether Python is new enough."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < LEAST_PYTHON:
        return Finding("Python", "bad", f"version {version} is too old", "Install Python 3.11 or newer.")
    return Finding("Python", "ok", f"version {version}")


def open_files() -> Finding:
    """How many connections the system lets a process have."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY or limit >= COMFORTABLE_FILES:
        return Finding("open files", "ok", "enough connections are allowed")
    return Finding(
        "open files",
        "warn",
        f"this process may open {limit} files; each connected device takes one",
        f"Raise it: `ulimit -n {COMFORTABLE_FILES * 8}`, or LimitNOFILE={COMFORTABLE_FILES * 8} in the systemd unit.",
    )


def disk(data_dir: Path) -> Finding:
    """How much room is left where the data is."""
    place = existing(data_dir)
    free = shutil.disk_usage(place).free // (1024 * 1024)
    action = f"Make room on the disk of {place}, or move the data (setting data_dir)."
    if free < LEAST_FREE_MB:
        return Finding("free disk", "bad", f"only {free} MB: the database will not start", action)
    if free < COMFORTABLE_FREE_MB:
        return Finding("free disk", "warn", f"only {free} MB are left", action)
    return Finding("free disk", "ok", f"{free} MB")


def sync_latency(data_dir: Path) -> Finding:
    """How long the disk takes to keep something for certain."""
    name = "disk speed"
    place = existing(data_dir)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".doctor-") as file:
            median = statistics.median(_timed_sync(file.fileno()) for _ in range(21))
    except OSError as error:
        return Finding(name, "bad", f"a file in {place} could not be written: {error}", "Change its owner or mode.")
    if median > SLOW_SYNC_MS:
        return Finding(
            name,
            "warn",
            f"writing 8 kB safely takes {median:.1f} ms; each message waits at least that long",
            "Put the data directory on an SSD, or on a disk whose controller has a protected cache.",
        )
    return Finding(name, "ok", f"writing 8 kB safely takes {median:.2f} ms")


def _timed_sync(file: int) -> float:
    """Milliseconds for a write of 8 kB to be safe."""
    started = time.perf_counter()
    os.pwrite(file, os.urandom(8192), 0)
    os.fdatasync(file)
    return (time.perf_counter() - started) * 1000


async def port(host: str, port: int) -> Finding:
    """Free, or taken by a Dianmai: known by what it answers, since a web server of others says something else."""
    where = f"{host}:{port}"
    if port == 0 or _may_bind(host, port):
        return Finding("port", "ok", f"{where} is free")
    if b"dianmai" in (await _answer(host, port)).lower():
        return Finding("port", "ok", f"a Dianmai answers at {where}")
    return Finding(
        "port",
        "bad",
        f"{where} cannot be used: another program has it, or the address is not this machine's",
        "Choose another one (setting port, or host).",
    )


def _may_bind(host: str, port: int) -> bool:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError:
        return False
    return True


async def _answer(host: str, port: int) -> bytes:
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while len(answer) < 65536 and (part := await reader.read(65536)):  # the head may come by itself
                answer += part
            writer.close()
            return answer
    except (OSError, TimeoutError):
        return b""


def existing(path: Path) -> Path:
    """The path, or the nearest directory above it that exists."""
    return next(place for place in (path.absolute(), *path.absolute().parents) if place.exists())
