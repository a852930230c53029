"""Frames, good and bad: what each is answered, and which close the socket."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dianmai.edge import patience
from tests.edge.client import Closed, Socket, frame_bytes
from tests.edge.conftest import Edge


@pytest.fixture
async def socket(edge: Edge) -> Socket:
    (ann,) = await edge.people(1)
    return await edge.socket(ann)


@pytest.mark.parametrize(
    ("opcode", "payload", "more", "code"),
    [
        (1, b'{"t":"\xff"}', {}, 1007),
        (1, b"", {"size": 64 * 1024 + 1}, 1009),
        (1, b"", {"size": 2**30}, 1009),
        (1, b"{}", {"masked": False}, 1002),
        (1, b"{}", {"rsv": 4}, 1002),
        (3, b"{}", {}, 1002),
        (9, b"x" * 126, {}, 1002),
        (9, b"x", {"fin": False}, 1002),
        (0, b"x", {}, 1002),
    ],
)
async def test_what_is_no_websocket_frame_closes_the_socket(
    socket: Socket, opcode: int, payload: bytes, more: dict[str, Any], code: int
) -> None:
    await socket.send_raw(opcode, payload, **more)
    assert (await socket.closed()).code == code


async def test_endless_fragments_close_the_socket_at_the_limit(socket: Socket) -> None:
    await socket.send_raw(1, b"x" * 40_000, fin=False)
    await socket.send_raw(0, b"x" * 40_000, fin=False)
    assert (await socket.closed()).code == 1009


async def test_fragments_are_put_together_with_pings_between_them(socket: Socket) -> None:
    frame = json.dumps({"t": "do", "ref": 9, "op": "trial.whoami", "body": {}}).encode()
    await socket.send_raw(1, frame[:10], fin=False)
    await socket.send_raw(9, b"still there?")
    assert await socket.read_raw() == (10, b"still there?")
    await socket.send_raw(0, frame[10:20], fin=False)
    await socket.send_raw(0, frame[20:])
    assert (await socket.answer(9))["t"] == "done"


@pytest.mark.parametrize(
    ("payload", "code", "ref"),
    [
        (b"[]", "invalid_frame", None),
        (b"nonsense", "invalid_frame", None),
        (b"", "invalid_frame", None),
        (b"5", "invalid_frame", None),
        (b"{}", "invalid_frame", None),
        (b"[" * 60_000, "invalid_frame", None),
        (b'{"t":"shout","ref":4}', "unknown_type", 4),
        (b'{"t":"do","ref":4}', "missing_field", 4),
        (b'{"t":"do","ref":-1,"op":"trial.whoami"}', "number_out_of_range", None),
        (b'{"t":"do","ref":4,"op":"trial.whoami","role":"admin"}', "unknown_field", 4),
        (b'{"t":"do","ref":4,"op":"trial.whoami","nonce":"x"}', "text_too_short", 4),
        (b'{"t":"do","ref":4,"op":"no.such"}', "unknown_operation", 4),
        (b'{"t":"do","ref":4,"op":"trial.whoami","body":[]}', "invalid_type", 4),
        (b'{"t":"do","ref":4,"op":"trial.whoami","body":{"a":1,"a":2}}', "duplicate_key", 4),
        (b'{"t":"do","t":"do","ref":4,"op":"trial.whoami"}', "duplicate_key", 4),
        (b'{"t":"do","ref":3,"ref":4,"op":"trial.whoami"}', "duplicate_key", 4),
        (b'{"t":"do","ref":4,"op":"trial.whoami","op":"trial.whoami","nonce":null}', "duplicate_key", 4),
        (b'{"t":"do","ref":4,"op":"trial.whoami","\\u006fp":"trial.whoami"}', "duplicate_key", 4),
        (b'{"t":"do","ref":4,"op":"trial.whoami","body":{"a":1},"body":{}}', "duplicate_key", 4),
        (b'{"t":"do","ref":4,"body":{},"op":"trial.whoami","body":{}}', "duplicate_key", 4),
        (b'{"t":"do","ref":4,"op":"trial.whoami","nonce":"nonce-01","nonce":"nonce-02"}', "duplicate_key", 4),
        (b'{"t":"hello","version":1,"version":2}', "duplicate_key", None),
        (b'{"t":"do","ref":4,"op":"trial.say","body":{"stream":"chat:9","text":"x"}}', "nonce_required", 4),
    ],
)
async def test_a_wrong_frame_is_answered_and_the_socket_stays(
    socket: Socket, payload: bytes, code: str, ref: int | None
) -> None:
    await socket.send_raw(1, payload)
    error = await socket.frame("error")
    assert (error["code"], error.get("ref")) == (code, ref)
    assert error["message"] and error["request_id"]
    assert (await socket.do("trial.whoami"))["t"] == "done"


@pytest.mark.parametrize(
    "envelope",
    [
        b'"op":"trial.whoami"',
        b'"op":"trial.whoami","body":{}',
        b'"op":"trial.whoami","nonce":null',
        b'"op":"trial.whoami","body":{},"nonce":null',
        b'"nonce":"nonce-01", "body" : {} ,"op":"trial.whoami"',
        b'"\\u006fp":"trial\\u002ewhoami"',
    ],
)
async def test_however_a_frame_is_put_it_is_understood(socket: Socket, envelope: bytes) -> None:
    await socket.send_raw(1, b'{"t":"do","ref":4,%b}' % envelope)
    assert (await socket.answer(4))["t"] == "done"


async def test_quotes_in_a_text_are_no_keys(socket: Socket) -> None:
    await socket.send_raw(1, b'{"t":"do","ref":4,"op":"\\"op\\":\\"op\\""}')
    assert (await socket.answer(4))["code"] == "unknown_operation"
    await socket.send_raw(
        1, b'{"t":"do","ref":5,"op":"trial.say","nonce":"nonce-01","body":{"stream":"a","text":"\\""}}'
    )
    assert (await socket.answer(5))["code"] != "duplicate_key"


async def test_binary_frames_are_refused_and_the_socket_stays(socket: Socket) -> None:
    await socket.send_raw(2, b"\x00\x01")
    assert (await socket.frame("error"))["code"] == "unsupported_frame"
    assert (await socket.do("trial.whoami"))["t"] == "done"


async def test_who_keeps_sending_wrong_frames_is_shown_the_door(socket: Socket) -> None:
    for _ in range(21):
        await socket.send_raw(1, b"[]")
    closed = await socket.closed()
    assert closed.code == 1008
    assert len(socket.kept) == 21


async def test_hello_comes_first_and_once(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    socket = await edge.handshake(ann)
    refused = await socket.do("trial.whoami")
    assert refused["code"] == "not_ready"
    assert (await socket.hello())["t"] == "welcome"
    await socket.send({"t": "hello", "version": 1})
    assert (await socket.closed()).code == 4002


async def test_a_version_we_do_not_speak_is_told_to_upgrade(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    for version in (0, 99):
        socket = await edge.handshake(ann)
        assert (await socket.hello(version))["code"] == "upgrade_required"
        assert (await socket.closed()).code == 4005


async def test_frames_sent_behind_hello_without_waiting_are_answered_in_turn(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    socket = await edge.handshake(ann)
    await socket.send({"t": "hello", "version": 1, "language": "en"})
    ref = await socket.ask("trial.whoami")
    assert (await socket.frame("welcome"))["person"] == ann.id
    assert (await socket.answer(ref))["answer"] == {"id": ann.id}


async def test_errors_are_in_the_language_of_hello(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    socket = await edge.handshake(ann)
    await socket.hello(language="en")
    assert (await socket.do("no.such"))["message"] == "There is no such operation"


async def test_a_slow_answer_does_not_hold_up_others(socket: Socket) -> None:
    slow = await socket.ask("trial.big", {"seconds": 0.3})
    quick = await socket.ask("trial.whoami")
    assert (await socket.answer(quick))["t"] == "done"
    assert not any(f.get("ref") == slow for f in socket.kept)
    assert (await socket.answer(slow))["t"] == "done"


async def test_more_than_may_be_under_way_waits_and_is_answered(socket: Socket) -> None:
    refs = [await socket.ask("trial.big", {"seconds": 0.02}) for _ in range(150)]
    for ref in refs:
        assert (await socket.answer(ref))["t"] == "done"


async def test_a_bug_is_answered_without_telling_what_it_is(socket: Socket) -> None:
    error = await socket.do("trial.fail")
    assert error["code"] == "internal_error" and "secret" not in json.dumps(error)
    assert error["request_id"] in error["message"]


async def test_a_flood_is_slowed_down_and_then_cut_off(socket: Socket) -> None:
    # In one piece: sent one by one by a busy machine it would be no flood.
    socket.writer.write(frame_bytes(9, b"") * 520)
    pongs = errors = 0
    try:
        while True:
            opcode, payload = await socket.read_raw()
            if opcode == 10:
                pongs += 1
            elif opcode == 1:
                assert json.loads(payload)["code"] == "rate_limited"
                errors += 1
            elif opcode == 8:
                raise Closed(int.from_bytes(payload[:2], "big"))
    except Closed as closed:
        assert closed.code == 1008
    # 400 at once, of which the greeting was one.
    assert 399 <= pongs <= 500 and errors == 21


async def test_who_floods_on_and_reads_late_still_hears_why_the_line_was_cut(
    edge: Edge, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LINGER_S", 0.0)
    (server_side,) = edge.app.sockets.fanout.connections
    while not server_side.closing:
        await socket.send_raw(9, b"")
    for _ in range(2_000):
        await socket.send_raw(9, b"")
    assert (await socket.closed()).code == 1008


async def test_what_sets_a_cookie_cannot_be_asked_over_a_socket(
    edge: Edge, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations: dict[str, Any] = edge.app.engine.operations.all()  # type: ignore[assignment] - the very table
    monkeypatch.setitem(operations, "trial.whoami", replace(operations["trial.whoami"], http_only=True))
    assert (await socket.do("trial.whoami"))["code"] == "only_over_http"


async def test_counts_come_at_most_once_a_second_to_whoever_listens(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    await edge.stream("notice:1/receipts", [], heard_by="counts")
    a, b = await edge.socket(ann), await edge.socket(bob)
    await a.do("trial.listen", {"stream": "notice:1/receipts"})
    for n in range(5):
        await b.do("trial.count", {"stream": "notice:1/receipts", "counts": {"read": n}}, f"nonce-{n:04}")
    first, last = await a.frame("counts"), await a.frame("counts")
    assert (first["counts"], last["counts"]) == ({"read": 0}, {"read": 4})
    assert last == {"t": "counts", "stream": "notice:1/receipts", "seq": 5, "counts": {"read": 4}}
    assert await b.silence() == []


async def test_goodbye_is_answered(socket: Socket) -> None:
    await socket.send_raw(8, (1000).to_bytes(2, "big"))
    assert (await socket.closed()).code == 1000
