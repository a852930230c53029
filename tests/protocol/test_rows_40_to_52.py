"""What is wrong with a frame or a socket, row by row as the promises number it, from outside.

| 40 | no, foreign or `null` Origin; no, used-up or ended credential | 401, 403 in plain HTTP, no upgrade |
| 41 | text that is no UTF-8 | 1007 |
| 42 | more than 64 KiB, a header that says 1 GiB, endless fragments | 1009, memory flat |
| 43 | no mask, reserved bits, unknown opcode, long control frame | 1002 |
| 44 | binary, JSON array, unknown `t` | an error, open; more than 20 a minute 1008 |
| 45 | operations before hello, a second hello, version 99 | `not_ready`, 4002, 4005 |
| 46 | a cursor ahead, negative, of another device | starts over; `number_out_of_range`; as any cursor |
| 47 | the same message twice, late, in another order | one entry, the same answer |
| 48 | 200 messages a second, floods of pings | `rate_limited` with `retry_after_ms`, then 1008 |
| 49 | a receipt for what is not there, not one's own, or going back | `not_found`; changes nothing |
| 50 | the other side is gone without a word | tests/edge/test_resilience.py: closed after 60 s of silence |
| 51 | the other side does not read | tests/edge/test_resilience.py: 4008, and it resumes |
| 52 | access ends while sending | no answer but `session_revoked`, 4010 |
"""

import asyncio
import json
from typing import Any

import psutil
import pytest

from tests.edge.client import Closed, Refusal, Socket, connect, frame_bytes
from tests.protocol.rig import Person, Rig
from tests.protocol.saying import conversation, hear, say

pytestmark = pytest.mark.parametrize("installation", ["one"], indirect=True)

FLAT = 8 * 2**20


async def opened(rig: Rig) -> Socket:
    return await rig.socket(rig.people(1)[0])


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://localhost"])
async def test_row_40_a_cookie_from_no_page_or_another_sites_gets_no_socket(rig: Rig, origin: str | None) -> None:
    (person,) = rig.people(1)
    headers = {"Cookie": f"__Host-dianmai={person.tokens[0]}", **({"Origin": origin} if origin else {})}
    assert await refused(rig, headers) == (403, "csrf_failed")


@pytest.mark.parametrize("bearer", ["", "dm_never_issued", "Bearer", "\u00ff"])
async def test_row_40_without_a_credential_there_is_no_socket(rig: Rig, bearer: str) -> None:
    headers = {"Authorization": f"Bearer {bearer}", "Origin": rig.urls[0]}
    status, code = await refused(rig, headers)
    assert (status, code) in {(401, "sign_in_required"), (401, "session_expired")}


async def test_row_40_an_ended_credential_gets_no_socket(rig: Rig) -> None:
    used_up = await rig.lent(rig.people(1)[0])
    assert (await rig.post(used_up, "accounts.sign_out")).status == 200
    assert await refused(rig, {"Authorization": f"Bearer {used_up.tokens[0]}"}) == (401, "session_revoked")


@pytest.mark.parametrize("payload", [b"\xff", b'{"t":"\xc0\xaf"}', b'"\xed\xa0\x80"', b"\xf4\x90\x80\x80", b"\xe2\x82"])
async def test_row_41_text_that_is_no_utf_8_closes(rig: Rig, payload: bytes) -> None:
    socket = await opened(rig)
    await socket.send_raw(1, payload)
    assert (await socket.closed()).code == 1007


@pytest.mark.parametrize("size", [64 * 1024 + 1, 2**30, 2**62])
async def test_row_42_a_frame_that_is_too_long_closes_before_it_is_read(rig: Rig, size: int) -> None:
    socket = await opened(rig)
    await socket.send_raw(1, b"", size=size)
    assert (await socket.closed()).code == 1009


async def test_row_42_endless_fragments_close_and_cost_no_memory(rig: Rig) -> None:
    sockets = [await opened(rig) for _ in range(40)]
    before = resident(rig)
    for socket in sockets:
        await socket.send_raw(1, b"x" * 60_000, fin=False)
        await socket.send_raw(0, b"x" * 60_000, fin=False)
        assert (await socket.closed()).code == 1009
    assert resident(rig) - before < FLAT


