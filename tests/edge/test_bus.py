"""Two processes on one database: the bus makes it sooner, looking makes it certain."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import nats
import pytest

from dianmai.core.journal import Committed
from dianmai.edge import bus, elsewhere
from dianmai.edge.bus import VERSION, Appended, Hint
from dianmai.engines import EmbeddedNats
from dianmai.settings import Settings
from tests.edge.client import Refusal, Socket
from tests.edge.conftest import Edge, Person, serving

NEVER_S = 3600.0
SOMEBODY = 54_321


@dataclass
class Two:
    """Two processes of one installation, and their bus."""

    here: Edge
    there: Edge
    nats: EmbeddedNats
    nats_url: str


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for is not ours to signal
            await asyncio.sleep(0.01)


@pytest.fixture
async def two(dsn: str, tmp_path: Path) -> AsyncIterator[Two]:
    embedded = EmbeddedNats(tmp_path)
    url = await embedded.start(lambda _: None)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(embedded.stop)
        settings = [Settings(data_dir=tmp_path / name, port=0) for name in ("here", "there")]
        edges = [await stack.enter_async_context(serving(s, dsn, url)) for s in settings]
        for edge in edges:
            await until(lambda edge=edge: connected(edge))
        yield Two(*edges, embedded, url)


@pytest.fixture
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes can only have come over the bus."""
    monkeypatch.setattr(elsewhere, "POLL_S", NEVER_S)
    monkeypatch.setattr(elsewhere, "STALE_S", NEVER_S)


def connected(edge: Edge) -> bool:
    bus = edge.app.sockets.elsewhere._bus
    return bus is not None and bus.connected


async def say(socket: Socket, text: str, nonce: str) -> None:
    assert (await socket.do("trial.say", {"stream": "chat:1", "text": text}, nonce))["t"] == "done"


@pytest.mark.usefixtures("nobody_looks")
async def test_what_one_commits_the_other_delivers_without_looking(two: Two) -> None:
    ann, bob = await two.here.people(2)
    await two.here.stream("chat:1", [ann, bob])
    a, b = await two.here.socket(ann), await two.there.socket(bob)
    for n in range(20):
        await say(a, str(n), f"nonce-here-{n}")
        await say(b, str(n), f"nonce-there-{n}")
    for socket in (a, b):
        assert [e["seq"] for e in await socket.entries("chat:1", 40)] == list(range(1, 41))


@pytest.mark.usefixtures("nobody_looks")
async def test_a_persons_devices_learn_how_far_they_have_read_wherever_they_are(two: Two) -> None:
    ann = (await two.here.people(1))[0]
    await two.here.stream("chat:1", [ann])
    phone, till = await two.here.socket(ann), await two.there.socket(await two.here.device(ann))
    await say(phone, "one", "nonce-one")
    await say(phone, "two", "nonce-two")
    await phone.do("sync.read", {"stream": "chat:1", "no": 2})
    assert await till.frame("seen") == {"t": "seen", "stream": "chat:1", "no": 2}


@pytest.mark.usefixtures("nobody_looks")
async def test_who_has_a_stream_open_hears_of_readers_and_whispers_at_another_process(two: Two) -> None:
    ann, bob = await two.here.people(2)
    await two.here.stream("chat:1", [ann, bob])
    a, b = await two.here.socket(ann), await two.there.socket(bob)
    await say(a, "one", "nonce-one")
    await b.frame("entries")
    await b.do("trial.watch", {"stream": "chat:1"})
    await a.do("trial.whisper", {"stream": "chat:1"})
    assert await b.frame("whisper") == {"t": "whisper", "stream": "chat:1", "actor": ann.id, "kind": "typing"}
    assert await b.frame("marks") == {"t": "marks", "stream": "chat:1", "marks": [{"person": ann.id, "got": 1}]}
    await a.do("sync.read", {"stream": "chat:1", "no": 1})
    assert await b.frame("marks") == {"t": "marks", "stream": "chat:1", "marks": [{"person": ann.id, "read": 1}]}


