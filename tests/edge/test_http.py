"""HTTP, asked well and badly: one error shape, the limits, and headers that are on every answer."""

import asyncio
import gzip
import json

import msgspec
import pytest
from msgspec.structs import replace

from dianmai.core.access import end_access
from dianmai.settings import Settings
from tests.edge.client import http, read_answer, request
from tests.edge.conftest import Edge, Person, serving

SAY = b'{"stream":"chat:1","text":"x"}'


@pytest.fixture
async def ann(edge: Edge) -> Person:
    (ann,) = await edge.people(1)
    await edge.stream("chat:1", [ann])
    return ann


def bearer(person: Person) -> dict[str, str]:
    return {"authorization": f"Bearer {person.token}"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "body_required"),
        (b'{"stream":', 400, "invalid_json"),
        (b"[" * 200_000, 400, "json_too_deep"),
        (b'{"stream":NaN}', 400, "invalid_number"),
        (b'{"stream":"chat:1","stream":"chat:2"}', 400, "duplicate_key"),
        (b'{"stream":"chat:1","text":"\\ud800"}', 400, "invalid_unicode"),
        (b'{"stream":"chat:1","text":"\\u0000"}', 400, "control_character"),
        (b'{"stream":"chat:1","text":"\xff"}', 400, "invalid_encoding"),
        ('{"stream":"chat:1"}'.encode("utf-16"), 400, "invalid_encoding"),
        (b'{"stream":"chat:1","text":"x","role":"admin"}', 422, "unknown_field"),
        (b'{"stream":{"$ne":null},"text":"x"}', 422, "invalid_type"),
        (b'{"stream":"chat:9","text":"x"}', 404, "not_found"),
    ],
)
async def test_bad_bodies_are_refused_by_name(edge: Edge, ann: Person, body: bytes, status: int, code: str) -> None:
    answer = await edge.post("trial.say", body, x_dianmai_nonce="nonce-0001", **bearer(ann))
    assert (answer.status, answer.code) == (status, code)
    assert answer.json["error"].keys() >= {"code", "message", "request_id"}


async def test_a_byte_order_mark_is_let_pass(edge: Edge, ann: Person) -> None:
    answer = await edge.post("trial.say", b"\xef\xbb\xbf" + SAY, x_dianmai_nonce="nonce-0001", **bearer(ann))
    assert (answer.status, answer.json) == (200, {"seq": 1, "no": 1})


async def test_the_same_nonce_answers_the_same_or_conflicts(edge: Edge, ann: Person) -> None:
    answers = [await edge.post("trial.say", SAY, x_dianmai_nonce="nonce-0001", **bearer(ann)) for _ in range(3)]
    assert {a.body for a in answers} == {b'{"seq":1,"no":1}'}
    other = await edge.post("trial.say", SAY.replace(b'"x"', b'"y"'), x_dianmai_nonce="nonce-0001", **bearer(ann))
    assert (other.status, other.code) == (409, "idempotency_conflict")
    for nonce in (None, "short", "with space"):
        refused = await edge.post("trial.say", SAY, x_dianmai_nonce=nonce, **bearer(ann))
        assert (refused.status, refused.json["error"]["field"]) == (422, "nonce")


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/plain"},
        {"content_type": None},
        {"content_type": "application/json; charset=gbk"},
        {"content_encoding": "gzip"},
    ],
)
async def test_only_plain_json_is_taken(edge: Edge, ann: Person, headers: dict[str, str | None]) -> None:
    answer = await edge.post("trial.whoami", **bearer(ann), **headers)
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    utf8 = await edge.post("trial.whoami", content_type="application/json; charset=UTF-8", **bearer(ann))
    assert utf8.status == 200