@pytest.mark.parametrize(
    ("opcode", "payload", "more"),
    [
        (1, b"{}", {"masked": False}),
        *[(1, b"{}", {"rsv": bit}) for bit in (1, 2, 4, 7)],
        *[(opcode, b"", {}) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
        *[(opcode, b"x" * 126, {}) for opcode in (8, 9, 10)],
        *[(opcode, b"", {"fin": False}) for opcode in (8, 9, 10)],
        (0, b"{}", {}),
    ],
)
async def test_row_43_what_is_no_websocket_closes(rig: Rig, opcode: int, payload: bytes, more: dict[str, Any]) -> None:
    socket = await opened(rig)
    await socket.send_raw(opcode, payload, **more)
    assert (await socket.closed()).code == 1002


@pytest.mark.parametrize(
    ("opcode", "payload", "code"),
    [
        (2, b"\x00\xff", "unsupported_frame"),
        (1, b"[]", "invalid_frame"),
        (1, b"", "invalid_frame"),
        (1, b'{"t":5}', "unknown_type"),
        (1, b'{"t":"shout"}', "unknown_type"),
        (1, b'{"t":"do","ref":1,"op":"accounts.me","body":{"a":1,"a":2}}', "duplicate_key"),
    ],
)
async def test_row_44_a_frame_that_is_none_of_ours_is_refused_and_the_socket_stays(
    rig: Rig, opcode: int, payload: bytes, code: str
) -> None:
    socket = await opened(rig)
    await socket.send_raw(opcode, payload)
    assert (await socket.frame("error"))["code"] == code
    assert (await socket.do("accounts.me"))["t"] == "done"


async def test_row_44_more_than_twenty_in_a_minute_close(rig: Rig) -> None:
    socket = await opened(rig)
    for _ in range(21):
        await socket.send_raw(1, b"[]")
    assert (await socket.closed()).code == 1008
    assert [frame["code"] for frame in socket.kept] == ["invalid_frame"] * 21


async def test_row_45_hello_comes_first_and_once(rig: Rig) -> None:
    (person,) = rig.people(1)
    socket = await rig.line(person)
    assert (await socket.do("accounts.me"))["code"] == "not_ready"
    assert (await socket.hello())["t"] == "welcome"
    await socket.send({"t": "hello", "version": 1})
    assert (await socket.closed()).code == 4002


@pytest.mark.parametrize("version", [0, 2, 99])
async def test_row_45_another_version_is_told_to_upgrade(rig: Rig, version: int) -> None:
    (person,) = rig.people(1)
    socket = await rig.line(person)
    assert (await socket.hello(version))["code"] == "upgrade_required"
    assert (await socket.closed()).code == 4005


async def test_row_46_a_cursor_that_fits_nothing_starts_over_or_is_refused(rig: Rig) -> None:
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    socket = await rig.socket(one)
    await say(socket, stream, "一", "cursor-001")
    ahead = (await socket.do("sync.catch_up", {"known": {stream: 2}}))["answer"]
    assert stream in ahead["start_over"]
    assert (await socket.do("sync.catch_up", {"known": {stream: -1}}))["code"] == "number_out_of_range"
    foreign = (await (await rig.socket(other, device=1)).do("sync.catch_up", {"known": {stream: 0}}))["answer"]
    assert [entry["seq"] for entry in foreign["entries"] if entry["stream"] == stream] == [1]
    (stranger,) = rig.people(1)
    theirs = (await (await rig.socket(stranger)).do("sync.catch_up", {"known": {stream: 0}}))["answer"]
    assert stream not in json.dumps(theirs)
    assert (await socket.do("accounts.me"))["t"] == "done"


async def test_row_47_sent_twice_late_and_in_another_order_it_is_there_once(rig: Rig) -> None:
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    first = await rig.socket(one)
    answers = {n: (await say(first, stream, str(n), f"doubled-{n:03}"))["answer"] for n in range(10)}
    await first.goodbye()
    late = await rig.socket(one, device=1)
    for n in (7, 3, 3, 9, 0, 8, 1, 2, 6, 5, 4):
        assert (await say(late, stream, str(n), f"doubled-{n:03}"))["answer"] == answers[n]
    stored = (await late.do("sync.entries", {"stream": stream, "after": 0}))["answer"]
    assert [entry["body"]["text"] for entry in stored["entries"]] == [str(n) for n in range(10)]


async def test_row_48_a_flood_is_refused_and_then_cut_off_while_others_are_served(rig: Rig) -> None:
    one, other = rig.people(2)
    socket, calm = await rig.socket(one), await rig.socket(other)
    socket.writer.write(frame_bytes(9, b"") * 600)
    assert (await calm.do("accounts.me"))["t"] == "done"
    assert (await socket.closed()).code == 1008
    refusals = [frame for frame in socket.kept if frame.get("code") == "rate_limited"]
    assert len(refusals) == 21 and all(refusal["retry_after_ms"] > 0 for refusal in refusals)


async def test_row_48_a_flood_of_operations_is_read_no_faster_than_it_is_carried_out(rig: Rig) -> None:
    one, other = rig.people(2)
    socket, calm = await rig.socket(one), await rig.socket(other)
    for ref in range(1, 601):
        await socket.send({"t": "do", "ref": ref, "op": "accounts.me", "body": {}})
    assert (await calm.do("accounts.me"))["t"] == "done"
    # On a quick machine it is a flood like any other, on a slow one the socket's buffers hold it up.
    try:
        for _ in range(600):
            answer = await socket.frame("done", "error")
            assert answer["t"] == "done" or answer["code"] == "rate_limited", answer
    except Closed as closed:
        assert closed.code == 1008


async def test_row_49_receipts_are_for_what_is_there_and_ones_own(rig: Rig) -> None:
    one, other = rig.people(2)
    body = json.dumps({"title": "盘点", "text": "今晚。", "audience": {"people": [one.id]}}).encode()
    published = await rig.post(rig.publisher, "notices.publish", body, X_Dianmai_Nonce=f"row-49-{one.id:05}")
    notice, stream = published.json["notice"], await conversation(rig, one, other)
    mine, theirs = await rig.socket(one), await rig.socket(other)
    for op in ("notices.read", "notices.confirm"):
        assert (await theirs.do(op, {"notice": notice}))["code"] == "not_found"
        assert (await mine.do(op, {"notice": 10**12}))["code"] == "not_found"
    assert (await mine.do("notices.confirm", {"notice": notice}))["answer"]["state"] == "confirmed"
    assert (await mine.do("notices.read", {"notice": notice}))["answer"]["state"] == "confirmed"
    await say(mine, stream, "一", "row-49-001")
    assert (await theirs.do("sync.read", {"stream": stream, "no": 50}))["answer"]["no"] == 1
    assert (await theirs.do("sync.read", {"stream": stream, "no": 0}))["code"] == "number_out_of_range"
    assert (await theirs.do("sync.read", {"stream": "chat:999999", "no": 1}))["code"] == "not_found"


async def test_row_52_who_loses_access_while_sending_is_told_so_and_nothing_more_is_stored(rig: Rig) -> None:
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    lost, listening = await rig.lent(one), await rig.socket(other)
    socket, acked = await rig.socket(lost), 0
    ending = asyncio.create_task(_sign_out_after(rig, lost, socket))
    with pytest.raises(Closed) as closed:
        for n in range(10_000):
            answer = await say(socket, stream, str(n), f"ending-{n:05}")
            if answer["t"] == "error":
                assert answer["code"] == "session_revoked"
                await socket.closed()
                raise Closed(4010)
            acked = answer["answer"]["seq"]
    assert closed.value.code == 4010
    await ending
    heard = await hear(listening, stream, acked, rig.layout.hears_within_s)
    assert [entry["seq"] for entry in heard] == list(range(1, acked + 1))
    stored = (await listening.do("sync.entries", {"stream": stream, "after": acked}))["answer"]
    # What was committed and whose answer the closing overtook may be one more; no acknowledgement is without its entry.
    assert stored["head"] - acked <= 1


async def _sign_out_after(rig: Rig, person: Person, socket: Socket) -> None:
    while socket.refs < 20:  # noqa: ASYNC110 - what is waited for is not ours to signal
        await asyncio.sleep(0)
    await rig.post(person, "accounts.sign_out")


async def refused(rig: Rig, headers: dict[str, str]) -> tuple[int, str]:
    with pytest.raises(Refusal) as refusal:
        await connect(rig.port(0), headers)
    return refusal.value.status, refusal.value.code


def resident(rig: Rig) -> int:
    """The memory of the node's process."""
    return psutil.Process(rig.nodes[0].pid).memory_info().rss
