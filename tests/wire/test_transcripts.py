"""Plays golden transcripts against the server as it is: a protocol version, once spoken, stays as it was."""

import asyncio
import json
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dianmai.app import Running
from dianmai.core.access import issue_credential
from dianmai.core.operations import Transaction
from tests.edge.client import Socket, connect
from tests.stories.conftest import server as server
from tests.stories.conftest import world as world
from tests.world import World

TRANSCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_the_server_speaks_as_written(server: Running, world: World, transcript: Path) -> None:
    await _followed(server)
    li, xu = world.nanjing_lu.manager, world.nanjing_lu.clerks[0]
    sockets = {name: await _device(server, person) for name, person in (("li", li.id), ("till", li.id), ("xu", xu.id))}
    named: dict[str, Any] = {}
    lines = [line for line in transcript.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for (who, what), block in groupby((line.split(" ", 2) for line in lines), key=lambda parts: (parts[0], parts[1])):
        said = [json.loads(text) for _, _, text in block]
        if what == ">":
            for frame in said:
                await sockets[who].send(_filled(frame, named))
        elif what == "!":
            assert (await sockets[who].closed()).code == said[0]
        else:
            await _heard(who, sockets[who], said, named)


async def _followed(server: Running) -> None:
    """Waits until the groups have followed the organisation: what they say is not in the transcript."""
    behind = "SELECT EXISTS (SELECT FROM follower f JOIN lane l USING (lane) WHERE f.pos < l.pos)"
    async with asyncio.timeout(30):
        while await server.app.engine.database.pool.fetchval(behind):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _heard(who: str, socket: Socket, expected: list[Any], named: dict[str, Any]) -> None:
    for frame in expected:
        told = await socket.frame(frame["t"])
        assert _matches(frame, told, named), (
            f"{who} heard\n  {json.dumps(told, ensure_ascii=False)}\nand not\n  {frame}"
        )
    assert not socket.kept, f"{who} also heard {socket.kept}"


async def _device(server: Running, person: int) -> Socket:
    async def work(tx: Transaction) -> str:
        return (await issue_credential(tx, person, "session", lifetime=timedelta(days=1)))[1]

    token = await server.app.engine.write(work)
    return await connect(urlsplit(server.url).port or 0, {"Authorization": f"Bearer {token}"})


def _filled(written: Any, named: dict[str, Any]) -> Any:
    if isinstance(written, dict):
        return {key: _filled(value, named) for key, value in written.items()}
    return named[written] if isinstance(written, str) and written.startswith("$") else written


def _matches(written: Any, told: Any, named: dict[str, Any]) -> bool:
    """Whether the frame is as written, field by field; what a later server adds does not matter (the N−1 rule)."""
    if written == "~":
        return True
    if isinstance(written, str) and written.startswith("$"):
        return named.setdefault(written, told) == told
    if isinstance(written, dict):
        return isinstance(told, dict) and all(k in told and _matches(v, told[k], named) for k, v in written.items())
    if isinstance(written, list):
        return len(written) == len(told) and all(_matches(w, t, named) for w, t in zip(written, told, strict=True))
    return written == told
