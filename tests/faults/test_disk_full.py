"""A full disk, for the database and for uploads apart: said in words, harmless to what is stored, over by itself.

For the log see `tests/edge/test_log_volume.py`.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench import seeding, serving
from dianmai.app import Running, running
from dianmai.core import access, room
from dianmai.core.errors import Unavailable
from dianmai.core.transactions import Transaction
from dianmai.engines import EmbeddedPostgres
from dianmai.settings import Settings
from tests.edge.client import Answer, http, request
from tests.faults import disks, promises

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]

BACK_S = 30.0
DATABASE_MIB = 600


@pytest.fixture(scope="module", autouse=True)
def _disks() -> None:
    try:
        disks.require_disks()
    except disks.NoDisks as error:
        print(f"skipped: {error}")
        pytest.skip(str(error))


async def test_the_databases_disk_is_full(tmp_path: Path) -> None:
    with serving.place() as place, disks.ext4(place / "disk.img", place / "disk", DATABASE_MIB) as disk:
        async with _on_that_disk(disk, tmp_path) as (server, dsn):
            people = await seeding.conversations(dsn, 3, 1)
            assert (await _send(server, people, 0, "before")).status == 200
            me = await _post(server, people.tokens[1], "accounts.me", b"{}")
            with disks.filled(disk):
                acknowledged, refused = await _write_until_refused(server, people)
                # In words: the disk is full, or the database has stopped because of it.
                assert (refused.status, refused.code) in ((507, "storage_full"), (503, "storage_unavailable"))
                assert refused.json["error"]["retryable"] and refused.json["error"]["message"]
                out = await _post(server, people.tokens[2], "accounts.sign_out", b"{}")
                assert out.status in (200, 503, 507)
                disabled = await _disable(server, me.json["person"]["id"])
                print(
                    f"{acknowledged} acknowledged, then {refused.code}; signing out {out.status}; disabled {disabled}"
                )
            await _back(server, people)
            # What was said about the session is so: it has ended, or it has not.
            again = await _post(server, people.tokens[2], "sync.catch_up", b"{}")
            assert (again.status == 401) == (out.status == 200)
            if not disabled:
                assert await _disable(server, me.json["person"]["id"])
            assert (await _post(server, people.tokens[1], "sync.catch_up", b"{}")).status == 401
            found = await promises.verdict(dsn, people.streams, [], heard=True)
            assert found.broken == 0, found.examples
            stored = (await promises.heads(dsn, people.streams))[people.stream]
            assert stored >= acknowledged


async def test_with_only_the_reserve_left_people_can_still_be_let_out_and_in(tmp_path: Path) -> None:
    with serving.place() as place, disks.ext4(place / "disk.img", place / "disk", DATABASE_MIB) as disk:
        async with _on_that_disk(disk, disk) as (server, dsn):
            people = await seeding.conversations(dsn, 3, 1)
            me = await _post(server, people.tokens[1], "accounts.me", b"{}")
            with disks.filled(disk, leaving=room.RESERVE // 2):
                await _until_looked_again(server, people)
                refused = await _send(server, people, 0, "no-room")
                assert (refused.status, refused.code) == (507, "storage_full")
                assert (await _post(server, people.tokens[0], "sync.catch_up", b"{}")).status == 200
                assert (await _post(server, people.tokens[2], "accounts.sign_out", b"{}")).status == 200
                assert await _disable(server, me.json["person"]["id"])
                assert (await _post(server, people.tokens[1], "sync.catch_up", b"{}")).status == 401
            await _back(server, people)


async def _until_looked_again(server: Running, people: seeding.Group) -> None:
    until = time.monotonic() + BACK_S
    number = 0
    while (await _send(server, people, 0, f"looked-{number:06}")).status == 200:
        assert time.monotonic() < until
        number += 1


async def _disable(server: Running, person: int) -> bool:
    """Ends a person's access, or fails honestly: then nothing has changed."""

    async def work(tx: Transaction) -> None:
        await access.end_access(tx, [person])

    try:
        await server.app.engine.write(work)
    except Unavailable:
        return False
    return True


