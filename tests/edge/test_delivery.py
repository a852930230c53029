"""Entries reach every socket that hears their stream: in order, without holes, and nobody else."""

import asyncio
from typing import Any

import pytest

from dianmai.edge import fanout, store
from tests.edge.conftest import Edge

TEXT = {"stream": "chat:1", "text": "早上好"}


async def test_a_message_reaches_every_member_s_device_and_is_acknowledged(edge: Edge) -> None:
    ann, bob, eve = await edge.people(3)
    await edge.stream("chat:1", [ann, bob])
    a, b, e = [await edge.socket(p) for p in (ann, bob, eve)]
    done = await a.do("trial.say", TEXT, "nonce-0001")
    assert done["t"] == "done" and done["answer"] == {"seq": 1, "no": 1}
    for socket in (a, b):
        (entry,) = await socket.entries("chat:1", 1)
        assert entry["seq"] == 1 and entry["actor"] == ann.id and entry["body"] == {"text": "早上好"}
    assert await e.silence() == []
    again = await a.do("trial.say", TEXT, "nonce-0001")
    assert again["answer"] == {"seq": 1, "no": 1}
    assert await b.silence() == []


async def test_appends_of_one_socket_keep_their_order(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    await edge.stream("chat:1", [ann, bob])
    a, b = await edge.socket(ann), await edge.socket(bob)
    for n in range(60):
        await a.ask("trial.say", {"stream": "chat:1", "text": str(n)}, f"nonce-{n:04}")
    assert [e["body"]["text"] for e in await b.entries("chat:1", 60)] == [str(n) for n in range(60)]


async def test_a_new_member_hears_from_the_commit_on_and_a_removed_one_nothing(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    await edge.stream("chat:1", [ann])
    a, b = await edge.socket(ann), await edge.socket(bob)
    await a.do("trial.say", TEXT, "nonce-0001")
    await a.do("trial.move", {"stream": "chat:1", "join": [bob.id]}, "nonce-0002")
    joined = await b.frame("streams")
    assert joined["joined"] == [{"stream": "chat:1", "head": 1, "head_no": 1, "read_no": 1, "first": 2}]
    assert [e["seq"] for e in await b.entries("chat:1", 1)] == [2]
    await a.do("trial.say", TEXT, "nonce-0003")
    assert [e["seq"] for e in await b.entries("chat:1", 1)] == [3]
    await a.do("trial.move", {"stream": "chat:1", "leave": [bob.id]}, "nonce-0004")
    assert await b.frame("streams") == {"t": "streams", "left": ["chat:1"]}
    await a.do("trial.say", TEXT, "nonce-0005")
    assert await b.silence() == []
    assert [e["seq"] for e in await a.entries("chat:1", 5)] == [1, 2, 3, 4, 5]


async def test_members_moved_without_an_entry_are_attached_and_detached_too(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    await edge.stream("chat:1", [ann])
    a, b = await edge.socket(ann), await edge.socket(bob)
    await a.do("trial.move", {"stream": "chat:1", "join": [bob.id], "silent": True}, "nonce-0002")
    assert (await b.frame("streams"))["joined"][0]["stream"] == "chat:1"
    await a.do("trial.move", {"stream": "chat:1", "leave": [bob.id], "silent": True}, "nonce-0004")
    assert await b.frame("streams") == {"t": "streams", "left": ["chat:1"]}


async def test_a_stream_off_somebody_s_list_leaves_their_sockets_and_comes_to_no_new_one(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    await edge.stream("notice:1", [ann, bob], lasting=False)
    a, b = await edge.socket(ann), await edge.socket(bob)
    await edge.app.engine.database.pool.execute(
        "UPDATE member SET listed = false WHERE stream = 'notice:1' AND actor = $1", bob.id
    )
    await a.do("trial.move", {"stream": "notice:1", "silent": True}, "nonce-0001")
    assert await b.frame("streams") == {"t": "streams", "left": ["notice:1"]}
    late = await edge.socket(bob)
    await a.do("trial.say", {"stream": "notice:1", "text": "x"}, "nonce-0002")
    assert [e["seq"] for e in await a.entries("notice:1", 1)] == [1]
    assert (await b.silence(), await late.silence()) == ([], [])


async def test_a_stream_opened_to_people_online_is_announced_with_its_first_entry(edge: Edge) -> None:
    ann, bob, eve = await edge.people(3)
    sockets = [await edge.socket(p) for p in (ann, bob, eve)]
    await edge.stream("notice:1", [ann, bob])
    await sockets[0].do("trial.say", {"stream": "notice:1", "text": "x"}, "nonce-0001")
    for socket in sockets[:2]:
        assert (await socket.frame("streams"))["joined"][0]["head"] == 0
        assert [e["seq"] for e in await socket.entries("notice:1", 1)] == [1]
    assert await sockets[2].silence() == []


async def test_sockets_that_come_while_members_move_hear_what_they_should(edge: Edge) -> None:
    ann, *others = await edge.people(21)
    await edge.stream("chat:1", [ann])
    a = await edge.socket(ann)

    async def come(place: int) -> None:
        await edge.app.engine.write(lambda tx: _join(tx, others[place].id))
        socket = await edge.socket(others[place])
        done = await socket.do("trial.say", TEXT, f"nonce-come-{place}")
        while done["t"] == "error" and done.get("retryable"):
            # Members moved at each of its attempts: a device asks again.
            done = await socket.do("trial.say", TEXT, f"nonce-come-{place}")
        heard: list[int] = []
        while done["answer"]["seq"] not in heard:
            heard += [e["seq"] for e in (await socket.frame("entries"))["entries"]]
        assert heard == list(range(heard[0], heard[-1] + 1))

    await asyncio.gather(
        *(come(n) for n in range(20)), *(a.ask("trial.say", TEXT, f"nonce-say-{n}") for n in range(50))
    )


async def test_many_moves_of_members_in_a_row_cut_nobody_off(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, *others = await edge.people(9)
    await edge.stream("chat:1", [ann])
    a = await edge.socket(ann)
    members = store.members

    async def slowly(*given: Any) -> Any:
        await asyncio.sleep(0.15)
        return await members(*given)

    monkeypatch.setattr(store, "members", slowly)
    monkeypatch.setattr(fanout, "PATIENCE_S", 0.6)
    for place, other in enumerate(others):
        await a.do("trial.move", {"stream": "chat:1", "join": [other.id]}, f"nonce-move-{place}")
    assert [e["seq"] for e in await a.entries("chat:1", 8)] == list(range(1, 9))


async def _join(tx: object, actor: int) -> None:
    tx.join("chat:1", [actor])


async def test_a_read_mark_is_told_to_the_person_s_other_devices_only(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    await edge.stream("chat:1", [ann, bob])
    phone, till, b = await edge.socket(ann), await edge.socket(await edge.device(ann)), await edge.socket(bob)
    await b.do("trial.say", TEXT, "nonce-0001")
    assert (await phone.do("sync.read", {"stream": "chat:1", "no": 1}))["answer"] == {"stream": "chat:1", "no": 1}
    assert await till.frame("seen") == {"t": "seen", "stream": "chat:1", "no": 1}
    assert [f["t"] for f in await phone.silence()] == ["entries"]
    assert [f["t"] for f in await b.silence()] == ["entries"]
