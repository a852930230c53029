"""What ejabberd needs on this machine. The bench installs nothing: it says what to install."""

import re
from collections.abc import Callable
from pathlib import Path

# Debian package: what shows that it is there.
PACKAGES = {
    "ejabberd": "usr/lib/*/ejabberd-*/ebin/ejabberd.app",
    "erlang-p1-pgsql": "usr/lib/erlang/lib/p1_pgsql-*/ebin",
    "erlang-base": "usr/bin/erl",
}
SCHEMA = Path("/usr/share/ejabberd/sql/pg.sql")


class NotInstalled(Exception):
    """Something is missing on this machine; the text says what to do."""


def libraries(root: Path = Path("/")) -> Path:
    """The directory that Erlang finds ejabberd in. Raises NotInstalled, naming all packages that lack."""

    def found(pattern: str) -> Path | None:
        return next(iter(sorted(root.glob(pattern), reverse=True)), None)

    lacking = _lacking(found)
    if lacking:
        raise NotInstalled(
            f"The peer is not here. Debian: apt-get install --no-install-recommends {' '.join(lacking)} "
            "(as root; the service it brings is not needed and may stay stopped)."
        )
    application = found(PACKAGES["ejabberd"])
    assert application is not None
    return application.parents[2]


def ejabberd_version(root: Path = Path("/")) -> str:
    """Its version, as its application file says."""
    application = next(iter(sorted(root.glob(PACKAGES["ejabberd"]), reverse=True)))
    found = re.search(r'{vsn,\s*"([^"]+)"}', application.read_text())
    return found[1] if found else "unknown"


def _lacking(found: Callable[[str], Path | None]) -> list[str]:
    return [package for package, pattern in PACKAGES.items() if found(pattern) is None]
