"""The server's own log: one file and one older one, each kept to a size."""

import os
import shutil
from pathlib import Path

LARGEST_BYTES = 10 * 1024 * 1024


class ServerLog:
    """`log/postgres.log` in the data directory; the server writes to it directly and so survives without us."""

    def __init__(self, directory: Path, largest_bytes: int = LARGEST_BYTES) -> None:
        directory.mkdir(mode=0o700, exist_ok=True)
        self.path = directory / "postgres.log"
        self._largest_bytes = largest_bytes
        self._start = 0

    def open(self) -> int:
        """A file descriptor for a new server to write to; the caller closes it."""
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._start = os.fstat(file).st_size
        return file

    def since_start(self, lines: int = 12) -> str:
        """The last lines which the server wrote since `open`."""
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(min(self._start, size), size - 16384))
            return "\n".join(file.read().decode(errors="replace").strip().splitlines()[-lines:])

    def rotate(self) -> None:
        """Move the content aside once it is too large. The server keeps its open file, hence copy and truncate."""
        if self.path.stat().st_size > self._largest_bytes:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            os.truncate(self.path, 0)
            self._start = 0
