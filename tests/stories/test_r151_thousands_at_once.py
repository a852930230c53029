"""R151 many online at once, and it does not fail at the key moment. `bin/bench notice` measures it with 5,000."""

import asyncio
import time
from contextlib import AsyncExitStack

from dianmai.app import Running
from dianmai.wire.notices import Board, GetBoard
from tests.stories.devices import device
from tests.stories.notices import EVERYONE, confirm, pops_up, publish, receive
from tests.world import World

DEVICES_EACH = 6


async def test_everyone_on_several_devices_gets_the_order_within_seconds_and_the_numbers_add_up(
    server: Running, world: World
) -> None:
    ids = [r["id"] for r in await server.app.engine.database.pool.fetch("SELECT id FROM person ORDER BY id")]
    async with AsyncExitStack() as open_devices:
        own = [
            [await open_devices.enter_async_context(device(server, person)) for _ in range(DEVICES_EACH)]
            for person in ids
        ]
        office = next(devices[0] for person, devices in zip(ids, own, strict=True) if person == world.wang_min.id)
        started = time.monotonic()
        published = await publish(office, EVERYONE)
        await asyncio.gather(*(pops_up(each, published) for devices in own for each in devices))
        assert time.monotonic() - started < 10
        await asyncio.gather(*(receive(devices[0], published.notice) for devices in own))
        await asyncio.gather(*(confirm(devices[1], published.notice) for devices in own))
        board = await office.ask("notices.board", GetBoard(notice=published.notice), Board)
        total = board.total
        assert total.recipients == total.delivered == total.read == total.confirmed == len(ids)
