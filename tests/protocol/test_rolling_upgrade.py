"""Renewed node by node: one of the version before and its clients work beside this one, which upgraded the database."""

from collections.abc import Awaitable, Callable

import pytest

from dianmai.app import Running
from tests.protocol import previous, test_access, test_delivery, test_notices
from tests.protocol.rig import Rig
from tests.stories.conftest import server as server
from tests.stories.conftest import world as world
from tests.wire import transcripts
from tests.world import World

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


async def test_a_client_of_the_version_before_is_served_as_it_was(server: Running, world: World) -> None:
    await transcripts.followed(server)
    await transcripts.Player(server, world).play(transcripts.lines(previous.transcript(1)))