@pytest.mark.usefixtures("nobody_looks")
async def test_whose_access_ends_elsewhere_is_out_at_once(two: Two) -> None:
    ann, bob = await two.here.people(2)
    b = await two.there.socket(bob)
    await (await two.here.socket(ann)).do("trial.end", {"actor": bob.id}, "nonce-end")
    assert (await b.closed()).code == 4010


async def test_hints_that_come_twice_late_or_never_change_nothing(two: Two) -> None:
    ann, bob = await two.here.people(2)
    await two.here.stream("chat:1", [ann, bob])
    a, b = await two.here.socket(ann), await two.there.socket(bob)
    told: list[Committed] = []
    two.here.app.engine.listeners.add(told.extend)
    hear = two.there.app.sockets.elsewhere
    real = hear._bus
    assert real is not None
    real._hear = lambda _: None
    for n in range(8):
        await say(a, str(n), f"nonce-{n:04}")
    for late in (told[6], told[1], told[1], told[0], told[4], told[6]):
        hear.hint(Appended([late]))
    # Two, three, five and seven were never heard of: looking finds them.
    assert [e["seq"] for e in await b.entries("chat:1", 8)] == list(range(1, 9))
    assert await b.silence() == []


async def test_who_says_nonsense_on_the_bus_is_not_listened_to(two: Two) -> None:
    ann, bob = await two.here.people(2)
    await two.here.stream("chat:1", [ann, bob])
    a, b = await two.here.socket(ann), await two.there.socket(bob)
    stranger = await nats.connect(two.nats_url)
    subject = f"dianmai.{VERSION}.{two.here.app.engine.installation.hex}"
    for nonsense in (b"", b"\xc1", b"{}", b"\x92\xa8appended\x91\xc0", b"\x93\xa4read\x01\x02"):
        await stranger.publish(subject, nonsense)
    await stranger.flush()
    await stranger.close()
    await say(a, "after", "nonce-after")
    assert [e["seq"] for e in await b.entries("chat:1", 1)] == [1]


async def test_without_a_bus_only_time_is_lost(two: Two) -> None:
    ann, bob = await two.here.people(2)
    await two.here.stream("chat:1", [ann, bob])
    a, b = await two.here.socket(ann), await two.there.socket(bob)
    await two.nats.stop()
    await until(lambda: not connected(two.there))
    loop = asyncio.get_running_loop()
    said = loop.time()
    await say(a, "alone", "nonce-alone")
    assert [e["seq"] for e in await b.entries("chat:1", 1)] == [1]
    assert loop.time() - said < 2


@pytest.mark.parametrize("silent", [True, False])
async def test_members_who_move_elsewhere_are_let_in_and_out_without_a_bus(two: Two, silent: bool) -> None:
    ann, bob, eve = await two.here.people(3)
    await two.here.stream("chat:1", [ann, bob])
    a, b, e = await two.here.socket(ann), await two.there.socket(bob), await two.there.socket(eve)
    await two.nats.stop()
    move = {"stream": "chat:1", "join": [eve.id], "leave": [bob.id], "silent": silent}
    await a.do("trial.move", move, "nonce-move")
    assert (await e.frame("streams"))["joined"][0]["stream"] == "chat:1"
    assert (await b.frame("streams"))["left"] == ["chat:1"]


