"""Small disks that can be filled: a tmpfs or a file with ext4 in it, mounted for a test. Needs root."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench import serving


class NoDisks(Exception):
    """This machine lets nobody mount a file; the message says why."""


@contextmanager
def ext4(image: Path, at: Path, mib: int | None = None) -> Generator[Path]:
    """The ext4 filesystem in this file, made first when a size is given; its journal is replayed."""
    if mib is not None:
        with image.open("wb") as file:
            file.truncate(mib * 1024 * 1024)
        do("mkfs.ext4", "-q", "-F", "-m", "0", str(image))
    with _mounted(at, "-o", "loop", str(image)):
        yield at


@contextmanager
def tmpfs(at: Path, mib: int) -> Generator[Path]:
    """A disk of this size in memory."""
    with _mounted(at, "-t", "tmpfs", "-o", f"size={mib}m,mode=755", "tmpfs"):
        yield at


@contextmanager
def filled(disk: Path, leaving: int = 0) -> Generator[None]:
    """Takes all space of a disk but so many bytes, and gives it back."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while (free := shutil.disk_usage(disk).free - leaving) > 0:
            try:
                os.posix_fallocate(file.fileno(), file.tell(), min(free, 64 * 1024 * 1024))
            except OSError:
                break
            file.seek(0, os.SEEK_END)
    try:
        yield
    finally:
        ballast.unlink()


def require_disks() -> None:
    """Raises when nothing can be mounted here."""
    if os.geteuid() != 0:
        raise NoDisks("only root may mount a file")
    for program in ("mkfs.ext4", "mount"):
        if shutil.which(program) is None:
            raise NoDisks(f"{program} is not installed")
    with serving.place() as place:
        try:
            with ext4(place / "try.img", place / "try", 16):
                pass
        except (subprocess.CalledProcessError, OSError) as error:
            said = getattr(error, "stderr", None) or error
            raise NoDisks(f"files cannot be mounted here: {str(said).strip()}") from error


def do(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)


@contextmanager
def _mounted(at: Path, *words: str) -> Generator[None]:
    at.mkdir(exist_ok=True)
    do("mount", *words, str(at))
    try:
        at.chmod(0o755)
        yield
    finally:
        do("umount", str(at))
