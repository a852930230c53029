"""D1–D4 over bad lines: between clients and the edge, between the edge and its database.

The product runs in this process; the lines go through `tests/tools/faultproxy.py`.
"""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench import seeding
from dianmai.app import Running, running
from dianmai.settings import Settings
from tests.edge.client import Answer, Closed, Refusal, Socket, connect, http, request
from tests.faults.crew import Crew, at_work
from tests.faults.promises import Verdict
from tests.tools.faultproxy import FaultProxy, database_behind, database_through, proxied

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]

SHORT_S = float(os.environ.get("FAULTS_LINE_S", "3"))
CUTS = int(os.environ.get("FAULTS_CUTS", "30"))


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"seed {seed}")
    return random.Random(seed)


@asynccontextmanager
async def edge_line(dsn: str, place: Path, chance: random.Random) -> AsyncGenerator[tuple[Running, FaultProxy, Crew]]:
    """People whose line to the edge is the bad one."""
    async with (
        running(Settings(data_dir=place, port=0), dsn) as server,
        proxied(("127.0.0.1", _port(server)), chance) as line,
        at_work(dsn, [line.port], chance) as crew,
    ):
        yield server, line, crew


@asynccontextmanager
async def database_line(dsn: str, place: Path, chance: random.Random) -> AsyncGenerator[tuple[Running, FaultProxy]]:
    """A node whose line to the database is the bad one."""
    async with (
        proxied(database_behind(dsn), chance) as line,
        running(Settings(data_dir=place, port=0), database_through(dsn, line)) as server,
    ):
        yield server, line


async def held(crew: Crew, least: int) -> Verdict:
    """Everything promised, over at least so many acknowledgements."""
    await crew.settle()
    found = await crew.verdict()
    assert found.broken == 0, found.examples
    assert found.acked >= least
    return found


async def test_a_slow_unsteady_line_only_makes_people_wait(dsn: str, tmp_path: Path, chance: random.Random) -> None:
    async with edge_line(dsn, tmp_path, chance) as (_, line, crew):
        for way in (line.up, line.down):
            way.latency_s, way.jitter_s = 0.2, 0.1
        async with asyncio.timeout(20):
            while sum(message.seq is not None for w in crew.writers for message in w.written) < 150:
                await crew.all_acknowledge()
        assert line.cuts == 0
        line.heal()
        await held(crew, 150)


async def test_lines_that_are_cut_reset_narrow_or_drip_lose_nothing(
    dsn: str, tmp_path: Path, chance: random.Random
) -> None:
    async with edge_line(dsn, tmp_path, chance) as (_, line, crew):
        until = asyncio.get_running_loop().time() + SHORT_S
        while asyncio.get_running_loop().time() < until:
            chance.choice((line.cut, line.reset))()
            await crew.all_acknowledge()
            chance.choice((line.up, line.down)).cut_after = chance.randint(1, 20_000)
            await crew.all_acknowledge()
        line.up.bytes_per_s = line.down.bytes_per_s = 8_000
        await crew.all_acknowledge()
        line.down.bytes_per_s = 200
        await asyncio.sleep(0.2)
        line.heal()
        assert line.cuts >= 8
        await held(crew, 200)


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_line_that_swallows_one_direction_is_left_for_another(
    dsn: str, tmp_path: Path, chance: random.Random, direction: str
) -> None:
    async with edge_line(dsn, tmp_path, chance) as (server, line, crew):
        tries = [writer.tries for writer in crew.writers]
        (line.up if direction == "up" else line.down).swallow()
        await crew.until(lambda: [w.tries for w in crew.writers] > tries, "somebody has tried again")
        for _ in range(12):
            # What five seconds each bring about: after a minute without a word the edge gives a line up.
            await server.app.sockets.look_after()
        if direction == "up":
            assert not any(not c.closing and c.silent >= 12 for c in server.app.sockets.fanout.connections)
        line.heal()
        await crew.all_acknowledge()
        await held(crew, 50)


