"""Tasks that must run as long as the server: one that ends by itself is said at once and turns readiness red."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from typing import Any

import structlog

log = structlog.get_logger()


def start_vital(work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
    """Starts such a task. Stopping it is to cancel it; any other end is a bug and logged as one."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    task.add_done_callback(_ended)
    return task


def finish(tasks: Iterable["asyncio.Task[None]"]) -> Awaitable[object]:
    """Cancels tasks and waits until they have ended."""
    ending = list(tasks)
    for task in ending:
        task.cancel()
    return asyncio.gather(*ending, return_exceptions=True)


def _ended(task: "asyncio.Task[None]") -> None:
    if not task.cancelled():
        log.critical("a vital task has ended", task=task.get_name(), exc_info=task.exception())
