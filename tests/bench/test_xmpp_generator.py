"""The XMPP side of the load generator against a server that does things wrong: a figure of a wrong run is none."""

import asyncio
import shutil
from typing import Any

import pytest

from bench import generating
from bench.generating import GeneratorFailed
from tests.bench.xmpp_server import Fault, xmpp_server

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="the load generator is built with gcc")

CLIENTS = [f"u{number:05} secret" for number in range(6)]
LOADS: dict[str, dict[str, object]] = {
    "xmpp_fanout": {"stream": "room@conference.localhost", "senders": 2, "window": 4, "warm": 0.1, "seconds": 0.3},
    "xmpp_pairs": {"window": 4, "warm": 0.1, "seconds": 0.3, "at_once": 1},
    "xmpp_resume": {"stream": "1"},
    "xmpp_idle": {"seconds": 0.1},
}


async def run(load: str, fault: Fault) -> dict[str, Any]:
    generating.build()
    async with xmpp_server(fault) as port:
        return await asyncio.to_thread(generating.run, load, port, CLIENTS, LOADS[load])


async def test_a_room_in_which_everybody_hears_everything_is_counted() -> None:
    result = await run("xmpp_fanout", Fault.NONE)
    assert result["sent"] == result["acked"] >= 8
    assert result["deliveries"] == result["sent"] * len(CLIENTS)
    assert result["measured_deliveries"] <= result["deliveries"]


async def test_pairs_are_counted_by_what_the_other_one_has() -> None:
    result = await run("xmpp_pairs", Fault.NONE)
    assert result["sent"] == result["acked"] == result["deliveries"] >= 12


async def test_who_comes_back_has_what_was_missed() -> None:
    result = await run("xmpp_resume", Fault.NONE)
    assert (result["clients"], result["fewest"], result["most"]) == (6, 20, 20)


async def test_who_is_idle_stays() -> None:
    assert (await run("xmpp_idle", Fault.NONE))["lost_clients"] == 0


@pytest.mark.parametrize("load", ["xmpp_fanout", "xmpp_pairs"])
@pytest.mark.parametrize("fault", [Fault.LOSES, Fault.DOUBLES, Fault.SWAPS, Fault.RETURNS], ids=str)
async def test_a_wrong_delivery_fails_the_run(load: str, fault: Fault) -> None:
    with pytest.raises(GeneratorFailed):
        await run(load, fault)


async def test_a_hole_in_the_archive_fails_the_run() -> None:
    with pytest.raises(GeneratorFailed):
        await run("xmpp_resume", Fault.FORGETS)


@pytest.mark.parametrize("load", sorted(LOADS))
async def test_who_is_not_let_in_fails_the_run(load: str) -> None:
    with pytest.raises(GeneratorFailed, match="not-authorized"):
        await run(load, Fault.REFUSES)
