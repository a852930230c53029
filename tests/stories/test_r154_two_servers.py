"""R154 up to 5,000 people on two servers: one for what stands behind, one for messages, as `deploy/compose` says.

Each service is started with the command and the environment of the compose file, as a process of its own. Only what
containers provide is put in its place: addresses, directories, the image of PostgreSQL. TLS has tests of its own.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.processes import descendants
from bench.serving import Server, place
from dianmai import org
from dianmai.core.access import issue_credential
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from dianmai.core.transactions import Transaction
from dianmai.org.demo_chain import Row, to_csv
from dianmai.wire.chat import GetHistory, History, Send, Sent
from dianmai.wire.conversations import Conversations, GetConversations
from tests.stories.chain import joined
from tests.stories.devices import Device, Refused
from tests.stories.notices import below, board, confirm, pops_up, publish
from tests.world import World, world_of

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose"
VARIABLES = {
    "BACKEND": "10.0.0.11",
    "DATABASE_PASSWORD": "database-secret",
    "NATS_PASSWORD": "bus-secret",
    "PUBLIC_URL": "https://im.example.com",
}
PORT = 18422


def services(profile: str) -> dict[str, Any]:
    """What the compose file starts on one of the servers, its variables filled in as compose does."""
    text = (COMPOSE / "compose.yml").read_text()
    filled = re.sub(r"\$\{(\w+):\?\}", lambda found: VARIABLES[found.group(1)], text)
    return {name: s for name, s in yaml.safe_load(filled)["services"].items() if profile in s["profiles"]}


@dataclass
class TwoServers:
    """The second one's address, and both servers' processes."""

    message: Server
    worker: Server
    operator: Engine
    world: World

    async def device(self, person: int, *, connected: bool = True) -> Device:
        async def work(tx: Transaction) -> str:
            return (await issue_credential(tx, person, "session", lifetime=timedelta(days=1)))[1]

        own = Device(f"http://127.0.0.1:{self.message.port}", await self.operator.write(work))
        if connected:
            await own.connect()
        return own

    async def hr_says(self, rows: list[Row], directory: Path) -> None:
        """What the operator imports at a terminal."""
        file = directory / "people.csv"
        file.write_bytes(to_csv(rows))
        await org.import_hr(self.operator, file, confirm=lambda _: True)


def dianmai(service: dict[str, Any], directory: Path, dsn: str, nats_url: str) -> Server:
    """A service of ours, with its own command line and environment but for what a container changes."""
    given = {k: str(v) for k, v in service["environment"].items() if "TLS" not in k}
    assert given["DATABASE_URL"] == "postgresql://dianmai:database-secret@10.0.0.11:5432/dianmai"
    assert given["NATS_URL"] == "nats://dianmai:bus-secret@10.0.0.11:4222"
    command = [str(word) for word in service["command"]]
    if "--workers" in command:
        command[command.index("--workers") + 1] = "2"
    host = command.index("--host")
    assert command[0] == "serve"
    assert command.pop(host + 1) == "0.0.0.0"
    command.pop(host)
    replaced = {"DATABASE_URL": dsn, "NATS_URL": nats_url, "DIANMAI_DATA_DIR": str(directory / "data")}
    directory.mkdir()
    return Server(directory / "data", environment={**given, **replaced}, words=command[1:])


def bus(service: dict[str, Any]) -> "subprocess.Popen[bytes]":
    """NATS with the configuration that the compose file mounts."""
    _, _, mounted = service["volumes"][0].partition(":")
    assert service["command"] == ["--config", mounted.removesuffix(":ro")]
    program = str(Path(sys.executable).with_name("nats-server"))
    return subprocess.Popen(
        [program, "--config", str(COMPOSE / "nats.conf"), "--addr", "127.0.0.1", "--port", str(PORT)],
        env={**os.environ, **service["environment"]},
        stderr=subprocess.DEVNULL,
    )


@asynccontextmanager
async def two_servers(dsn: str) -> AsyncGenerator[TwoServers]:
    backend, message = services("backend"), services("message")
    assert set(backend) == {"postgres", "nats", "worker"}
    assert set(message) == {"message"}
    with ExitStack() as stack:
        nats = bus(backend["nats"])
        stack.callback(nats.wait)
        stack.callback(nats.terminate)
        nats_url = f"nats://dianmai:{VARIABLES['NATS_PASSWORD']}@127.0.0.1:{PORT}"
        top = stack.enter_context(place())
        servers = [
            dianmai(backend["worker"], top / "backend", dsn, nats_url),
            dianmai(message["message"], top / "message", dsn, nats_url),
        ]
        for server in servers:
            server.start()
            stack.callback(server.stop)
        for server in servers:
            await asyncio.to_thread(server.wait_ready)
        operator = Engine(Database(dsn, size=2), [], {})
        await operator.start()
        try:
            yield TwoServers(servers[1], servers[0], operator, await world_of(operator.database.pool))
        finally:
            await operator.stop()


@pytest.mark.fault
async def test_orders_and_messages_go_through_two_servers_and_survive_the_loss_of_either(
    world_dsn: str, tmp_path: Path
) -> None:
    async with two_servers(world_dsn) as both:
        world: World = both.world
        crew = world.nanjing_lu
        ming, lan, min_ = [await both.device(p.id) for p in (crew.manager, crew.cashier, world.wang_min)]

        published = await publish(min_, below(crew.id))
        await pops_up(ming, published)
        await confirm(ming, published.notice)
        assert (await board(min_, published.notice)).total.confirmed == 1

        # Groups follow the organisation on the server behind; those in front only hear of it.
        await both.hr_says(joined("新来的", like=crew.cashier), tmp_path)
        stream = next(s for s, title in (await titles(ming)).items() if title == "南京路店")
        await ming.hears_that(lambda entry: entry.stream == stream and entry.kind != "chat.message")

        # Nobody answers people on the server behind.
        behind = Device(f"http://127.0.0.1:{both.worker.port}", ming.token)
        with pytest.raises(Refused) as refused:
            await behind.catch_up()
        assert refused.value.status == 404

        # While it is away people go on writing; what follows from it happens when it is back.
        both.worker.kill()
        sent = await ming.ask("chat.send", Send(stream=stream, text="后台在重启，照常营业"), Sent)
        await lan.hears(stream, sent.seq)
        both.worker.start()
        await asyncio.to_thread(both.worker.wait_ready)

        # All of the server in front is lost at once: what was acknowledged is there when it is back.
        for pid in (both.message.pid, *descendants(both.message.pid)):
            os.kill(pid, signal.SIGKILL)
        both.message.kill()
        both.message.start()
        await asyncio.to_thread(both.message.wait_ready)
        again = await both.device(crew.cashier.id)
        history = await again.ask("chat.history", GetHistory(stream=stream), History)
        assert "后台在重启，照常营业" in {message.body.text for message in history.messages}
        for own in (ming, lan, min_, again):
            own.disconnect()


async def titles(own: Device) -> dict[str, str]:
    listed = await own.ask("chat.conversations", GetConversations(), Conversations)
    return {c.stream: c.title for c in listed.conversations}
