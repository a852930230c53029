"""Sockets under bad conditions: nobody slow harms others, nothing is lost in silence, an unsure server says nothing."""

import asyncio
import json
import re
import socket as sockets
from collections.abc import Callable

import pytest

from dianmai.core.db import Database
from dianmai.core.engine import Asked, Engine
from dianmai.core.journal import Committed
from dianmai.core.room import Room
from dianmai.settings import Settings
from tests.core.trial import trial_operations
from tests.edge.client import Closed, Socket
from tests.edge.conftest import Edge, Person, serving
from tests.edge.moving import moving_operations

LONG = json.dumps({"stream": "chat:1", "text": "长" * 3_000}, ensure_ascii=False).encode()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for is not ours to signal
            await asyncio.sleep(0.01)


async def another_process(edge: Edge) -> Engine:
    engine = Engine(Database(edge.dsn, size=2), [*trial_operations, *moving_operations], {})
    await engine.start()
    return engine


@pytest.mark.parametrize("failing", ["an answer", "the disk"])
async def test_what_breaks_once_is_answered_and_the_socket_goes_on(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    (ann,) = await edge.people(1)
    await edge.stream("chat:1", [ann])
    socket = await edge.socket(ann)

    def breaks(*_: object) -> None:
        raise PermissionError(failing)

    with monkeypatch.context() as patched:
        if failing == "an answer":
            patched.setattr(Engine, "_answered", breaks)
        else:
            patched.setattr(Room, "require", breaks)
        first = await socket.do("trial.say", {"stream": "chat:1", "text": "一"}, "broken-0001")
    assert first["code"] == "internal_error"
    assert (await socket.do("trial.say", {"stream": "chat:1", "text": "二"}, "whole-0002"))["t"] == "done"


async def test_who_does_not_read_is_closed_and_resumes_while_others_hear_everything(edge: Edge) -> None:
    ann, bob, sleepy = await edge.people(3)
    await edge.stream("chat:1", [ann, bob, sleepy])
    b, s = await edge.socket(bob), await edge.socket(sleepy)
    s.writer.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    s.writer.transport.pause_reading()
    server_side = next(c for c in edge.app.sockets.fanout.connections if c.actor.id == sleepy.id)
    server_side.transport.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 4096)
    sent = 0
    while not server_side.closing:
        asked = [Asked("trial.say", LONG, f"nonce-{n:06}") for n in range(sent, sent + 20)]
        await asyncio.gather(*(edge.app.engine.answer(ann.actor, one) for one in asked))
        sent += 20
        await b.entries("chat:1", 20)
        assert server_side.held_bytes < 1_200_000
        assert sent < 2_000
    s.writer.transport.resume_reading()
    closed = await s.closed()
    assert closed.code in (4008, 1006)
    if closed.code == 4008:
        assert closed.reason == "slow_consumer"
    seqs = [e["seq"] for f in s.kept if f["t"] == "entries" for e in f["entries"]]
    assert seqs == list(range(1, len(seqs) + 1))
    again = await edge.socket(sleepy)
    caught_up = await again.do("sync.entries", {"stream": "chat:1", "after": len(seqs), "limit": 1})
    assert caught_up["answer"]["entries"][0]["seq"] == len(seqs) + 1


