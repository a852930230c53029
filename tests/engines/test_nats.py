"""The embedded NATS: behind a secret, back on its port after a kill, gone after a stop."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import nats
import pytest
from nats.errors import Error, NoServersError

from dianmai.engines import EmbeddedNats


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[EmbeddedNats, str]]:
    embedded = EmbeddedNats(tmp_path)
    url = await embedded.start(lambda _: None)
    yield embedded, url
    await embedded.stop()


async def connects(url: str) -> bool:
    try:
        async with asyncio.timeout(3):
            client = await nats.connect(
                url, allow_reconnect=False, max_reconnect_attempts=1, reconnect_time_wait=0, error_cb=_nothing
            )
    except (Error, NoServersError, OSError, TimeoutError):
        return False
    await client.close()
    return True


async def _nothing(_: Exception) -> None: ...


async def test_only_who_knows_the_secret_gets_in_and_only_from_this_machine(
    server: tuple[EmbeddedNats, str], tmp_path: Path
) -> None:
    parts = urlsplit(server[1])
    assert parts.hostname == "127.0.0.1"
    assert parts.password
    assert len(parts.password) > 30
    assert await connects(server[1])
    assert not await connects(f"nats://127.0.0.1:{parts.port}")
    assert not await connects(f"nats://dianmai:{parts.password[:-1]}@127.0.0.1:{parts.port}")
    assert (tmp_path / "nats" / "nats.conf").stat().st_mode & 0o077 == 0


async def test_it_comes_back_at_the_same_address_after_a_kill_and_ends_when_told(
    server: tuple[EmbeddedNats, str],
) -> None:
    embedded, url = server
    killed = embedded.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(10):
        while not (embedded.pid != killed and await connects(url)):  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.01)
    await embedded.stop()
    assert not await connects(url)
