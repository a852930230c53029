"""Whose server answers on a port: ours, or one that another account has put there."""

import ctypes
import os
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dianmai.engines import EmbeddedNats, NotOurs, require_own

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells whose a socket is")

SOMEBODY = 54_321


@contextmanager
def as_somebody() -> Generator[None]:
    """What is opened here belongs to another account."""
    libc = ctypes.CDLL(None)
    libc.setfsuid(SOMEBODY)
    try:
        yield
    finally:
        libc.setfsuid(0)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_our_own_server_is_ours_and_nobodys_is_not(port: int) -> None:
    require_own(port)
    with pytest.raises(NotOurs):
        require_own(port, account=SOMEBODY)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobodys = gone.getsockname()[1]
    with pytest.raises(NotOurs):
        require_own(nobodys)


async def test_our_nats_is_ours_also_when_it_has_come_back(tmp_path: Path) -> None:
    nats = EmbeddedNats(tmp_path)
    url = await nats.start(lambda _: None)
    port = int(url.rpartition(":")[2])
    try:
        require_own(port)
        with pytest.raises(NotOurs):
            require_own(port, account=SOMEBODY)
    finally:
        await nats.stop()
    with pytest.raises(NotOurs):
        require_own(port)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may act as somebody else")
def test_another_accounts_server_is_told_by_the_connection_it_has_taken() -> None:
    with as_somebody():
        server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    with server, pytest.raises(NotOurs):
        require_own(port)
    # Whoever has taken a connection and then gives the port free again, so that our own server may have it.
    with as_somebody():
        server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        with as_somebody(), server:
            taken, _ = server.accept()
        with taken, socket.create_server(("127.0.0.1", port), reuse_port=False):
            with pytest.raises(NotOurs):
                require_own(port)
            taken.close()
            require_own(port)
