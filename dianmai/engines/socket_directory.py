"""Where the server's Unix socket lies: in the data directory, or in a short directory when that path is too long."""

import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from dianmai.engines.account import Account, give
from dianmai.engines.errors import EngineError

SOCKET = ".s.PGSQL.5432"
LONGEST_PATH = 107 if sys.platform == "linux" else 103
"""Bytes that the operating system takes as the path of a socket."""


def socket_directory(data_dir: Path, account: Account | None) -> Path:
    """The directory for the socket, made if need be and closed to everybody but the database's account (and root)."""
    directory = data_dir / "run"
    if not _fits(directory):
        name = "dianmai-" + hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
        directory = _short_base() / name
    if not _fits(directory):
        raise EngineError(
            "socket_path_too_long",
            f"The path {directory / SOCKET} is longer than the {LONGEST_PATH} bytes which the system allows for a "
            "socket. Choose a data directory with a shorter path, or set TMPDIR to a short one.",
        )
    try:
        if not directory.is_symlink() and not directory.exists():
            directory.mkdir(mode=0o700)
            give(directory, account)
        _require_private(directory, account)
    except OSError as error:
        raise _unwritable(directory, str(error)) from error
    return directory


def _fits(directory: Path) -> bool:
    # Clients take a comma for the separator of several hosts.
    return len(os.fsencode(directory / SOCKET)) <= LONGEST_PATH and "," not in str(directory)


def _short_base() -> Path:
    if os.geteuid() == 0 and Path("/run").is_dir():
        return Path("/run")
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())


def _require_private(directory: Path, account: Account | None) -> None:
    """A directory that somebody else has prepared in a shared place would let them answer in the server's stead."""
    found = directory.lstat()
    owner = account.uid if account else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, 0) or found.st_mode & 0o022:
        raise _unwritable(directory, "it belongs to another account, or others may write to it")
    if found.st_uid != owner:  # made by root, for example by a restored backup
        give(directory, account)
    if account is None and not os.access(directory, os.W_OK | os.X_OK):
        raise _unwritable(directory, "permission denied")


def _unwritable(directory: Path, why: str) -> EngineError:
    return EngineError(
        "socket_directory_unwritable",
        f"The directory {directory} for the database's socket cannot be used: {why}. "
        "Remove it (Dianmai makes it anew) or make its parent directory writable.",
    )