async def test_too_large_bodies_are_refused_before_they_are_read(edge: Edge, ann: Person) -> None:
    announced = await edge.post("trial.say", b"", content_length=str(10 * 2**20), **bearer(ann))
    assert (announced.status, announced.code, announced.json["error"]["limit"]) == (413, "body_too_large", 262144)
    chunked = request(
        "POST",
        "/api/trial.say",
        headers={
            "Authorization": f"Bearer {ann.token}",
            "Content-Type": "application/json",
            "Transfer-Encoding": "chunked",
            "Content-Length": None,
        },
    ) + b"".join(b"10000\r\n" + b"x" * 65536 + b"\r\n" for _ in range(6))
    endless = await http(edge.port, chunked)
    assert (endless.status, endless.code, endless.headers["connection"]) == (413, "body_too_large", "close")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (
            b"POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
            "bad_request",
        ),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: evil/..\r\n\r\n", 400, "invalid_host"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "invalid_host"),
        (b"nonsense\r\n\r\n", 400, "bad_request"),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "url_too_long"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 110 + b"\r\n", 431, "headers_too_large"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 70_000, 431, "headers_too_large"),
        (b"TRACE /api/trial.say HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method_not_allowed"),
    ],
)
async def test_malformed_heads_are_refused_and_the_connection_ends(
    edge: Edge, raw: bytes, status: int, code: str
) -> None:
    answer = await http(edge.port, raw)
    assert (answer.status, answer.code) == (status, code)
    assert "content-security-policy" in answer.headers
    assert (await edge.http("GET", "/health/live")).status == 200


async def test_a_head_that_trickles_in_is_cut_off_and_others_are_served(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dianmai.edge.heads.PATIENCE_S", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
    writer.write(b"GET / HTTP/1.1\r\nHos")
    answer = await read_answer(reader)
    assert (answer.status, answer.code) == (408, "request_timeout")
    silent, _ = await asyncio.open_connection("127.0.0.1", edge.port)
    assert await silent.read() == b""
    writer.close()


async def test_a_body_that_trickles_in_is_cut_off(edge: Edge, ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dianmai.edge.bodies.SILENCE_S", 0.2)
    answer = await edge.post("trial.whoami", b"{", content_length="50", **bearer(ann))
    assert (answer.status, answer.code) == (408, "request_timeout")


async def test_methods_that_an_address_does_not_take(edge: Edge, ann: Person) -> None:
    for method, path, allowed in (("GET", "/api/trial.say", "POST"), ("PUT", "/health/live", "GET")):
        answer = await edge.http(method, path, **bearer(ann))
        assert (answer.status, answer.code) == (405, "method_not_allowed")
        assert allowed in answer.headers["allow"]
    assert "GET" in (await edge.http("DELETE", "/files/x", **bearer(ann))).headers["allow"]
    assert (await edge.post("no.such", **bearer(ann))).code == "unknown_operation"


async def test_every_kind_of_session_that_is_none(edge: Edge, ann: Person) -> None:
    table = [({}, "sign_in_required"), ({"authorization": "Bearer dm_x"}, "session_expired")]
    for headers, code in table:
        answer = await edge.post("trial.whoami", **headers)
        assert (answer.status, answer.code) == (401, code)
    in_address = await edge.post(f"trial.whoami?token={ann.token}")
    assert in_address.code == "sign_in_required"
    assert (await edge.post("trial.whoami", **bearer(ann))).status == 200
    await edge.app.engine.write(lambda tx: end_access(tx, [ann.id]))
    after = [await edge.post("trial.whoami", **bearer(ann)) for _ in range(3)]
    assert {(a.status, a.code) for a in after} == {(401, "session_revoked")}


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"x_dianmai": "1", "origin": "{url}"}, True),
        ({"x_dianmai": "1"}, True),
        ({"origin": "{url}"}, False),
        ({"x_dianmai": "1", "origin": "null"}, False),
        ({"x_dianmai": "1", "origin": "http://evil.example"}, False),
        ({"x_dianmai": "1", "origin": "{url}.evil.example"}, False),
    ],
)
async def test_a_cookie_alone_is_not_enough(edge: Edge, ann: Person, headers: dict[str, str], allowed: bool) -> None:
    given = {name: value.format(url=edge.url) for name, value in headers.items()}
    for op, file in (("trial.whoami", False), ("", True)):
        cookie = {"cookie": f"__Host-dianmai={ann.token}", **given}
        answer = await (
            edge.http("POST", "/files?name=x.txt", body=b"x", **cookie) if file else edge.post(op, **cookie)
        )
        assert answer.status == (200 if allowed else 403)
        assert allowed or answer.code == "csrf_failed"


