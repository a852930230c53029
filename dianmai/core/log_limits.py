"""Keeps the log from being what fills the disk, and a full disk from stopping anything but the log.

Whoever provokes the same line ten thousand times gets a few of them; the next one that is written says how many were
left out.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TextIO

import structlog

MOST = 20
PERIOD_S = 60.0
KINDS = 1_000


class LogLimit:
    """At most so many lines of one kind in a period."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kinds: dict[str, tuple[float, int]] = {}

    def left_out(self, kind: str) -> int | None:
        """How many lines of this kind were left out before this one; None when this one is left out as well."""
        now = self._now()
        if kind not in self._kinds and len(self._kinds) >= KINDS:
            self._kinds.clear()
        since, count = self._kinds.get(kind, (now, 0))
        before = 0
        if now - since >= PERIOD_S:
            since, before, count = now, max(0, count - MOST), 0
        self._kinds[kind] = (since, count + 1)
        return before if count < MOST else None

    def __call__(self, _logger: object, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        """Our own lines. An event's name is a constant; what changes stands beside it."""
        left_out = self.left_out(f"{method} {event.get('event')}")
        if left_out is None:
            raise structlog.DropEvent
        if left_out:
            event["left_out"] = left_out
        return event

    def filter(self, record: logging.LogRecord) -> bool:
        """Lines of the libraries, by the place that writes them: some put what changes into the text itself."""
        left_out = self.left_out(f"{record.name} {record.pathname}:{record.lineno}")
        if left_out:
            record.msg, record.args = f"{record.getMessage()} (left_out={left_out})", None
        return left_out is not None


class Unstoppable:
    """A text stream that nobody fails for: what cannot be written, on a full disk or to nobody, is not."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()
