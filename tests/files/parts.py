"""Sending a file in parts, as a client does."""

import hashlib
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.client import Answer
from tests.edge.conftest import Edge, Person
from tests.edge.conftest import edge as edge
from tests.edge.conftest import settings as settings

KIB = 1024
MIB = 1024 * KIB
_numbers = itertools.count(1)


@pytest.fixture
async def people(edge: Edge) -> AsyncIterator[list[Person]]:
    await edge.app.jobs.stop()  # the server's own timers would tidy while these tests look
    yield await edge.people(2)


def gathering(edge: Edge) -> set[str]:
    folder: Path = edge.app.settings.data_dir / "files" / "gathering"
    return {f.name for f in folder.iterdir()}


async def begin(edge: Edge, person: Person, size: int, name: str = "盘点.csv", **more: Any) -> Answer:
    ask = {"nonce": f"upload-{next(_numbers):06}", "name": name, "size": size, **more}
    return await edge.http(
        "POST",
        "/uploads",
        body=json.dumps(ask).encode(),
        authorization=f"Bearer {person.token}",
        content_type="application/json",
    )


async def put(edge: Edge, person: Person, upload: str, at: int, part: bytes, **headers: str) -> Answer:
    headers = {"x_dianmai_sha256": hashlib.sha256(part).hexdigest(), **headers}
    return await edge.http(
        "PUT", f"/uploads/{upload}?at={at}", body=part, authorization=f"Bearer {person.token}", **headers
    )


async def how_far(edge: Edge, person: Person, upload: str) -> Answer:
    return await edge.http("GET", f"/uploads/{upload}", authorization=f"Bearer {person.token}")


async def finish(edge: Edge, person: Person, upload: str) -> Answer:
    return await edge.http("POST", f"/uploads/{upload}/file", authorization=f"Bearer {person.token}")


async def give_up(edge: Edge, person: Person, upload: str) -> Answer:
    return await edge.http("DELETE", f"/uploads/{upload}", authorization=f"Bearer {person.token}")


async def send(edge: Edge, person: Person, content: bytes, name: str = "盘点.csv", **more: Any) -> Answer:
    """The whole way, in one part."""
    begun = await begin(edge, person, len(content), name, **more)
    if begun.status != 200:
        return begun
    upload = begun.json["id"]
    await put(edge, person, upload, 0, content)
    return await finish(edge, person, upload)