@asynccontextmanager
async def _on_that_disk(disk: Path, elsewhere: Path) -> AsyncGenerator[tuple[Running, str]]:
    small = {"min_wal_size": "32MB", "max_wal_size": "64MB", "shared_buffers": "16MB"}
    postgres = EmbeddedPostgres(disk / "database", settings=small)
    engine = await postgres.start(print)
    try:
        async with running(Settings(data_dir=elsewhere, port=0), engine.dsn) as server:
            yield server, engine.dsn
    finally:
        await postgres.stop()


async def _write_until_refused(server: Running, people: seeding.Group) -> tuple[int, Answer]:
    """Long messages until there is no room for the next one; how many were acknowledged."""
    for number in range(20_000):
        answer = await _send(server, people, number % 2, f"message-{number:06}", "长" * 9_000)
        if answer.status != 200:
            return number, answer
    raise AssertionError("the disk was never full")


async def _back(server: Running, people: seeding.Group) -> None:
    """There is space again: within half a minute everything is as before, and nobody has done anything."""
    until = time.monotonic() + BACK_S
    number = 0
    while (answer := await _send(server, people, 0, f"after-{number:06}")).status != 200:
        assert time.monotonic() < until, answer.body
        number += 1
        await asyncio.sleep(0.2)


async def test_the_disk_for_uploads_is_full(dsn: str, tmp_path: Path) -> None:
    with disks.tmpfs(tmp_path / "files", 160) as disk:
        settings = Settings(data_dir=tmp_path / "data", files_dir=disk, port=0)
        async with running(settings, dsn) as server:
            people = await seeding.one_group(dsn, 2)
            assert (await _upload(server, people.tokens[0])).status == 200
            with disks.filled(disk, leaving=1024 * 1024):
                refused = await _upload(server, people.tokens[0])
                assert (refused.status, refused.code) == (507, "storage_full")
                assert (await _send(server, people, 0, "meanwhile")).status == 200
                assert not list((disk / "arriving").iterdir())
            assert (await _upload(server, people.tokens[0])).status == 200


async def test_the_disk_for_uploads_fills_up_while_one_arrives(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others fill it too: that there was room at the beginning proves nothing."""
    plenty = shutil.disk_usage("/")

    def promising(_: Path) -> object:
        return plenty

    monkeypatch.setattr(shutil, "disk_usage", promising)
    with disks.tmpfs(tmp_path / "files", 8) as disk:
        async with running(Settings(data_dir=tmp_path / "data", files_dir=disk, port=0), dsn) as server:
            people = await seeding.one_group(dsn, 2)
            for size in (9, 6):  # no room for it to arrive; none to store it beside what has arrived
                refused = await _upload(server, people.tokens[0], size * 1024 * 1024)
                assert (refused.status, refused.code) == (507, "storage_full")
                assert not list((disk / "arriving").iterdir())
            assert (await _upload(server, people.tokens[0])).status == 200


async def _send(server: Running, people: seeding.Group, who: int, nonce: str, text: str = "到货了") -> Answer:
    body = f'{{"stream":"{people.stream}","text":"{nonce} {text}"}}'.encode()
    return await _post(server, people.tokens[who], "chat.send", body, **{"x-dianmai-nonce": f"full-{nonce}"})


async def _post(server: Running, token: str, op: str, body: bytes, **more: str) -> Answer:
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}", **more}
    return await http(_port(server), request("POST", f"/api/{op}", headers=headers, body=body))


async def _upload(server: Running, token: str, size: int = 50_000) -> Answer:
    headers = {"content-type": "text/plain", "authorization": f"Bearer {token}"}
    body = b"a line of text\n" * (size // 15)
    return await http(_port(server), request("POST", "/files?name=list.txt", headers=headers, body=body))


def _port(server: Running) -> int:
    port = urlsplit(server.url).port
    assert port
    return port