@contextmanager
def not_looking(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """What happens meanwhile this server finds with one look."""

    async def look() -> None:
        return None

    with monkeypatch.context() as patch:
        patch.setattr(edge.app.sockets.elsewhere, "_look", look)
        yield


@pytest.mark.parametrize("silent", [True, False])
async def test_who_has_come_and_gone_between_two_looks_forgets_what_another_server_has_listed(
    two: Two, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    ann, eve = await two.here.people(2)
    await two.here.stream("chat:1", [ann])
    a, e = await two.here.socket(ann), await two.there.socket(eve)
    await two.nats.stop()
    with not_looking(two.there, monkeypatch):
        await a.do("trial.move", {"stream": "chat:1", "join": [eve.id], "silent": silent}, "nonce-join")
        listed = await two.here.post("sync.catch_up", b"{}", authorization=f"Bearer {eve.token}")
        assert "chat:1" in [s["stream"] for s in listed.json["streams"]]
        await a.do("trial.move", {"stream": "chat:1", "leave": [eve.id], "silent": silent}, "nonce-leave")
    assert await e.frame("streams") == {"t": "streams", "left": ["chat:1"]}


async def test_who_has_joined_unheard_is_let_in_though_others_were_heard_to_move_since(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, eve = await two.here.people(3)
    await two.here.stream("chat:1", [ann])
    a, e = await two.here.socket(ann), await two.there.socket(eve)
    bus = two.there.app.sockets.elsewhere._bus
    assert bus is not None
    heard: list[Hint] = []
    with monkeypatch.context() as patch:
        patch.setattr(bus, "_hear", heard.append)
        await a.do("trial.move", {"stream": "chat:1", "join": [eve.id], "silent": True}, "nonce-join-eve")
        await until(lambda: len(heard) > 0)
        with not_looking(two.there, monkeypatch):
            await a.do("trial.move", {"stream": "chat:1", "join": [bob.id], "silent": True}, "nonce-join-bob")
            await until(lambda: len(heard) > 1)
            two.there.app.sockets.elsewhere.hint(heard[1])
    assert (await e.frame("streams"))["joined"][0]["stream"] == "chat:1"


@pytest.mark.usefixtures("nobody_looks")
async def test_a_stream_opened_on_one_is_heard_on_the_other(two: Two) -> None:
    ann, bob = await two.here.people(2)
    b = await two.there.socket(bob)
    await two.here.stream("chat:9", [ann, bob])
    assert (await b.frame("streams"))["joined"][0]["stream"] == "chat:9"
    await (await two.here.socket(ann)).do("trial.say", {"stream": "chat:9", "text": "hello"}, "nonce-nine")
    assert [e["seq"] for e in await b.entries("chat:9", 1)] == [1]


async def test_who_has_taken_the_port_of_our_bus_is_told_neither_the_password_nor_what_is_said(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await two.here.people(2)
    await two.here.stream("chat:1", [ann, bob])
    a, b = await two.here.socket(ann), await two.there.socket(bob)
    await two.nats.stop()
    await until(lambda: not connected(two.here) and not connected(two.there))
    told: list[bytes] = []
    tries = 0

    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        writer.write(b'INFO {"server_id":"x","version":"2.15.1","max_payload":1048576,"auth_required":true}\r\n')
        told.append(await reader.read(4096))
        writer.close()

    port = urlsplit(two.nats_url).port
    password = urlsplit(two.nats_url).password or ""
    own = bus.require_own
    with monkeypatch.context() as patch:
        patch.setattr(bus, "require_own", lambda port: own(port, account=SOMEBODY))
        async with await asyncio.start_server(pretend, "127.0.0.1", port):
            await until(lambda: tries >= 4)
            await say(a, "alone", "nonce-alone")
            assert [e["seq"] for e in await b.entries("chat:1", 1)] == [1]
            await until(lambda: tries >= 6)
    assert set(told) == {b""}
    async with await asyncio.start_server(pretend, "127.0.0.1", port):
        await until(lambda: any(password.encode() in said for said in told))  # it is the look that keeps it back


async def test_a_machine_that_answers_nobody_lets_operators_look(dsn: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0, role="worker", database_url=dsn)
    async with serving(settings, dsn) as edge:
        ann: Person = (await edge.people(1))[0]
        assert (await edge.http("GET", "/health/ready")).status == 200
        assert (await edge.http("GET", "/metrics")).status == 200
        asked = await edge.post("trial.whoami", authorization=f"Bearer {ann.token}")
        assert (asked.status, asked.code) == (404, "not_found")
        assert (await edge.http("GET", "/")).status == 404
        with pytest.raises(Refusal) as refused:
            await edge.handshake(ann)
        assert refused.value.status == 404


async def test_a_machine_that_answers_people_follows_nothing_and_tidies_its_files(dsn: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0, role="edge", database_url=dsn)
    async with serving(settings, dsn) as edge:
        ann = (await edge.people(1))[0]
        answered = await (await edge.socket(ann)).do("trial.whoami")
        assert json.dumps(answered["answer"]) == json.dumps({"id": ann.id})
        assert edge.app.followers._tasks == []
        assert set(edge.app.jobs._jobs) == {"files.tidy"}
