"""One worker: a serving process that a parent has started, and that ends with it."""

import asyncio
import os
import signal
import socket
import sys

import uvloop

from dianmai.app.garbage import tidy
from dianmai.app.serving import answering
from dianmai.app.workers import Assignment
from dianmai.core import telemetry


def main() -> None:
    """What `python -m dianmai.app.working` runs; `workers.py` says what comes in."""
    assignment = Assignment.decoded(sys.stdin.buffer.readline())
    telemetry.configure(assignment.settings.log_level)
    uvloop.run(_work(assignment))


async def _work(assignment: Assignment) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)

    def parent_is_gone() -> None:
        loop.remove_reader(sys.stdin.fileno())
        stopped.set()

    loop.add_reader(sys.stdin.fileno(), parent_is_gone)  # nothing more is ever said but by its end
    with socket.socket(fileno=assignment.port) as port:
        async with answering(assignment.settings, assignment.dsn, assignment.nats_url, port), tidy():
            os.write(assignment.ready, b".")
            os.close(assignment.ready)
            await stopped.wait()


if __name__ == "__main__":
    main()