async def test_a_commit_whose_answer_is_lost_is_carried_out_once(
    dsn: str, tmp_path: Path, chance: random.Random
) -> None:
    async with database_line(dsn, tmp_path, chance) as (server, line), at_work(dsn, [_port(server)], chance) as crew:
        line.cut_commits = 0.2
        await crew.until(lambda: line.cuts >= CUTS, f"{CUTS} commits were cut")
        line.heal()
        await crew.all_acknowledge()
        await held(crew, 100)


async def test_the_same_nonce_gives_the_first_answer_after_a_commit_whose_answer_was_lost(
    dsn: str, tmp_path: Path, chance: random.Random
) -> None:
    async with database_line(dsn, tmp_path, chance) as (server, line):
        people = await seeding.one_group(dsn, 2)
        line.cut_commits = 1.0
        first = await _send(server, people, "once")
        assert (first.status, first.code, first.json["error"]["retryable"]) == (503, "storage_unavailable", True)
        line.heal()
        again = await _send(server, people, "once")
        assert again.status == 200
        assert (await _send(server, people, "once")).body == again.body
        other = await _send(server, people, "twice")
        assert other.json["seq"] == again.json["seq"] + 1


async def test_a_node_that_the_database_does_not_answer_closes_its_sockets_and_comes_back_by_itself(
    dsn: str, tmp_path: Path, chance: random.Random
) -> None:
    loop = asyncio.get_running_loop()
    async with database_line(dsn, tmp_path, chance) as (server, line):
        people = await seeding.one_group(dsn, 2)
        socket = await _socket(server, people)
        line.up.swallow()
        line.down.swallow()
        since = loop.time()
        sent = await _send(server, people, "held up")
        assert (sent.status, sent.code) == (503, "storage_unavailable")
        assert loop.time() - since < 4
        asked = await _post(server, people, "sync.catch_up", b"{}", "catching up")
        assert (asked.status, asked.code) == (503, "storage_unavailable")
        closed = await socket.closed()
        assert closed.code == 1013 and closed.reason.startswith("retry-after=")
        assert loop.time() - since < 6
        with pytest.raises(Refusal) as refused:
            await _socket(server, people)
        assert (refused.value.status, refused.value.code) == (503, "storage_unavailable")
        assert (await http(_port(server), request("GET", "/health/ready"))).status == 503
        line.heal()
        await asyncio.wait_for(_back(server, people), 5)


async def _back(server: Running, people: seeding.Group) -> None:
    """Comes back as a client does, and has what it wrote meanwhile acknowledged."""
    while True:
        with contextlib.suppress(Refusal, Closed):
            socket = await _socket(server, people)
            sent = await socket.do("chat.send", {"stream": people.stream, "text": "我们又在了"}, "back-again-1")
            assert sent["t"] == "done" or sent["retryable"], sent
            if sent["t"] == "done" and (await _send(server, people, "held up")).status == 200:
                return
        await asyncio.sleep(0.05)


async def _socket(server: Running, people: seeding.Group) -> Socket:
    socket = await connect(_port(server), {"Authorization": f"Bearer {people.tokens[0]}"})
    welcome = await socket.hello()
    if welcome["t"] != "welcome":
        raise Closed(1013, welcome["code"])
    return socket


async def _send(server: Running, people: seeding.Group, nonce: str) -> Answer:
    body = f'{{"stream":"{people.stream}","text":"到货了 {nonce}"}}'.encode()
    return await _post(server, people, "chat.send", body, nonce)


async def _post(server: Running, people: seeding.Group, op: str, body: bytes, nonce: str) -> Answer:
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {people.tokens[0]}",
        "x-dianmai-nonce": f"bad-line-{nonce.replace(' ', '-')}",
    }
    return await http(_port(server), request("POST", f"/api/{op}", headers=headers, body=body))


def _port(server: Running) -> int:
    port = urlsplit(server.url).port
    assert port
    return port
