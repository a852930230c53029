"""Too much at once: those already in are served, the others are told when to come back, and nothing piles up."""

import asyncio
import os
import socket as sockets
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles

import asyncpg
import pytest

from dianmai.accounts import hashing
from dianmai.core import committing
from dianmai.core.engine import Asked
from dianmai.core.errors import Unavailable
from dianmai.edge import asking, outbox, socket
from tests.edge.client import Refusal, Socket
from tests.edge.conftest import Edge, Person

SLEEPERS = 20
MOST_MIB = 2.0


@asynccontextmanager
async def commits_held_up(edge: Edge) -> AsyncGenerator[None]:
    """Nothing is committed meanwhile: somebody else holds every lane."""
    holding = await asyncpg.connect(edge.dsn)
    try:
        async with holding.transaction():
            await holding.execute("SELECT FROM lane FOR UPDATE")
            yield
    finally:
        await holding.close()


async def test_a_rush_of_sign_ins_is_let_in_to_the_queues_length_and_the_others_told_when_to_come() -> None:
    released = threading.Event()
    most = hashing.WAITING + hashing.AT_ONCE
    waiting = [asyncio.create_task(hashing._in_turn(released.wait)) for _ in range(most)]
    await asyncio.sleep(0)
    waits: list[int] = []
    for _ in range(50):
        with pytest.raises(Unavailable) as busy:
            await hashing.hashed("three-blue-cups")
        assert busy.value.code == "sign_in_busy"
        waits.append(busy.value.retry_after_ms or 0)
    assert min(waits) >= 1_000 and len(set(waits)) > 25
    released.set()
    assert all(await asyncio.gather(*waiting))


async def test_who_comes_back_waits_for_a_turn_or_is_told_when_to_come(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await edge.people(25)
    monkeypatch.setattr(socket, "MOST_WAITING", 10)
    door = edge.app.sockets
    for _ in range(socket.AT_ONCE):
        await door.enter()
    coming = [asyncio.create_task(edge.handshake(person)) for person in people]
    done: set[asyncio.Task[Socket]] = set()
    while len(done) < 15:
        done, _ = await asyncio.wait(coming, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        coming_still = [task for task in coming if not task.done()]
        if len(coming_still) <= 10:
            break
        await asyncio.sleep(0.01)
    refused = [task.exception() for task in coming if task.done()]
    assert all(isinstance(one, Refusal) and (one.status, one.code) == (503, "too_busy") for one in refused)
    assert all(1 <= int(one.headers["retry-after"]) <= 10 for one in refused if isinstance(one, Refusal))
    for _ in range(socket.AT_ONCE):
        door.leave()
    admitted = [await task for task in coming if task not in done]
    assert len(refused) == 15 and len(admitted) == 10


async def test_what_waits_for_a_commit_is_bounded(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    (ann,) = await edge.people(1)
    await edge.stream("chat:1", [ann])
    monkeypatch.setattr(committing, "WAITING_LINES", 20)
    async with commits_held_up(edge):
        asked = [_say(edge, ann, f"nonce-{number:06}") for number in range(200)]
        waiting = [asyncio.create_task(one) for one in asked]
        await asyncio.sleep(0.3)
        refused = [task.exception() for task in waiting if task.done()]
        assert len(refused) >= 100
        assert all(isinstance(one, Unavailable) and one.retry_after_ms for one in refused)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert any(not isinstance(one, BaseException) for one in outcomes)
    assert await _say(edge, ann, "nonce-afterwards")


async def test_who_asks_without_waiting_for_answers_is_not_read_any_further(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    await edge.stream("chat:1", [ann])
    a = await edge.socket(ann)
    (connection,) = edge.app.sockets.fanout.connections
    server_side = connection._asking
    async with commits_held_up(edge):
        for number in range(350):
            await a.ask("trial.say", {"stream": "chat:1", "text": "快" * 50}, f"nonce-{number:06}")
        async with asyncio.timeout(5):
            while not server_side.reading_paused:  # noqa: ASYNC110 - nobody signals it
                await asyncio.sleep(0.01)
        assert server_side.flying <= asking.IN_FLIGHT
        assert server_side.waiting <= 2 * asking.QUEUED
    answers = [await a.answer(number) for number in range(1, 351)]
    assert {answer["t"] for answer in answers} <= {"done", "error"}
    assert all(answer["t"] == "done" or answer["retryable"] for answer in answers)


async def test_those_who_read_nothing_cost_two_mebibytes_each_and_slow_nobody(edge: Edge) -> None:
    ann, bob, *sleepy = await edge.people(2 + SLEEPERS)
    await edge.stream("chat:1", [ann, bob, *sleepy])
    b = await edge.socket(bob)
    asleep = [await _asleep(edge, person) for person in sleepy]
    before = _resident_mib()
    slow: list[float] = []
    for number in range(400):
        began = time.perf_counter()
        await _say(edge, ann, f"nonce-{number:06}", "长" * 3_000)
        slow.append(time.perf_counter() - began)
        await b.entries("chat:1", 1)
        assert all(len(c.held) <= outbox.MOST_FRAMES + 1 for c in edge.app.sockets.fanout.connections)
        assert all(c.held_bytes <= outbox.MOST_BYTES + 100_000 for c in edge.app.sockets.fanout.connections)
    assert (_resident_mib() - before) / SLEEPERS <= MOST_MIB
    assert len([c for c in edge.app.sockets.fanout.connections if not c.closing]) == 1  # bob: the others fell behind
    assert quantiles(slow, n=100)[98] < 0.25
    for one in asleep:
        one.writer.transport.abort()


async def _asleep(edge: Edge, person: Person) -> Socket:
    """A socket that reads nothing any more; the system's own buffers are small, so that ours are what counts."""
    one = await edge.socket(person)
    one.writer.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    one.writer.transport.pause_reading()
    server_side = next(c for c in edge.app.sockets.fanout.connections if c.actor.id == person.id)
    server_side.transport.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 4096)
    return one


async def _say(edge: Edge, person: Person, nonce: str, text: str = "到货了") -> bytes:
    body = f'{{"stream":"chat:1","text":"{text}"}}'.encode()
    return (await edge.app.engine.answer(person.actor, Asked("trial.say", body, nonce))).body


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2
