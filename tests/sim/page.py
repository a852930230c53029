"""One life of the web client's page: how it gets level and keeps what it hears (`core/{engine,feed}.ts`)."""

import asyncio
from typing import TYPE_CHECKING, Any

from tests.sim.calling import Calling
from tests.sim.journal import Journal, Outcome, joined
from tests.sim.outbox import Outbox, Refused
from tests.sim.pipeline import Pipeline

if TYPE_CHECKING:
    from tests.sim.device import Device


class Page(Calling):
    """Everything that is gone when the page is loaded again."""

    def __init__(self, device: "Device", life: int) -> None:
        super().__init__(device, life)
        self.journal = Journal(dict(device.store.cursors))
        self.stored_to = dict(device.store.cursors)
        self.outbox = Pipeline(self) if device.pipelines else Outbox(self)
        self.left_at: dict[str, float] = {}
        self._level_tries = 0
        self._level_wanted = False
        self.levelling = False
        self._next = Outcome()
        self._unkept = Outcome()
        self._due = False
        self._storing = False
        self._store_tries = 0

    def start(self) -> None:
        self.outbox.start()
        self.connect()

    def welcomed(self) -> None:
        self.left_at.clear()
        self.journal.start_levelling()
        self.level()
        self.outbox.poke()

    def told(self, frame: dict[str, Any]) -> None:
        match frame["t"]:
            case "entries":
                self._take(self.journal.live(frame["stream"], frame["entries"]))
            case "streams":
                self._changed(frame.get("joined", ()), frame.get("left", ()))
            case "seen":
                self.device.audit.seen(self.device, frame["stream"], frame["no"])
            case _:
                return

    def _changed(self, come: list[dict[str, Any]], left: list[str]) -> None:
        self.left_at.update(dict.fromkeys(left, self.loop.time()))
        for state in come:
            self.left_at.pop(state["stream"], None)
        self.outbox.let_go(left)
        self._take(self.journal.changed(come, left))

    # Getting level.

    def _take(self, outcome: Outcome) -> None:
        if outcome.busy:
            self._next = joined(self._next, outcome) if self._next.busy else outcome
        self._begin()
        for stream, after in outcome.fill:
            self.loop.create_task(self._fill(stream, after))
        if outcome.relevel:
            self._level_tries = max(self._level_tries, 2)
            self.level()

    async def _fill(self, stream: str, after: int) -> None:
        since = self.loop.time()
        try:
            answer = await self.ask("sync.entries", {"stream": stream, "after": after})
        except Refused:
            self._take(self.journal.unfilled(stream))
        else:
            self.device.audit.fetched(self.device, answer["entries"], since)
            self._take(self.journal.filled(stream, after, answer))

    def level(self) -> None:
        self._level_wanted = True
        if not self.levelling:
            self.levelling = True
            self.loop.create_task(self._level_while_wanted())

    async def _level_while_wanted(self) -> None:
        try:
            while self._level_wanted and self.state == "open":
                if self._level_tries > 0:
                    await asyncio.sleep(self.wait_for(self._level_tries))
                self._level_wanted = False
                try:
                    await self._catch_up()
                    self._level_tries = 0
                except Refused:
                    self._level_tries += 1
                    self._level_wanted = True
        finally:
            self.levelling = False

    async def _catch_up(self) -> None:
        more = True
        while more:
            asked, since = self.journal.known(), self.loop.time()
            answer = await self.ask("sync.catch_up", {"known": asked, "limit": self.device.page_size})
            self.device.audit.fetched(self.device, answer["entries"], since)
            self.device.audit.listed(self.device, [s["stream"] for s in answer["streams"]], since)
            self._take(self.journal.level(answer, asked))
            self.device.audit.levelled(self.device, self.journal.known(), self.left_at, since)
            more = answer["more"]
        self.level_now = self.state == "open"

    # Persist, then show.

    def _begin(self) -> None:
        if not self._storing and (self._due or self._next.busy):
            self._storing = True
            self.loop.create_task(self._store_all())

    async def _store_all(self) -> None:
        try:
            while self._due or self._next.busy:
                self._due = False
                fresh, self._next = self._next, Outcome()
                both = joined(self._unkept, fresh) if self._unkept.busy else fresh
                owed = self.outbox.owed(both.entries)
                works = await self._store(both, owed)
                self._unkept = Outcome() if works else both
                self.device.show(fresh)
                if works:
                    self.outbox.adopt(owed)
                    self._stored(both)
        finally:
            self._storing = False

    async def _store(self, batch: Outcome, owed: list[Any]) -> bool:
        store = self.device.store
        await store.keep(self.rng, batch, owed)
        if store.full:
            self._store_tries += 1
            self.loop.call_later(self.wait_for(self._store_tries), self._again)
            return False
        for stream in (*batch.dropped, *batch.left):
            self.stored_to.pop(stream, None)
        self.stored_to.update(batch.cursors)
        self._store_tries = 0
        return True

    def _again(self) -> None:
        self._due = True
        self._begin()

    def _stored(self, batch: Outcome) -> None:
        for entry in batch.entries:
            if nonce := entry.get("nonce"):
                self.outbox.settle(nonce)
        if batch.left:
            self.outbox.let_go(batch.left)
        if batch.dropped:
            self.outbox.send_over(batch.dropped)