async def test_the_session_cookie_is_bound_to_this_host_and_taken_back(edge: Edge, ann: Person) -> None:
    answer = await edge.post("trial.sign_in", b'{"stream":"x"}')
    assert answer.status == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-dianmai=dm_trial;")
    for part in ("HttpOnly", "Path=/", "SameSite=lax", "Secure"):
        assert part in cookie
    assert "Domain" not in cookie
    out = await edge.post("trial.sign_out", **bearer(ann))
    assert 'dianmai=""' in out.headers["set-cookie"] and "Max-Age=0" in out.headers["set-cookie"]


async def test_passwords_do_not_travel_in_the_clear_to_other_machines(dsn: str, settings: Settings) -> None:
    async with serving(settings, dsn) as edge:
        body, headers = b'{"stream":"x"}', {"content_type": "application/json", "host": "im.example.com"}
        refused = await edge.http("POST", "/api/trial.sign_in", body=body, **headers)
        assert (refused.status, refused.code) == (403, "https_required")
    async with serving(msgspec.structs.replace(settings, insecure_cookies=True), dsn) as edge:
        allowed = await edge.http("POST", "/api/trial.sign_in", body=body, **headers)
        assert allowed.headers["set-cookie"].startswith("dianmai=dm_trial;")
        assert "Secure" not in allowed.headers["set-cookie"]


async def test_a_server_that_knows_its_address_answers_to_no_other(dsn: str, settings: Settings) -> None:
    settings = msgspec.structs.replace(settings, public_url="https://im.example.com")
    async with serving(settings, dsn) as edge:
        for host, status in (("im.example.com", 200), ("evil.example", 400), (f"127.0.0.1:{edge.port}", 200)):
            assert (await edge.http("GET", "/health/live", host=host)).status == status


async def test_long_answers_are_packed_for_who_takes_it(edge: Edge, ann: Person) -> None:
    for size in (100, 30_000, 200_000):
        body = json.dumps({"size": size}).encode()
        packed = await edge.post("trial.big", body, accept_encoding="br, gzip", **bearer(ann))
        plain = await edge.post("trial.big", body, **bearer(ann))
        assert ("content-encoding" in packed.headers) == (size > 100)
        content = gzip.decompress(packed.body) if size > 100 else packed.body
        assert content == plain.body


async def test_a_bug_answers_500_and_says_nothing_but_its_number(edge: Edge, ann: Person) -> None:
    answer = await edge.post("trial.fail", **bearer(ann))
    assert (answer.status, answer.code) == (500, "internal_error")
    assert "bug" not in answer.body.decode() and "Traceback" not in answer.body.decode()
    assert answer.json["error"]["request_id"] in answer.json["error"]["message"]


async def test_every_answer_carries_the_security_headers(edge: Edge, ann: Person) -> None:
    answers = [
        await edge.http("GET", "/"),
        await edge.http("GET", "/conversations/chat:1"),
        await edge.http("GET", "/nothing.js"),
        await edge.http("GET", "/health/live"),
        await edge.post("trial.whoami"),
        await edge.post("trial.whoami", **bearer(ann)),
        await edge.http("GET", "/files/x", **bearer(ann)),
        await edge.http("BREW", "/"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy or policy.startswith("sandbox")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert answers[4].headers["cache-control"] == answers[5].headers["cache-control"] == "no-store"


async def test_numbers_are_for_this_machine_only(edge: Edge) -> None:
    here = await edge.http("GET", "/metrics")
    assert here.status == 200 and b"dianmai_deliveries_total" in here.body
    assert (await edge.http("GET", "/metrics", x_forwarded_for="8.8.8.8")).status == 404


async def test_the_document_describes_every_operation_with_limits(edge: Edge) -> None:
    document = (await edge.http("GET", "/api/openapi.json")).json
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {f"/api/{name}" for name in edge.app.engine.operations.all()}
    assert document["paths"]["/api/sync.catch_up"]["post"]["summary"].startswith("Everything the device lacks")


async def test_numbers_are_shown_to_the_networks_that_the_settings_name(dsn: str, settings: Settings) -> None:
    named = replace(settings, metrics_from=("203.0.113.0/24",), trusted_proxies=("127.0.0.1/32",))
    async with serving(named, dsn) as edge:
        assert (await edge.http("GET", "/metrics", x_forwarded_for="203.0.113.9")).status == 200
        assert (await edge.http("GET", "/metrics", x_forwarded_for="198.51.100.1")).status == 404
