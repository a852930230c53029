"""Words that the protocol's tests share."""

import asyncio
from collections.abc import Sequence
from typing import Any

from tests.edge.client import Socket
from tests.protocol.rig import Person, Rig


async def conversation(rig: Rig, one: Person, other: Person) -> str:
    """Their direct conversation, opened over HTTP."""
    nonce = f"open-{one.id:05}-{other.id:05}"  # the same people meet in several tests, also with others
    opened = await rig.post(one, "chat.open_direct", f'{{"person":{other.id}}}'.encode(), X_Dianmai_Nonce=nonce)
    return opened.json["stream"]


async def store_group(rig: Rig, person: Person) -> str:
    """The group of the person's store, once it has followed the organisation."""
    async with asyncio.timeout(20):
        while True:
            known = (await rig.post(person, "chat.conversations")).json["conversations"]
            if found := [one["stream"] for one in known if one["kind"] == "group" and one["members"] < 20]:
                return found[0]
            await asyncio.sleep(0.1)


async def say(socket: Socket, stream: str, text: str, nonce: str) -> dict[str, Any]:
    """Sends a message and answers what came of it."""
    return await socket.do("chat.send", {"stream": stream, "text": text}, nonce)


async def hear(socket: Socket, stream: str, count: int, within: float) -> list[dict[str, Any]]:
    """The next entries of a stream, which must come in time."""
    async with asyncio.timeout(within):
        return await socket.entries(stream, count)


def seqs(entries: Sequence[dict[str, Any]]) -> list[int]:
    return [entry["seq"] for entry in entries]
