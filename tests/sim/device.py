"""A device of a person: what it keeps over reloads, what it shows, and the page that runs on it."""

import asyncio
import random
from typing import TYPE_CHECKING, Any

from tests.sim.clockwork import World
from tests.sim.journal import Entry, Outcome
from tests.sim.network import Wire
from tests.sim.outbox import Item
from tests.sim.page import Page

if TYPE_CHECKING:
    from tests.sim.checking import Audit
    from tests.sim.gateway import Gateway


class Store:
    """IndexedDB: a batch is written whole or not at all."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[int, Entry]] = {}
        self.cursors: dict[str, int] = {}
        self.outbox: dict[str, Item] = {}
        self.full = False

    async def keep(self, rng: random.Random, batch: Outcome, owed: list[Item]) -> None:
        """Takes some time; a page that is gone meanwhile has written nothing."""
        await asyncio.sleep(rng.random() * 0.006)
        if not self.full:
            self.write(batch, owed)

    def write(self, batch: Outcome, owed: list[Item]) -> None:
        for stream in (*batch.dropped, *batch.left):
            self.entries.pop(stream, None)
        for stream in batch.left:
            self.cursors.pop(stream, None)
        for entry in batch.entries:
            self.entries.setdefault(entry["stream"], {})[entry["seq"]] = entry
        self.cursors.update(batch.cursors)
        for item in owed:
            self.outbox[item.nonce] = item


class Device:
    """One device. Without a token nobody is signed in on it."""

    def __init__(
        self, world: World, rng: random.Random, number: int, person: int, gateways: "list[Gateway]", audit: "Audit"
    ) -> None:
        self.world = world
        self.rng = rng
        self.number = number
        self.person = person
        self.gateways = gateways
        self.audit = audit
        self.token = ""
        self.credential = 0
        self.online = True
        self.slow = False
        self.pipelines = number % 4 == 3
        self.late_s = self.refused = 0.0
        self.latency_s = rng.choice((0.001, 0.005, 0.02))
        self.page_size = rng.choice((5, 30, 500))
        self.store = Store()
        self.screen: dict[str, list[Entry]] = {}
        self.page: Page | None = None
        self._life = 0
        self._nonces = 0
        self._wires = 0

    def sign_in(self, credential: int, token: str) -> None:
        self.credential, self.token = credential, token
        self.load()

    def load(self) -> None:
        """Loads the page, perhaps again: what was not stored is gone."""
        self.close()
        if not self.token:
            return
        self._life += 1
        page = self.page = Page(self, self._life)
        self.screen = {s: [e for _, e in sorted(kept.items())] for s, kept in self.store.entries.items()}
        self.audit.loaded(self)
        page.loop.call_soon(page.start)

    def close(self) -> None:
        if self.page is not None:
            page, self.page = self.page, None
            if page.wire is not None:
                page.wire.hang_up()
            self.world.end(page.loop)

    def forget(self) -> None:
        """The browser has thrown away what it kept."""
        self.close()
        self.store = Store()
        self.load()

    def ended(self) -> None:
        """The session is over: everything of the person is wiped."""
        self.audit.signed_out(self)
        self.token = ""
        page = self.page
        if page is not None:
            page.state = "off"
        self.world.after(0.0, self._wipe)

    def _wipe(self) -> None:
        if not self.token:
            self.close()
            self.store = Store()
            self.screen = {}

    def read_on(self) -> None:
        self.slow = False
        if self.page is not None and self.page.wire is not None:
            self.page.wire.read_on()

    def make_room(self) -> None:
        self.store.full = False

    def go_offline(self) -> None:
        """The network is gone; the page does not know it yet."""
        self.online = False
        if self.page is not None and self.page.wire is not None:
            self.page.wire.go_silent()

    def go_online(self) -> None:
        """The browser tells the page, which dials anew."""
        self.online = True
        page = self.page
        if page is not None and page.state != "off":
            page.loop.call_soon(page.back_online)

    def show(self, batch: Outcome) -> None:
        for stream in (*batch.dropped, *batch.left):
            self.screen.pop(stream, None)
        for entry in batch.entries:
            shown = self.screen.setdefault(entry["stream"], [])
            self.audit.shown(self, shown[-1] if shown else None, entry)
            shown.append(entry)

    def say(self, stream: str) -> None:
        page = self.page
        if page is not None and self.token:
            text = f"{self.number}.{self._nonces}"
            body = {"stream": stream, "text": text}
            self._add(page, "chat.send", body, stream, echoes=True)

    def do(self, operation: str, body: dict[str, Any], lane: str) -> None:
        page = self.page
        if page is not None and self.token:
            self._add(page, operation, body, lane)

    def _add(self, page: Page, operation: str, body: dict[str, Any], lane: str, *, echoes: bool = False) -> None:
        page.loop.call_soon(lambda: page.loop.create_task(page.outbox.add(operation, body, lane, echoes=echoes)))

    def new_nonce(self) -> str:
        self._nonces += 1
        return f"device-{self.number:02d}-{self._nonces:06d}"

    def wire_rng(self) -> random.Random:
        """Each wire has its own chances, so that the order in which several are written to changes nothing."""
        self._wires += 1
        return random.Random(self.number * 1_000_003 + self._wires * 7919 + self.rng.randrange(1 << 30))

    def trip(self) -> float:
        return self.latency_s * (0.5 + self.rng.random())

    def answer_trip(self) -> float:
        """An answer over HTTP may be overtaken by what the socket says."""
        return self.trip() + (self.rng.random() * self.late_s if self.late_s else 0.0)

    # Called by wires, in no process.

    def dialled(self, life: int, wire: Wire, status: int) -> None:
        self._in_page(lambda page: page.dialled(wire, status) if page.life == life else wire.hang_up())

    def on_frame(self, wire: Wire, code: int, payload: bytes) -> None:
        self._in_page(lambda page: page.frame(wire, code, payload))

    def on_lost(self, wire: Wire) -> None:
        self._in_page(lambda page: page.lost(wire))

    def _in_page(self, call: Any) -> None:
        page = self.page
        if page is not None:
            page.loop.call_soon(call, page)
