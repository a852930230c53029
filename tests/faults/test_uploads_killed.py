"""An upload whose server is killed at random ends whole or clearly failed, and goes on where it was acknowledged."""

import asyncio
import hashlib
import http.client
import json
import os
import random
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bench import serving
from dianmai.core.access import create_actors, issue_credential
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from dianmai.core.transactions import Transaction

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

KILLS = 50 if os.environ.get("DIANMAI_NIGHTLY") else 5
SIZE = 1024 * 1024
PART = 64 * 1024
PATIENCE_S = 60


def test_an_upload_killed_at_random_ends_whole_or_clearly_failed(dsn: str) -> None:
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"seed {seed}")
    chance = random.Random(seed)
    token = asyncio.run(_signed_in(dsn))
    with serving.place() as place:
        server = serving.Server(place / "data", environment={"DATABASE_URL": dsn})
        server.start()
        server.wait_ready()
        sender = Sender(server.port, token, chance.randbytes(SIZE))
        try:
            for _ in range(KILLS):
                before = sender.acknowledged
                # Often in the middle of the first parts after a start, sometimes many files later.
                time.sleep(chance.uniform(0.01, 0.8))
                server.kill()
                server.start()
                server.wait_ready()
                sender.require_going_on(before)
            sender.finish()
            for file, digest in sender.finished.items():
                assert hashlib.sha256(sender.download(file)).hexdigest() == digest
            gathering = list((place / "data" / "files" / "gathering").iterdir())
            assert not [left for left in gathering if left.stat().st_size], "parts of what is finished stayed behind"
        finally:
            sender.stopping = True
            server.stop()
    print(f"{len(sender.finished)} files, {sender.acknowledged} parts, {sender.broken} broken requests")
    assert sender.wrong == []
    assert len(sender.finished) >= 2
    assert sender.broken >= KILLS / 2, "the kills met nobody"


class Sender:
    """Somebody who sends one file after the other, and asks after each mishap how far it came."""

    def __init__(self, port: int, token: str, content: bytes) -> None:
        self._port, self._token, self._content = port, token, content
        self.finished: dict[str, str] = {}
        self.wrong: list[str] = []
        self.acknowledged = self.broken = 0
        self.stopping = self._last = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def require_going_on(self, before: int) -> None:
        until = time.monotonic() + PATIENCE_S
        while self.acknowledged == before:
            assert time.monotonic() < until and self._thread.is_alive(), self.wrong
            time.sleep(0.01)

    def finish(self) -> None:
        """Lets the file on its way be the last one."""
        self._last = True
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def download(self, file: str) -> bytes:
        status, body = self._ask("GET", f"/files/{file}")
        assert status == 200
        return body

    def _run(self) -> None:
        number = 0
        while not (self.stopping or self._last):
            number += 1
            try:
                self._one(number)
            except AssertionError as error:
                self.wrong.append(str(error))
                return

    def _one(self, number: int) -> None:
        content = number.to_bytes(8) + self._content[8:]
        digest = hashlib.sha256(content).hexdigest()
        ask = {"nonce": f"upload-{number:06}", "name": "录像.bin", "size": SIZE, "sha256": digest}
        said = self._until("POST", "/uploads", json.dumps(ask).encode())
        address, safe = f"/uploads/{said['id']}", 0
        while safe < SIZE and not self.stopping:
            part = content[safe : safe + PART]
            try:
                status, body = self._ask("PUT", f"{address}?at={safe}", part)
                self._judge(status, body, address)
                now = json.loads(body)["got"] if status == 200 else safe
                assert now == safe + len(part) or status == 503, f"{address}: {now} after {safe}"
            except OSError:
                now = self._until("GET", address)["got"]
                assert now in (safe, safe + len(part)), f"{address}: {now}, but {safe} were acknowledged"
            self.acknowledged += now > safe
            safe = now
        if not self.stopping:
            file = self._until("POST", f"{address}/file")["file"]
            self.finished[file["id"]] = digest

    def _until(self, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
        """Asks until it is answered."""
        until = time.monotonic() + PATIENCE_S
        while not self.stopping:
            assert time.monotonic() < until, f"{path} was not answered"
            try:
                status, said = self._ask(method, path, body)
                self._judge(status, said, path)
                if status == 200:
                    return json.loads(said)
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("stopped")

    def _judge(self, status: int, said: bytes, path: str) -> None:
        assert status in (200, 503), f"{path}: {status} {said!r}"

    def _ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        headers: Mapping[str, str] = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            line.request(method, path, body, dict(headers))
            answer = line.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.broken += 1
            raise OSError(str(error)) from None
        finally:
            line.close()


async def _signed_in(dsn: str) -> str:
    engine = Engine(Database(dsn, size=2), [], {})
    await engine.start()
    try:

        async def work(tx: Transaction) -> str:
            [person] = await create_actors(tx, "person", 1)
            return (await issue_credential(tx, person, "session", lifetime=timedelta(days=1)))[1]

        return await engine.write(work)
    finally:
        await engine.stop()
