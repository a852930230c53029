"""What people do with notices on their devices."""

import asyncio
import json
import urllib.error
import urllib.request

from picows import WSMsgType

from dianmai.app import Running
from dianmai.wire.notices import (
    Board,
    Chase,
    Chased,
    Confirm,
    GetBoard,
    GetMissing,
    Missing,
    MyState,
    NoticeBody,
    Publish,
    Published,
    Read,
    Receive,
    Received,
)
from dianmai.wire.org import Audience, AudiencePart
from dianmai.wire.sync import Entry
from tests.stories.devices import PATIENCE_S, Device, Refused

EVERYONE = Audience(parts=[AudiencePart()])
RECALL = "立即下架 **乳品批次 A12**，封存后确认。"


def below(*units: int, positions: tuple[str, ...] = ()) -> Audience:
    return Audience(parts=[AudiencePart(units=list(units), positions=list(positions))])


async def publish(own: Device, audience: Audience, *, title: str = "产品召回", must_confirm: bool = True) -> Published:
    request = Publish(title=title, text=RECALL, audience=audience, must_confirm=must_confirm, urgency="urgent")
    return await own.ask("notices.publish", request, Published)


async def pops_up(own: Device, published: Published) -> Entry:
    """Waits until the notice is on the device, as the client does before it acknowledges."""
    return await own.hears(published.stream, 1)


async def receive(own: Device, notice: int) -> Received:
    return await own.ask("notices.receive", Receive(notices=[notice]), Received)


async def read(own: Device, notice: int) -> MyState:
    return await own.ask("notices.read", Read(notice=notice), MyState)


async def confirm(own: Device, notice: int) -> MyState:
    return await own.ask("notices.confirm", Confirm(notice=notice), MyState)


async def board(own: Device, notice: int, unit: int | None = None) -> Board:
    return await own.ask("notices.board", GetBoard(notice=notice, unit=unit), Board)


async def missing(own: Device, notice: int) -> list[str]:
    page = await own.ask("notices.missing", GetMissing(notice=notice, state="confirmed"), Missing)
    return [p.person.name for p in page.people]


async def chase(own: Device, notice: int) -> Chased:
    return await own.ask("notices.chase", Chase(notice=notice), Chased)


async def watch_board(own: Device, notice: int) -> None:
    """Opens the board over the socket: from now on its numbers come by themselves."""
    asked = {"t": "do", "ref": notice, "op": "notices.board", "body": {"notice": notice}}
    assert own._transport is not None  # pyright: ignore[reportPrivateUsage]
    own._transport.send(WSMsgType.TEXT, json.dumps(asked).encode())  # pyright: ignore[reportPrivateUsage]
    await own.frame("done", ref=notice)


def told(entry: Entry) -> NoticeBody:
    import msgspec

    return msgspec.convert(entry.body, NoticeBody)


async def download(server: Running, own: Device, path: str) -> tuple[bytes, dict[str, str]]:
    """What a door answers this device, with its headers."""

    def get() -> tuple[bytes, dict[str, str]]:
        request = urllib.request.Request(f"{server.url}{path}", headers={"Authorization": f"Bearer {own.token}"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.read(), {k.lower(): v for k, v in answer.headers.items()}
        except urllib.error.HTTPError as error:
            raise Refused(error.code, json.loads(error.read())["error"]["code"]) from None

    return await asyncio.to_thread(get)
