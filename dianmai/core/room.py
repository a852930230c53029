"""Room on the database's disk. What is left when it is nearly full is for what must not wait: people signing out, being
let in, and above all leaving the company."""

import shutil
import time
from pathlib import Path

from dianmai.core import telemetry
from dianmai.core.errors import Unavailable

RESERVE = 128 * 1024 * 1024
LOOKED_AGAIN_S = 0.5


class Room:
    """Looks at the disk of a database of our own. Of one elsewhere (None, or no such directory) nothing is known: it
    says itself when it is full."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._looked_at = float("-inf")
        self._free = float("inf")

    def require(self) -> None:
        """Refuses with `storage_full` when only the reserve is left."""
        if self._directory is None:
            return
        now = time.monotonic()
        if now - self._looked_at > LOOKED_AGAIN_S:
            self._looked_at, self._free = now, _free(self._directory)
        if self._free < RESERVE:
            raise Unavailable("storage_full", status=507, retry_after_ms=5000)


def _free(directory: Path) -> float:
    try:
        free = shutil.disk_usage(directory).free
    except FileNotFoundError:
        return float("inf")
    telemetry.disk_free.set(free)
    return free
