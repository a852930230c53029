"""The operating system account PostgreSQL runs as: ours, or an unprivileged one when we are root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dianmai.engines.errors import EngineError


@dataclass(frozen=True)
class Account:
    """An account that a child process changes to before it runs its program."""

    name: str
    uid: int
    gid: int


def account_for(cluster: Path) -> Account | None:
    """The account for the database files in `cluster`; None when they belong to the account we already run as.

    Root uses the owner of files that exist, else `postgres`, else `nobody`.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner != os.geteuid():
            raise EngineError(
                "data_directory_unusable",
                f"The database files in {cluster} belong to {_name(owner)}, but Dianmai runs as {_name(os.geteuid())}. "
                f"Run it as {_name(owner)}, or change the owner: chown -R {_name(os.geteuid())} {cluster}",
            )
        return None
    for name in (_name(owner) if owner else None, "postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name) if name else None
        except KeyError:
            continue
        if entry:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EngineError(
        "data_directory_unusable",
        "PostgreSQL refuses to run as root, and neither the account `postgres` nor `nobody` exists. "
        "Run Dianmai as an ordinary account, or add one: useradd --system postgres",
    )


def require_reachable(directory: Path, account: Account | None) -> None:
    """Raise `not_reachable` unless the account can enter `directory`, which exists, and so all of its parents."""
    if account is None:
        reachable = os.access(directory, os.X_OK)
    else:
        # Asking as that account counts every mode bit, group and access list; reading modes would miss the latter.
        test = shutil.which("test") or "/usr/bin/test"
        command = [test, "-x", str(directory)]
        answer = subprocess.run(  # noqa: S603
            command, user=account.uid, group=account.gid, extra_groups=[], check=False, cwd="/"
        )
        reachable = answer.returncode == 0
    if reachable:
        return
    name = account.name if account else _name(os.geteuid())
    raise EngineError(
        "not_reachable",
        f"The database runs as the account {name!r}, which cannot enter {_closed(directory)}. Choose a data directory "
        f"it can reach, such as one below /var/lib/dianmai (setting data_dir, or DIANMAI_DATA_DIR).",
    )


def require_usable(data_dir: Path) -> None:
    """Raise EngineError unless an embedded database could keep its files in `data_dir`, which need not exist yet."""
    existing = next(place for place in (data_dir, *data_dir.parents) if place.exists())
    require_reachable(existing, account_for(data_dir / "postgres"))
    if not os.access(existing, os.W_OK):
        raise EngineError(
            "data_directory_unusable",
            f"The account {_name(os.geteuid())!r} may not write to {existing}. Choose another data directory (setting "
            "data_dir, or DIANMAI_DATA_DIR), or change the owner of this one.",
        )


def give(path: Path, account: Account | None) -> None:
    """Make the account the owner of one file or directory that we created."""
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def give_tree(directory: Path, account: Account | None) -> None:
    """Make the account the owner of a whole tree, such as database files that root has brought back from a backup."""
    if account is None:
        return
    for place, directories, files in os.walk(directory):
        for name in (*directories, *files):
            give(Path(place) / name, account)
    give(directory, account)


def _closed(directory: Path) -> Path:
    """The topmost directory on the way that is closed to others: the one to name."""
    way = (*reversed(directory.parents), directory)
    return next((place for place in way if not place.stat().st_mode & 0o001), directory)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