async def test_what_another_process_commits_is_delivered_in_order(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    await edge.stream("chat:1", [ann])
    a, b = await edge.socket(ann), await edge.socket(bob)
    other = await another_process(edge)
    try:
        for n in range(10):
            await said(other, ann, f"nonce-other-{n}")
        await a.do("trial.say", {"stream": "chat:1", "text": "here"}, "nonce-here")
        assert [e["seq"] for e in await a.entries("chat:1", 11)] == list(range(1, 12))
        move = json.dumps({"stream": "chat:1", "join": [bob.id]}).encode()
        await other.answer(ann.actor, Asked("trial.move", move, "nonce-join"))
        assert (await b.frame("streams"))["joined"][0]["head"] == 11
        assert [e["seq"] for e in await b.entries("chat:1", 1)] == [12]
        end = json.dumps({"actor": bob.id}).encode()
        await other.answer(ann.actor, Asked("trial.end", end, "nonce-end"))
        assert (await b.closed()).code == 4010
    finally:
        await other.stop()


async def said(engine: Engine, person: Person, nonce: str) -> None:
    await engine.answer(person.actor, Asked("trial.say", b'{"stream":"chat:1","text":"there"}', nonce))


async def test_a_hint_that_comes_late_twice_or_never_changes_nothing(edge: Edge) -> None:
    ann = (await edge.people(1))[0]
    await edge.stream("chat:1", [ann])
    a = await edge.socket(ann)
    fanout = edge.app.sockets.fanout
    told: list[Committed] = []
    edge.app.engine.listeners.add(told.extend)
    deliver = fanout.deliver
    fanout.deliver = lambda _: None
    for n in range(6):
        await a.do("trial.say", {"stream": "chat:1", "text": str(n)}, f"nonce-{n:04}")
    first, second, _, fourth, fifth, sixth = told
    for hint in ([second], [first], [first], [fourth], [sixth], [fifth], [fourth]):
        deliver(hint)
    assert [e["seq"] for e in await a.entries("chat:1", 6)] == [1, 2, 3, 4, 5, 6]
    assert await a.silence() == []


async def test_when_the_server_stops_everybody_is_told_when_to_come_back(dsn: str, settings: Settings) -> None:
    async with serving(settings, dsn) as edge:
        people = await edge.people(20)
        held = [await edge.socket(p) for p in people]
    ends = [await socket.closed() for socket in held]
    assert {end.code for end in ends} == {1012}
    waits = [int(re.fullmatch(r"retry-after=(\d+)", end.reason).group(1)) for end in ends]
    assert len(set(waits)) > 5 and max(waits) <= 10_000


async def test_without_an_answer_from_the_database_nothing_is_delivered(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    a = await edge.socket(ann)
    edge.app.sockets.elsewhere._heard_at -= 3600
    ready = await edge.http("GET", "/health/ready")
    assert (ready.status, ready.json) == (503, {"status": "database_away"})
    assert (await edge.http("GET", "/health/live")).status == 200
    # What comes first: the next commit of this process finds it has been away, or its own pulse does.
    await edge.app.engine.write(_say_to(ann))
    with pytest.raises(Closed) as closed:
        await a.entries(f"person:{ann.id}", 1)
    assert closed.value.code == 1013
    await until(lambda: edge.app.sockets.elsewhere.fresh)
    assert (await (await edge.socket(bob)).do("trial.whoami"))["t"] == "done"


def _say_to(person: Person) -> Callable[..., object]:
    from dianmai.core.journal import Draft
    from tests.core.trial import Line

    async def work(tx: object) -> None:
        tx.append(Draft(f"person:{person.id}", "trial.line", Line(text="x")))

    return work


async def test_a_socket_whose_other_side_is_gone_is_found_and_dropped(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    a = await edge.socket(ann)
    (connection,) = edge.app.sockets.fanout.connections
    for _ in range(6):
        connection.tick()
    assert await a.read_raw() == (9, b"")
    await a.send_raw(10, b"")
    await until(lambda: connection.silent == 0)
    for _ in range(12):
        connection.tick()
    assert (await a.closed()).code == 1006
    await until(lambda: not list(edge.app.sockets.fanout.connections))


async def test_a_socket_that_never_says_hello_is_closed(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    a: Socket = await edge.handshake(ann)
    (connection,) = edge.app.sockets.fanout.connections
    for _ in range(3):
        connection.tick()
    assert (await a.closed()).code == 4002


async def test_nothing_is_kept_of_sockets_that_are_gone(edge: Edge) -> None:
    people = await edge.people(30)
    await edge.stream("chat:1", people)
    for _ in range(2):
        held = await asyncio.gather(*(edge.socket(p) for p in people))
        for socket in held:
            await socket.goodbye()
    fanout = edge.app.sockets.fanout
    await until(lambda: not list(fanout.connections))
    assert not any(heard.sockets for heard in fanout.listeners.streams.values())
    await until(lambda: not edge.app.sockets.server_connections)
