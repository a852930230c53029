"""Whether it is our own account that answers on a port of this machine.

A server that was killed leaves its port free for a moment. Whoever of another account takes it then would be told our
password by the next connection, and all that is said on it. Asked once a connection stands and before anything is said
on it, this cannot come too early: the other end of that connection is looked at, too.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_STANDING, _LISTENING = "01", "0A"
_HERE: Final = {"0100007F", "0000000000000000FFFF00000100007F"}
_EVERYWHERE: Final = {"00000000", "0" * 32}


class NotOurs(OSError):
    """A program of another account answers on the port."""


class _End(NamedTuple):
    address: str
    port: int
    state: str
    account: int
    inode: int


def require_own(port: int, account: int | None = None) -> None:
    """Refuses a port of 127.0.0.1 on which another account than ours listens or has taken a connection.

    Only Linux tells whose a socket is; elsewhere nothing is refused.
    """
    ours = os.getuid() if account is None else account
    ends = [end for end in _ends() if end.port == port and _is_servers(end)]
    if any(end.account != ours for end in ends) or (TABLES[0].exists() and not ends):
        raise NotOurs(f"Port {port} of this machine is not ours: another account's program answers there.")


def _is_servers(end: _End) -> bool:
    if end.state == _LISTENING:
        return end.address in _HERE | _EVERYWHERE
    # Nobody's yet: it waits to be taken.
    return end.state == _STANDING and end.address in _HERE and end.inode != 0


def _ends() -> Iterator[_End]:
    for table in TABLES:
        if table.exists():
            for line in table.read_text().splitlines()[1:]:
                words = line.split()
                address, _, port = words[1].partition(":")
                yield _End(address, int(port, 16), words[3], int(words[7]), int(words[9]))
