"""Renewed node by node: one of the version before and its clients work beside this one, which upgraded the database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from dianmai.app import Running
from tests.edge.client import Closed
from tests.postgres import Databases
from tests.protocol import previous, test_access, test_delivery, test_notices
from tests.protocol.node import Node
from tests.protocol.rig import Layout, Person, Rig, running
from tests.protocol.saying import conversation, hear, say, seqs
from tests.stories.conftest import server as server
from tests.stories.conftest import world as world
from tests.wire import transcripts
from tests.world import World

EACH = 250

pytestmark = pytest.mark.skipif(not previous.is_there(), reason=f"the history has no commit {previous.PREVIOUS[:7]}")

FACTS: list[Callable[[Rig], Awaitable[None]]] = [
    test_delivery.test_d3_writers_on_all_nodes_make_one_order_that_everybody_hears,
    test_delivery.test_a_stream_founded_on_one_node_is_heard_on_another_in_time,
    test_delivery.test_d2_one_nonce_sent_at_the_same_time_to_every_node_is_one_message,
    test_delivery.test_d2_a_nonce_used_for_something_else_is_refused_on_every_node_and_door,
    test_delivery.test_d4_a_device_that_was_away_is_given_what_it_lacks_by_any_node,
    test_access.test_d8_who_is_taken_out_of_a_stream_hears_so_and_nothing_more,
    test_access.test_o1_signing_out_on_one_node_closes_the_socket_on_another,
    test_access.test_o1_a_session_ended_from_another_device_is_acknowledged_nothing_more,
    test_notices.test_a_notice_is_heard_on_every_node_and_confirmed_on_any,
    test_notices.test_d2_published_on_two_nodes_at_once_it_is_one_notice,
    test_notices.test_how_far_a_person_has_read_is_the_same_on_every_node,
    test_notices.test_a_file_taken_in_by_one_node_is_given_out_by_another,
]


@pytest.mark.parametrize("installation", ["previous"], indirect=True)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__.removeprefix("test_"))
async def test_beside_the_version_before(rig: Rig, fact: Callable[[Rig], Awaitable[None]]) -> None:
    await fact(rig)


@pytest.fixture
def renewing(databases: Databases, tmp_path: Path) -> Iterator[Rig]:
    """A node of the version before and one of this, for one test, which may stop the first."""
    code = previous.code(_folder(tmp_path / "code"))
    layout, place = Layout(nodes=2, previous=code), _folder(tmp_path / "node")
    with databases.copy("template1") as dsn, running(layout, dsn, place) as rig:
        yield rig


async def test_nothing_is_lost_or_doubled_while_a_node_is_renewed_under_load(renewing: Rig) -> None:
    rig = renewing
    one, other = rig.people(2)
    stream = await conversation(rig, one, other)
    listener = await rig.socket(other, node=1, device=2)
    outboxes = [Outbox(rig, stream, person, f"renew-{person.id}") for person in (one, other)]
    writing = asyncio.gather(*(outbox.write(EACH) for outbox in outboxes))
    while min(len(outbox.acked) for outbox in outboxes) < EACH // 4:  # noqa: ASYNC110 - theirs to signal
        await asyncio.sleep(0.01)
    assert not writing.done()
    await asyncio.to_thread(rig.nodes[0].stop)
    renewed = Node(rig.nodes[0].settings)
    try:
        rig.urls[0] = await asyncio.to_thread(renewed.url)
        await writing
        assert all(outbox.moved for outbox in outboxes)
        acked = {nonce: seq for outbox in outboxes for nonce, seq in outbox.acked.items()}
        assert len(acked) == 2 * EACH
        entries = await hear(listener, stream, 2 * EACH, 10)
        assert seqs(entries) == list(range(1, 2 * EACH + 1))
        assert {entry["nonce"]: entry["seq"] for entry in entries} == acked
        for outbox in outboxes:
            assert list(outbox.acked.values()) == sorted(outbox.acked.values())
    finally:
        await asyncio.to_thread(renewed.stop)


class Outbox:
    """Writes one message after the other, each with its nonce again until it is acknowledged, by whichever node."""

    def __init__(self, rig: Rig, stream: str, person: Person, name: str) -> None:
        self._rig, self._stream, self._person, self._name = rig, stream, person, name
        self.acked: dict[str, int] = {}
        self.moved = 0

    async def write(self, count: int) -> None:
        socket, node = await self._rig.socket(self._person, 0), 0
        for n in range(count):
            nonce = f"{self._name}-{n:05}"
            while nonce not in self.acked:
                try:
                    answer = await say(socket, self._stream, str(n), nonce)
                    if answer["t"] == "done":
                        self.acked[nonce] = answer["answer"]["seq"]
                    else:
                        assert answer["retryable"], answer
                except (Closed, OSError, TimeoutError):
                    node, self.moved = node + 1, self.moved + 1
                    socket = await self._rig.socket(self._person, node)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


async def test_a_client_of_the_version_before_is_served_as_it_was(server: Running, world: World) -> None:
    await transcripts.followed(server)
    await transcripts.Player(server, world).play(transcripts.lines(previous.transcript(1)))
