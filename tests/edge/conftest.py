"""A real server on a free port and a fresh database, with the trial operations instead of the features."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from dianmai.app import App, running
from dianmai.core import syncing
from dianmai.core.access import Actor, create_actors, issue_credential
from dianmai.core.transactions import Transaction
from dianmai.settings import Settings
from tests.core.trial import trial_operations
from tests.edge.client import Answer, Socket, connect, http, request
from tests.edge.moving import moving_operations

trial = SimpleNamespace(operations=[*(o for o in trial_operations if o not in syncing.operations), *moving_operations])


@dataclass
class Person:
    """Somebody signed in on one device."""

    actor: Actor
    token: str

    @property
    def id(self) -> int:
        return self.actor.id


@dataclass
class Edge:
    """The server under test."""

    app: App
    port: int
    dsn: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def people(self, count: int) -> list[Person]:
        async def work(tx: Transaction) -> list[Person]:
            ids = await create_actors(tx, "person", count)
            issued = [await issue_credential(tx, actor, "session", lifetime=timedelta(days=1)) for actor in ids]
            return [Person(Actor(a, "person", c), t) for a, (c, t) in zip(ids, issued, strict=True)]

        return await self.app.engine.write(work)

    async def device(self, person: Person) -> Person:
        """The same person on another device."""

        async def work(tx: Transaction) -> Person:
            credential, token = await issue_credential(tx, person.id, "session", lifetime=timedelta(days=1))
            return Person(Actor(person.id, "person", credential), token)

        return await self.app.engine.write(work)

    async def stream(self, name: str, members: list[Person], **more: Any) -> None:
        async def work(tx: Transaction) -> None:
            tx.open(name, **more)
            tx.join(name, [m.id for m in members])

        await self.app.engine.write(work)

    async def handshake(self, person: Person, **headers: str) -> Socket:
        return await connect(self.port, {"Authorization": f"Bearer {person.token}", **headers})

    async def socket(self, person: Person, **headers: str) -> Socket:
        """A socket that has said hello."""
        socket = await self.handshake(person, **headers)
        assert (await socket.hello())["t"] == "welcome"
        return socket

    async def http(self, method: str, path: str, *, body: bytes = b"", **headers: str | None) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await http(self.port, request(method, path, headers=named, body=body, host=f"127.0.0.1:{self.port}"))

    async def post(self, op: str, body: bytes = b"{}", **headers: str | None) -> Answer:
        return await self.http("POST", f"/api/{op}", body=body, **{"content_type": "application/json", **headers})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, port=0)


@asynccontextmanager
async def serving(settings: Settings, dsn: str, nats_url: str | None = None) -> AsyncGenerator[Edge]:
    """A server with the trial operations."""
    async with running(settings, dsn, nats_url, features=[trial]) as server:
        port = urlsplit(server.url).port
        assert port
        yield Edge(server.app, port, dsn)


@pytest.fixture
async def edge(dsn: str, settings: Settings) -> AsyncIterator[Edge]:
    async with serving(settings, dsn) as edge:
        yield edge
