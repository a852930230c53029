"""The numbers of all workers behind one port as one page for Prometheus, whichever of them is asked."""

import asyncio
import hashlib
import os
import re
import socket
from collections.abc import Iterable
from pathlib import Path

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from dianmai.core import telemetry

log = structlog.get_logger()

GATHERED_S = 0.3
_SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (.*)$")


def beside(data_dir: Path) -> str:
    """A word that the processes of this machine's installation have in common."""
    return hashlib.sha256(f"{socket.gethostname()} {data_dir}".encode()).hexdigest()[:16]


class Numbers:
    """Answers others' questions for this process's numbers, and asks for theirs."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._client: Client | None = None

    async def attend(self, client: Client) -> None:
        """Listens on a new connection to the bus."""
        await client.subscribe(self._subject, cb=self._asked)  # pyright: ignore[reportUnknownMemberType]
        self._client = client

    async def all(self) -> bytes:
        """Everybody's numbers, those of this process included; without the bus, these alone.

        Labelled as among others also when they are alone: the page keeps its shape when the bus is away.
        """
        heard: dict[str, str] = {own_name(): telemetry.exposition().decode()}
        if self._client is not None and self._client.is_connected:
            await self._ask_others(self._client, heard)
        return merged(heard.items()).encode()

    async def _ask_others(self, client: Client, heard: dict[str, str]) -> None:

        async def hear(message: Msg) -> None:
            name, _, page = message.data.decode().partition("\n")
            heard[name] = page

        inbox = client.new_inbox()
        try:
            subscription = await client.subscribe(inbox, cb=hear)  # pyright: ignore[reportUnknownMemberType]
            await client.publish(self._subject, b"", reply=inbox)
            await asyncio.sleep(GATHERED_S)
            await subscription.unsubscribe()
        except (Error, OSError) as error:
            log.warning("other workers' numbers are missing", error=type(error).__name__)

    async def _asked(self, message: Msg) -> None:
        await message.respond(own_name().encode() + b"\n" + telemetry.exposition())


def own_name() -> str:
    """The label that tells workers apart."""
    return str(os.getpid())


def merged(pages: Iterable[tuple[str, str]]) -> str:
    """Several pages as one: each family once, each sample with the process it is from."""
    families: dict[str, list[str]] = {}
    for name, page in sorted(pages):
        family = ""
        for line in page.splitlines():
            if line.startswith("#"):
                family = line.split(" ", 3)[2]
                said = families.setdefault(family, [])
                if line not in said:
                    said.append(line)
            elif sample := _SAMPLE.match(line):
                metric, labels, value = sample.groups()
                own = f'process="{name}"' + (f",{labels}" if labels else "")
                families[family].append(f"{metric}{{{own}}} {value}")
    return "".join(f"{line}\n" for lines in families.values() for line in _in_order(lines))


def _in_order(lines: list[str]) -> list[str]:
    """What is said about a family before its samples."""
    return sorted(lines, key=lambda line: not line.startswith("#"))
