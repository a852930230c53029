"""What is killed or stopped, and how: at once, with no chance to write anything down."""

import contextlib
import os
import signal
from collections.abc import Iterable

from bench.processes import descendants


def kill(heads: Iterable[int]) -> None:
    """Kills these processes with everything below them, so that none can write out what another has left in memory."""
    _send(signal.SIGKILL, heads)


def halt(heads: Iterable[int]) -> None:
    """Stops them where they are: to everybody else they have fallen silent, to themselves no time passes."""
    _send(signal.SIGSTOP, heads)


def wake(heads: Iterable[int]) -> None:
    """Lets them go on."""
    _send(signal.SIGCONT, heads)


def _send(number: int, heads: Iterable[int]) -> None:
    for head in heads:
        for pid in (head, *descendants(head)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
