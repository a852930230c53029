"""The version before, as it was released: its code and what it says on the wire, out of the repository's history."""

import subprocess
from pathlib import Path
from typing import Final

PREVIOUS: Final = "be21eff2aa376a4b3792adef093408f1ce2221d9"
"""Moved on with every release: the newest commit of the one before."""

TOP: Final = Path(__file__).parents[2]


def is_there() -> bool:
    """A shallow clone, or what was unpacked from an archive, has no history to look into."""
    try:
        found = subprocess.run(
            ["git", "cat-file", "-e", f"{PREVIOUS}^{{commit}}"], cwd=TOP, capture_output=True, check=False
        )
    except FileNotFoundError:
        return False
    return found.returncode == 0


def code(folder: Path) -> Path:
    """Its server's code, unpacked."""
    packed = subprocess.run(["git", "archive", PREVIOUS, "dianmai"], cwd=TOP, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


def transcript(version: int) -> str:
    """What its clients say and understand."""
    path = f"{PREVIOUS}:tests/wire/version_{version}.txt"
    return subprocess.run(["git", "show", path], cwd=TOP, capture_output=True, check=True).stdout.decode("utf-8")
