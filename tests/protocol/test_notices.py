"""A notice over many nodes: published once, received, read and confirmed anywhere, counted in one place."""

import asyncio
import io
import json
from typing import Any

from PIL import Image

from tests.edge.client import Socket
from tests.protocol.rig import Person, Rig
from tests.protocol.saying import conversation, hear, say

TEXT = {"title": "周一调价", "text": "开门前换好价签。"}


async def publish(rig: Rig, to: list[Person], nonce: str, node: int = 0) -> dict[str, Any]:
    body = json.dumps({**TEXT, "audience": {"people": [person.id for person in to]}}).encode()
    return (await rig.post(rig.publisher, "notices.publish", body, node=node, X_Dianmai_Nonce=nonce)).json


async def test_a_notice_is_heard_on_every_node_and_confirmed_on_any(rig: Rig) -> None:
    people = rig.people(3)
    sockets = [await rig.socket(person, node) for node, person in enumerate(people)]
    boards = [await rig.socket(rig.publisher, node, device=node) for node in range(3)]
    notice = await publish(rig, people, f"notice-{people[0].id}")
    for socket in sockets:
        (entry,) = await hear(socket, notice["stream"], 1, rig.layout.hears_within_s)
        assert entry["body"]["title"] == TEXT["title"]
    for board in boards:
        total = (await board.do("notices.board", {"notice": notice["notice"]}))["answer"]["total"]
        assert (total["recipients"], total["confirmed"]) == (3, 0)
    for person in people:  # each on another node than the one the notice was heard on
        node = people.index(person) + 1
        done = await (await rig.socket(person, node, 1)).do("notices.confirm", {"notice": notice["notice"]})
        assert done["answer"]["state"] == "confirmed"
    for board in boards:
        assert (await _counts(board, "confirmed", 3, rig.layout.hears_within_s + 2))["recipients"] == 3


async def test_d2_published_on_two_nodes_at_once_it_is_one_notice(rig: Rig) -> None:
    (person,) = rig.people(1)
    nonce = f"twice-{person.id:04}"
    answers = await asyncio.gather(*(publish(rig, [person], nonce, node) for node in (0, 1, 2, 0, 1, 2)))
    assert len({json.dumps(answer, sort_keys=True) for answer in answers}) == 1
    owed = await (await rig.socket(person, 1)).do("notices.list", {"folder": "owed"})
    assert [brief["notice"] for brief in owed["answer"]["notices"]].count(answers[0]["notice"]) == 1


async def test_b2_b3_receipts_go_only_forward_and_are_ones_own_on_every_node(rig: Rig) -> None:
    one, other = rig.people(2)
    notice = (await publish(rig, [one], f"forward-{one.id:04}"))["notice"]
    sockets = [await rig.socket(one, node, node) for node in range(3)]
    states = []
    for socket, op in zip(sockets, ("notices.confirm", "notices.read", "notices.confirm"), strict=True):
        states.append((await socket.do(op, {"notice": notice}))["answer"])
    late = await sockets[0].do("notices.receive", {"notices": [notice]})
    assert [state["state"] for state in (*states, *late["answer"]["states"])] == ["confirmed"] * 4
    assert len({state["at"] for state in states}) == 1
    stranger = await rig.socket(other, 1)
    assert (await stranger.do("notices.confirm", {"notice": notice}))["code"] == "not_found"
    assert (await stranger.do("notices.receive", {"notices": [notice, 10**9]}))["code"] == "not_found"


async def test_how_far_a_person_has_read_is_the_same_on_every_node(rig: Rig) -> None:
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    writer, reader = await rig.socket(one), await rig.socket(other, 1)
    phone = await rig.socket(other, 1 if rig.layout.marks_stay else 2, device=1)
    for n in range(4):
        await say(writer, stream, str(n), f"marks-{n:04}")
    await hear(phone, stream, 4, rig.layout.hears_within_s)
    assert (await reader.do("sync.read", {"stream": stream, "no": 3}))["answer"]["no"] == 3
    async with asyncio.timeout(rig.layout.hears_within_s):
        assert await phone.about(stream, "seen") == {"t": "seen", "stream": stream, "no": 3}
    for node in range(3):
        known = (await rig.post(other, "chat.conversations", node=node)).json["conversations"]
        assert [(c["head_no"], c["read_no"]) for c in known if c["stream"] == stream] == [(4, 3)]
        back = await (await rig.socket(other, node, 2)).do("sync.read", {"stream": stream, "no": 1})
        assert back["answer"]["no"] == 3


async def test_a_file_taken_in_by_one_node_is_given_out_by_another(rig: Rig) -> None:
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    uploaded = await rig.http(one, "POST", "/files?name=shelf.png", PICTURE, content_type="image/png")
    assert uploaded.status == 200, uploaded.body
    file = uploaded.json["file"]["id"]
    assert (await rig.http(other, "GET", f"/files/{file}", node=1)).status == 404
    sent = await (await rig.socket(one, 2)).do("chat.send", {"stream": stream, "pictures": [file]}, "picture-01")
    assert sent["t"] == "done", sent
    for node in range(3):
        got = await rig.http(other, "GET", f"/files/{file}", node=node)
        assert (got.status, got.headers["content-type"]) == (200, "image/png")


async def _counts(board: Socket, what: str, number: int, within: float) -> dict[str, int]:
    async with asyncio.timeout(within):
        while True:
            counts = (await board.frame("counts"))["counts"]
            if counts.get(what) == number:
                return counts


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()


PICTURE = _png()
