"""Who gets a socket, and what everybody else is told: plain HTTP, before anything is upgraded."""

import asyncio

import msgspec
import pytest

from dianmai.core.access import end_access
from dianmai.core.transactions import Transaction
from dianmai.settings import Settings
from tests.edge.client import Refusal, connect
from tests.edge.conftest import Edge, serving


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:{port}", 101),
        ("", 403),
        ("null", 403),
        ("http://evil.example", 403),
        ("http://127.0.0.1:{port}.evil.example", 403),
        ("http://sub.127.0.0.1:{port}", 403),
        ("https://127.0.0.1:{port}", 403),
        ("http://127.0.0.1", 403),
    ],
)
async def test_a_browser_s_socket_comes_from_our_own_page(edge: Edge, origin: str, status: int) -> None:
    (ann,) = await edge.people(1)
    headers = {"Cookie": f"a=b; __Host-dianmai={ann.token}", "Origin": origin.format(port=edge.port)}
    if status == 101:
        socket = await connect(edge.port, headers)
        assert (await socket.hello())["person"] == ann.id
        return
    with pytest.raises(Refusal) as refused:
        await connect(edge.port, headers)
    assert (refused.value.status, refused.value.code) == (status, "csrf_failed")
    assert refused.value.headers["x-content-type-options"] == "nosniff"


async def test_a_bearer_needs_no_origin_but_a_foreign_one_is_refused(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    await edge.socket(ann)
    with pytest.raises(Refusal) as refused:
        await edge.handshake(ann, Origin="https://evil.example")
    assert refused.value.code == "csrf_failed"


async def test_every_state_an_account_can_be_in(edge: Edge) -> None:
    ann, disabled, expired = await edge.people(3)
    other = await edge.device(ann)
    await edge.app.engine.write(lambda tx: end_access(tx, [disabled.id]))
    await edge.app.engine.write(lambda tx: _expire(tx, expired.actor.credential))
    await edge.app.engine.write(lambda tx: _end(tx, other.actor.credential))
    table = [
        ({}, 401, "sign_in_required"),
        ({"Authorization": "Bearer dm_unknown"}, 401, "session_expired"),
        ({"Authorization": "Bearer nonsense"}, 401, "session_expired"),
        ({"Authorization": f"Basic {ann.token}"}, 403, "csrf_failed"),
        ({"Authorization": f"Bearer {disabled.token}"}, 401, "session_revoked"),
        ({"Authorization": f"Bearer {other.token}"}, 401, "session_revoked"),
        ({"Authorization": f"Bearer {expired.token}"}, 401, "session_expired"),
    ]
    for headers, status, code in table:
        if not headers:
            headers = {"Origin": edge.url}
        with pytest.raises(Refusal) as refused:
            await connect(edge.port, headers)
        assert (refused.value.status, refused.value.code) == (status, code), headers


async def _expire(tx: Transaction, credential: int | None) -> None:
    await tx.db.execute("UPDATE credential SET expires_at = now() - interval '1 second' WHERE id = $1", credential)


async def _end(tx: Transaction, credential: int | None) -> None:
    await tx.db.execute("UPDATE credential SET ended_at = now() WHERE id = $1", credential)


async def test_a_token_in_the_address_is_no_credential(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    with pytest.raises(Refusal) as refused:
        await connect(edge.port, {"Origin": edge.url}, path=f"/socket?token={ann.token}")
    assert refused.value.code == "sign_in_required"


async def test_other_paths_and_malformed_upgrades_are_refused(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    bearer = {"Authorization": f"Bearer {ann.token}"}
    table = [
        (bearer, "/api/socket", 404, "not_found"),
        ({**bearer, "Sec-WebSocket-Key": "short"}, "/socket", 400, "bad_request"),
        ({**bearer, "Sec-WebSocket-Version": "12"}, "/socket", 400, "bad_request"),
        ({**bearer, "Host": "bad host"}, "/socket", 400, "invalid_host"),
    ]
    for headers, path, status, code in table:
        with pytest.raises(Refusal) as refused:
            await connect(edge.port, headers, path=path)
        assert (refused.value.status, refused.value.code) == (status, code)
    plain = await edge.http("GET", "/socket", **bearer)
    assert plain.status == 426


async def test_the_refusal_speaks_the_caller_s_language(edge: Edge) -> None:
    for language, text in (("en-GB,zh;q=0.5", "Please sign in"), ("zh-CN", "请先登录"), ("fr", "请先登录")):
        with pytest.raises(Refusal) as refused:
            await connect(edge.port, {"Origin": edge.url, "Accept-Language": language})
        assert text in refused.value.body.decode()


async def test_a_credential_that_ends_between_handshake_and_hello_hears_nothing(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    socket = await edge.handshake(ann)
    await edge.app.engine.write(lambda tx: end_access(tx, [ann.id]))
    closed = await socket.closed()
    assert closed.code == 4010


@pytest.mark.parametrize("behind_proxy", [True, False])
async def test_forwarded_headers_are_believed_from_trusted_proxies_only(
    dsn: str, settings: Settings, behind_proxy: bool
) -> None:
    proxies = ("127.0.0.0/8",) if behind_proxy else ()
    settings = msgspec.structs.replace(settings, trusted_proxies=proxies, public_url="https://im.example.com")
    async with serving(settings, dsn) as edge:
        (ann,) = await edge.people(1)
        headers = {
            "Host": "im.example.com",
            "Origin": "https://im.example.com",
            "Cookie": f"__Host-dianmai={ann.token}",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "6.6.6.6, 10.1.2.3",
        }
        if behind_proxy:
            socket = await connect(edge.port, headers)
            await socket.hello()
            (connection,) = edge.app.sockets.fanout.connections
            assert connection.address == "10.1.2.3"
        else:
            # Over plain HTTP a name other than this machine's has no cookie at all.
            with pytest.raises(Refusal) as refused:
                await connect(edge.port, headers)
            assert refused.value.code == "sign_in_required"


async def test_hundreds_may_come_at_once(edge: Edge) -> None:
    people = await edge.people(300)
    sockets = await asyncio.gather(*(edge.socket(p) for p in people))
    assert len(sockets) == 300
