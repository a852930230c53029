"""The model of `web/src/core/outbox.ts`: every write is kept first, then sent under one nonce until it is answered."""

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.sim.page import Page

_UNKNOWN = {"offline", "no_answer", "internal_error"}


class Refused(Exception):
    """What was asked was not done, or nobody knows."""

    def __init__(self, code: str, status: int = 0, *, retryable: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.unknown = status >= 500 or code in _UNKNOWN
        self.passes = retryable or self.unknown


class Item(NamedTuple):
    nonce: str
    operation: str
    body: dict[str, Any]
    lane: str
    order: int
    echoes: bool = False
    state: str = "waiting"
    seq: int | None = None


class Outbox:
    """What this page still has to send."""

    def __init__(self, page: "Page") -> None:
        self._page = page
        self._store = page.device.store
        self.items: list[Item] = []
        self._busy: set[str] = set()
        self._dropped: set[str] = set()
        self._orphans: set[str] = set()
        self._order = 0
        self._woken = asyncio.Event()

    def start(self) -> None:
        """Takes up what an earlier page left."""
        self.items = sorted(self._store.outbox.values(), key=lambda item: item.order)
        self._order = max((item.order for item in self.items), default=0)
        for item in list(self.items):
            if self.landed(item):
                self.drop(item.nonce)
        self._drain()

    async def add(self, operation: str, body: dict[str, Any], lane: str, *, echoes: bool = False) -> None:
        item = self.prepare(operation, body, lane, echoes=echoes)
        await asyncio.sleep(self._page.rng.random() * 0.002)
        self._write(item)
        self._put(item)
        self._drain()

    def prepare(self, operation: str, body: dict[str, Any], lane: str, *, echoes: bool = False) -> Item:
        self._order += 1
        item = Item(self._page.device.new_nonce(), operation, body, lane, self._order, echoes)
        self._page.device.audit.intended(item)
        return item

    def owed(self, entries: list[dict[str, Any]]) -> list[Item]:
        notices = [entry["body"]["notice"] for entry in entries if entry["kind"] == "notice.published"]
        return [self.prepare("notices.receive", {"notices": notices}, "notices.receive")] if notices else []

    def adopt(self, items: list[Item]) -> None:
        for item in items:
            self._put(item)
        self._drain()

    def settle(self, nonce: str) -> None:
        """Its entry is on the device."""
        if any(item.nonce == nonce for item in self.items):
            self.drop(nonce)

    def let_go(self, streams: list[str]) -> None:
        for item in [item for item in self.items if item.lane in streams]:
            if item.state == "sent":
                self.drop(item.nonce)
            else:
                self._orphans.add(item.nonce)

    def send_over(self, streams: list[str]) -> None:
        for item in list(self.items):
            if item.state == "sent" and item.lane in streams:
                again = item._replace(state="waiting")
                self._put(again)
                self._write(again)
        self._drain()

    def drop(self, nonce: str) -> None:
        self._dropped.add(nonce)
        self.items = [item for item in self.items if item.nonce != nonce]
        self._store.outbox.pop(nonce, None)

    def poke(self) -> None:
        self._woken.set()
        self._woken = asyncio.Event()
        self._drain()

    def _drain(self) -> None:
        for item in self.items:
            if item.state == "waiting" and item.lane not in self._busy:
                self._busy.add(item.lane)
                self._page.loop.create_task(self._run(item.lane))

    async def _run(self, lane: str) -> None:
        tries = 0
        try:
            while (item := self._next(lane)) is not None:
                woken = self._woken
                try:
                    answer = await self._page.ask(item.operation, item.body, item.nonce)
                except Refused as refused:
                    if refused.passes:
                        await self._rest(self._page.wait_for(tries), woken)
                        tries += 1
                    else:
                        self._refuse(item, refused)
                    continue
                tries = 0
                await self._finish(item, answer)
        finally:
            self._busy.discard(lane)

    async def _rest(self, seconds: float, woken: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(seconds):
                await woken.wait()
        except TimeoutError:
            return

    def _next(self, lane: str) -> Item | None:
        return next((item for item in self.items if item.lane == lane and item.state == "waiting"), None)

    async def _finish(self, item: Item, answer: Any) -> None:
        self._page.device.audit.acked(self._page.device, item, answer)
        sent = item._replace(state="sent", seq=answer.get("seq"))
        gone = item.nonce in self._dropped or item.nonce in self._orphans
        if not item.echoes or gone or self.landed(sent):
            self.drop(item.nonce)
            return
        self._put(sent)
        await asyncio.sleep(self._page.rng.random() * 0.002)
        if item.nonce not in self._dropped:
            self._write(sent)

    def _refuse(self, item: Item, refused: Refused) -> None:
        if item.nonce not in self._dropped:
            self._page.device.audit.refused(self._page.device, item, refused.code)
            failed = item._replace(state="failed")
            self._put(failed)
            self._write(failed)

    def landed(self, item: Item) -> bool:
        """Sent, and its entry lies within what this device keeps, or before it."""
        return item.state == "sent" and item.seq is not None and item.seq <= self._page.stored_to.get(item.lane, 0)

    def _write(self, item: Item) -> None:
        self._store.outbox[item.nonce] = item

    def _put(self, item: Item) -> None:
        for at, one in enumerate(self.items):
            if one.nonce == item.nonce:
                self.items[at] = item
                return
        self.items.append(item)
