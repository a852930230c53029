"""Membership and access end on every node: in time for what is open, at once for what comes."""

import asyncio
import json

from tests.edge.client import Refusal, connect
from tests.protocol.rig import Person, Rig
from tests.protocol.saying import conversation, hear, say, store_group


async def test_d8_who_is_taken_out_of_a_stream_hears_so_and_nothing_more(rig: Rig) -> None:
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    writer = await rig.socket(one, 0)
    sockets = [await rig.socket(other, node, device) for device, node in enumerate((0, 1, 2))]
    await say(writer, stream, "还在", "before-001")
    for socket in sockets:
        await hear(socket, stream, 1, rig.layout.hears_within_s)
        socket.kept.clear()
    await rig.take_out(stream, other)
    assert (await say(writer, stream, "走了", "after-0001"))["t"] == "done"
    for socket in sockets:
        async with asyncio.timeout(rig.layout.hears_within_s):
            told = await socket.about(stream, "streams", "entries")
        assert stream in told["left"]
        assert stream not in [one["stream"] for one in told.get("joined", ())]
        assert (await socket.do("sync.entries", {"stream": stream, "after": 0}))["code"] == "not_found"
        assert (await say(socket, stream, "还能说吗", "outside-01"))["code"] == "not_found"
        listed = (await socket.do("sync.catch_up", {"known": {stream: 1}}))["answer"]
        assert stream not in json.dumps(listed)
        assert not [frame for frame in socket.kept if frame["t"] == "entries" and frame["stream"] == stream]


async def test_o1_signing_out_on_one_node_closes_the_socket_on_another(rig: Rig) -> None:
    (person,) = rig.people(1)
    tablet = await rig.lent(person)
    far, other_device = await rig.socket(tablet, 1), await rig.socket(person, 2)
    assert (await rig.post(tablet, "accounts.sign_out", node=0)).status == 200
    async with asyncio.timeout(rig.layout.closes_within_s):
        assert (await far.closed()).code == 4010
    for node in range(3):
        assert (await rig.post(tablet, "accounts.me", node=node)).code == "session_revoked"
        assert await _refused(rig, tablet, node) == (401, "session_revoked")
    assert (await other_device.do("accounts.me"))["t"] == "done"


async def test_o1_a_session_ended_from_another_device_is_acknowledged_nothing_more(rig: Rig) -> None:
    one, other = rig.people(2)
    lost = await rig.lent(one)
    stream = await conversation(rig, one, other)
    stolen = await rig.socket(lost, 2)
    ended = json.dumps({"session": (await stolen.do("accounts.me"))["answer"]["credential"]}).encode()
    assert (await rig.post(one, "accounts.end_session", ended, node=0)).status == 200
    # Its socket may be open for a moment still; what it asks is checked where it is committed.
    try:
        refused = await say(stolen, stream, "我还在", "stolen-001")
        assert refused["code"] == "session_revoked"
    except Exception as closed:
        assert getattr(closed, "code", None) == 4010
    history = await (await rig.socket(one, 1)).do("sync.entries", {"stream": stream, "after": 0})
    assert history["answer"]["entries"] == []


async def test_a_group_is_heard_by_its_store_on_every_node(rig: Rig) -> None:
    crew = [rig.everybody[member.id] for member in rig.world.xujiahui.people[-3:]]
    stream = await store_group(rig, crew[0])
    sockets = [await rig.socket(person, node) for node, person in enumerate(crew)]
    assert (await say(sockets[2], stream, "盘点开始", "count-0001"))["t"] == "done"
    for socket in sockets:
        (entry,) = await hear(socket, stream, 1, rig.layout.hears_within_s)
        assert entry["body"] == {"text": "盘点开始"}


async def _refused(rig: Rig, person: Person, node: int) -> tuple[int, str]:
    try:
        await connect(rig.port(node), {"Authorization": f"Bearer {person.tokens[0]}"})
    except Refusal as refusal:
        return refusal.status, refusal.code
    return 101, ""
