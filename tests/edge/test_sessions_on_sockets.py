"""An open socket and the session it was opened with: what counts as use of it, and that it ends with it."""

import asyncio

import asyncpg
import pytest

from dianmai.core import access
from dianmai.core.access import Actor, end_access
from dianmai.core.engine import Answered, Asked
from tests.edge.conftest import Edge


async def test_ending_access_closes_the_sockets_at_once_and_nothing_is_acknowledged_after_it(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    await edge.stream("chat:1", [ann, bob])
    phone, till, b = await edge.socket(ann), await edge.socket(await edge.device(ann)), await edge.socket(bob)
    await edge.app.engine.write(lambda tx: end_access(tx, [ann.id]))
    async with asyncio.timeout(1):
        assert (await phone.closed()).code == (await till.closed()).code == 4010
    assert (await b.do("trial.whoami"))["t"] == "done"


async def test_a_socket_does_not_outlive_its_credential(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    a, b = await edge.socket(ann), await edge.socket(bob)
    sides = {side.actor.id: side for side in edge.app.sockets.fanout.connections}
    assert all(side.ends_at is not None and side.ends_at > side._loop.time() + 86_000 for side in sides.values())
    await edge.app.sockets.look_after()
    for side in sides.values():
        side.ends_at = 0.0
    ended = "UPDATE credential SET expires_at = now() WHERE actor = $1"
    await edge.app.engine.database.pool.execute(ended, ann.id)
    await edge.app.sockets.look_after()
    assert (await a.closed()).code == 4010
    assert (await b.do("trial.whoami"))["t"] == "done"
    assert sides[bob.id].ends_at > 0


async def test_what_a_person_does_over_a_socket_is_use_and_what_the_device_does_is_not(edge: Edge) -> None:
    ann, bob, cleo = await edge.people(3)
    await edge.stream("chat:1", [ann, bob, cleo])
    a, b, c = await edge.socket(ann), await edge.socket(bob), await edge.socket(cleo)
    pool = edge.app.engine.database.pool
    await pool.execute("UPDATE credential SET last_used_at = now() - interval '1 hour', idle = interval '12 hours'")
    await pool.execute("UPDATE credential SET expires_at = now() + interval '11 hours'")
    await a.do("trial.say", {"stream": "chat:1", "text": "在"}, "nonce-0001")
    assert (await b.do("sync.catch_up", {"known": {}}))["t"] == "done"
    assert (await b.do("sync.read", {"stream": "chat:1", "no": 1}))["t"] == "done"
    assert (await b.do("trial.nothing"))["code"] == "unknown_operation"
    assert (await c.do("trial.whoami"))["t"] == "done"
    await edge.app.sockets.look_after()
    longer = "SELECT actor FROM credential WHERE expires_at > now() + interval '11.5 hours'"
    assert {row["actor"] for row in await pool.fetch(longer)} == {ann.id, cleo.id}


async def test_asking_over_http_is_use_and_coming_back_is_not(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob = await edge.people(2)
    pool = edge.app.engine.database.pool
    await pool.execute("UPDATE credential SET last_used_at = now() - interval '1 hour', idle = interval '12 hours'")
    await pool.execute("UPDATE credential SET expires_at = now() + interval '11 hours'")
    for person in (ann, bob):
        await edge.socket(person)
        caught_up = await edge.post("sync.catch_up", b"{}", authorization=f"Bearer {person.token}")
        assert caught_up.status == 200
    longer = "SELECT actor FROM credential WHERE expires_at > now() + interval '11.5 hours'"
    assert await pool.fetch(longer) == []

    async def away(*_: object) -> None:
        raise asyncpg.CannotConnectNowError("the database system is starting up")

    with monkeypatch.context() as patched:
        patched.setattr(access, "touch", away)
        assert (await edge.post("trial.whoami", authorization=f"Bearer {bob.token}")).status == 503
    # What could not be noted is noted the next time.
    assert (await edge.post("trial.whoami", authorization=f"Bearer {bob.token}")).status == 200
    assert [row["actor"] for row in await pool.fetch(longer)] == [bob.id]


async def test_sockets_are_looked_after_again_when_the_database_was_away(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ann,) = await edge.people(1)
    await edge.stream("chat:1", [ann])
    a = await edge.socket(ann)
    await a.do("trial.say", {"stream": "chat:1", "text": "在"}, "nonce-0001")

    async def away(*_: object) -> None:
        raise asyncpg.CannotConnectNowError("the database system is starting up")

    with monkeypatch.context() as patched:
        patched.setattr(access, "touch", away)
        await edge.app.sockets.look_after()
    (side,) = edge.app.sockets.fanout.connections
    assert side.used
    await edge.app.sockets.look_after()
    assert not side.used


async def test_ending_one_credential_closes_that_device_only(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    other = await edge.device(ann)
    phone, till = await edge.socket(ann), await edge.socket(other)
    await phone.do("trial.end", {"actor": ann.id, "credential": other.actor.credential}, "nonce-0001")
    assert (await till.closed()).code == 4010
    assert (await phone.do("trial.whoami"))["t"] == "done"


async def test_a_session_that_becomes_a_shared_devices_is_cut_off_by_its_new_end(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    [ann] = await edge.people(1)
    till, phone = await edge.socket(ann), await edge.socket(await edge.device(ann))

    async def shared(actor: Actor, asked: Asked) -> Answered:
        moved = "UPDATE credential SET expires_at = now() WHERE id = $1"
        await edge.app.engine.database.pool.execute(moved, actor.credential)
        return Answered(b"{}", device="dm_till")

    with monkeypatch.context() as registering:
        registering.setattr(edge.app.engine, "answer", shared)
        assert (await edge.post("trial.write", authorization=f"Bearer {ann.token}")).status == 200
    await edge.app.sockets.look_after()
    assert (await till.closed()).code == 4010
    assert (await phone.do("trial.whoami"))["t"] == "done"
