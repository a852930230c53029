"""D1–D4: what is acknowledged is there, once, in one order for all, on every device, whichever node it came in by."""

import asyncio
import json
import uuid

from tests.edge.client import Socket
from tests.protocol.rig import Rig
from tests.protocol.saying import conversation, hear, say, seqs, store_group

EACH = 30


async def test_d3_writers_on_all_nodes_make_one_order_that_everybody_hears(rig: Rig) -> None:
    crew = [rig.everybody[m.id] for m in rig.world.nanjing_lu.people[-3:]]
    stream = await store_group(rig, crew[0])
    writers = [await rig.socket(person, node) for node, person in enumerate(crew)]
    listeners = [await rig.socket(person, node + 1, device=1) for node, person in enumerate(crew)]
    run = uuid.uuid4().hex[:8]

    async def write(who: int, socket: Socket) -> list[int]:
        answers = [await say(socket, stream, f"{who}/{n}", f"{run}-{who}-{n}") for n in range(EACH)]
        assert {answer["t"] for answer in answers} == {"done"}, answers
        return [answer["answer"]["seq"] for answer in answers]

    acked = await asyncio.gather(*(write(who, socket) for who, socket in enumerate(writers)))
    assert all(own == sorted(own) for own in acked)
    every = sorted(seq for own in acked for seq in own)
    assert every == list(range(every[0], every[0] + 3 * EACH))
    heard = [await hear(listener, stream, 3 * EACH, rig.layout.hears_within_s + 3) for listener in listeners]
    for entries in heard:
        assert seqs(entries) == every
        assert entries == heard[0]
    for who, own in enumerate(acked):
        texts = {entry["seq"]: entry["body"]["text"] for entry in heard[0]}
        assert [texts[seq] for seq in own] == [f"{who}/{n}" for n in range(EACH)]
    stored = await writers[0].do("sync.entries", {"stream": stream, "after": every[0] - 1, "limit": 200})
    assert stored["answer"]["entries"] == heard[0]


async def test_a_stream_founded_on_one_node_is_heard_on_another_in_time(rig: Rig) -> None:
    one, other = rig.people(2)
    far = await rig.socket(other, node=1)
    stream = await conversation(rig, one, other)
    near = await rig.socket(one, node=0, device=1)
    assert (await say(near, stream, "在吗", "founded-1"))["t"] == "done"
    async with asyncio.timeout(rig.layout.hears_within_s):
        joined = await far.about(stream, "streams")
        (entry,) = await far.entries(stream, 1)
    assert stream in [one["stream"] for one in joined["joined"]]
    assert (entry["seq"], entry["body"]) == (1, {"text": "在吗"})


async def test_d2_one_nonce_sent_at_the_same_time_to_every_node_is_one_message(rig: Rig) -> None:
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    listening = await rig.socket(other, node=2)
    sockets = [await rig.socket(one, node, device) for node in range(3) for device in range(2)]
    for n in range(5):
        answers = await asyncio.gather(*(say(socket, stream, "到货了", f"same-{n:04}") for socket in sockets))
        assert len({json.dumps(answer["answer"]) for answer in answers}) == 1
        assert answers[0]["answer"]["seq"] == n + 1
    assert seqs(await hear(listening, stream, 5, rig.layout.hears_within_s)) == [1, 2, 3, 4, 5]
    stored = await sockets[0].do("sync.entries", {"stream": stream, "after": 0})
    assert stored["answer"]["head"] == 5


async def test_d2_a_nonce_used_for_something_else_is_refused_on_every_node_and_door(rig: Rig) -> None:
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    assert (await say(await rig.socket(one), stream, "九点", "taken-0001"))["t"] == "done"
    for node in range(3):
        refused = await say(await rig.socket(one, node, device=1), stream, "十点", "taken-0001")
        assert refused["code"] == "idempotency_conflict"
        body = json.dumps({"stream": stream, "text": "十点"}).encode()
        over_http = await rig.post(one, "chat.send", body, node=node, X_Dianmai_Nonce="taken-0001")
        assert (over_http.status, over_http.code) == (409, "idempotency_conflict")
    again = await say(await rig.socket(one, 2, device=2), stream, "九点", "taken-0001")
    assert again["answer"]["seq"] == 1
    head = await (await rig.socket(other, 1)).do("sync.entries", {"stream": stream, "after": 0})
    assert head["answer"]["head"] == 1


async def test_d4_a_device_that_was_away_is_given_what_it_lacks_by_any_node(rig: Rig) -> None:
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    writer = await rig.socket(one, node=0)
    away = await rig.socket(other, node=1)
    await say(writer, stream, "1", "while-0001")
    await hear(away, stream, 1, rig.layout.hears_within_s)
    await away.goodbye()
    for n in range(2, 41):
        await say(writer, stream, str(n), f"while-{n:04}")
    for node in range(3):
        back = await rig.socket(other, node, device=1)
        known, got, more = 1, [], True
        while more:
            answer = (await back.do("sync.catch_up", {"known": {stream: known}, "limit": 15}))["answer"]
            fresh = [entry for entry in answer["entries"] if entry["stream"] == stream]
            assert stream not in answer["start_over"]
            got, more = got + fresh, answer["more"] and bool(fresh)
            known = got[-1]["seq"] if got else known
        assert seqs(got) == list(range(2, 41))


async def test_d4_a_cursor_that_cannot_be_continued_starts_over_on_any_node(rig: Rig) -> None:
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    writer = await rig.socket(one, node=0)
    for n in range(40):
        await say(writer, stream, str(n), f"much-{n:04}")
    for node in range(3):
        back = await rig.socket(other, node, device=1)
        for cursor in ({stream: 10_000}, {}):
            answer = (await back.do("sync.catch_up", {"known": cursor}))["answer"]
            assert stream in answer["start_over"]
            given = [entry["seq"] for entry in answer["entries"] if entry["stream"] == stream]
            assert given == list(range(11, 41))


async def test_a_message_to_one_person_is_heard_by_nobody_else(rig: Rig) -> None:
    one, other, third = rig.people(3)
    stream = await conversation(rig, one, other)
    outside = [await rig.socket(third, node) for node in range(3)]
    inside = await rig.socket(other, 1)
    await say(await rig.socket(one), stream, "只给你看", "private-01")
    await hear(inside, stream, 1, rig.layout.hears_within_s)
    for socket in outside:
        told = await socket.silence()
        assert not [frame for frame in told if frame.get("stream") == stream or stream in json.dumps(frame)]
        assert (await socket.do("sync.entries", {"stream": stream, "after": 0}))["code"] == "not_found"
        assert (await say(socket, stream, "我也在", "intruder-1"))["code"] == "not_found"
