"""One life of the web client's page: its socket, how it gets level, its feed (`core/{socket,engine,feed,api}.ts`)."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from picows import WSMsgType

from dianmai.core.engine import Asked
from tests.sim.clockwork import Loop
from tests.sim.journal import Journal, Outcome, joined
from tests.sim.network import Wire, told
from tests.sim.outbox import Outbox, Refused

if TYPE_CHECKING:
    from tests.sim.device import Device

WELCOME_S = 5.0
ANSWER_S = 8.0
DOUBT = 6
FIRST_S = 0.2
LONGEST_S = 6.0
HTTP_ONLY = ("sync.catch_up",)
REVOKED, SLOW = 4010, 4008

_encode = msgspec.json.encode


class Page:
    """Everything that is gone when the page is loaded again."""

    def __init__(self, device: "Device", life: int) -> None:
        self.device = device
        self.rng: random.Random = device.rng
        self.loop = Loop(device.world, f"device {device.number}, life {life}")
        self.life = life
        self.level_now = False
        self.state = "off"
        self.wire: Wire | None = None
        self.journal = Journal(dict(device.store.cursors))
        self.stored_to = dict(device.store.cursors)
        self.outbox = Outbox(self)
        self._tries = 0
        self._ref = 0
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._level_tries = 0
        self._level_wanted = False
        self._levelling = False
        self._next = Outcome()
        self._unkept = Outcome()
        self._due = False
        self._storing = False
        self._store_tries = 0

    def start(self) -> None:
        self.outbox.start()
        self.connect()

    # The socket.

    def connect(self) -> None:
        """Dials anew, whatever was."""
        self._drop()
        self.state = "connecting"
        device = self.device
        wire = self.wire = Wire(device.world, device.wire_rng(), device.latency_s, device, self.loop)
        self._timer = self.loop.call_later(WELCOME_S, self._fall, None)
        if not device.online:
            return
        if device.slow:
            wire.stop_reading()
        gateway = self.rng.choice(device.gateways)
        token, life = device.token, self.life
        device.world.after(device.trip(), lambda: gateway.dial(wire, token, lambda s: device.dialled(life, wire, s)))

    def dialled(self, wire: Wire, status: int) -> None:
        if wire is not self.wire:
            wire.hang_up()
        elif status == 101:
            wire.send(b'{"t":"hello","version":1,"language":"en"}')
        else:
            self._fall(None)

    def frame(self, wire: Wire, code: int, payload: bytes) -> None:
        if wire is not self.wire:
            return
        if code == 8:
            wire.send(payload, WSMsgType.CLOSE)
            self._fall(int.from_bytes(payload[:2], "big"))
        elif code == 9:
            wire.send(b"", WSMsgType.PONG)
        elif code == 1:
            self._hear(told(payload))

    def lost(self, wire: Wire) -> None:
        if wire is self.wire:
            self._fall(None)

    def _hear(self, frame: dict[str, Any]) -> None:
        match frame["t"]:
            case "welcome":
                if self._timer is not None:
                    self._timer.cancel()
                self._tries = 0
                self.state = "open"
                self.journal.start_levelling()
                self.level()
                self.outbox.poke()
            case "done":
                self._settle(frame["ref"], frame["answer"])
            case "error":
                if (ref := frame.get("ref")) is not None:
                    self._settle(ref, Refused(frame["code"], retryable=frame.get("retryable", False)))
            case "entries":
                self._take(self.journal.live(frame["stream"], frame["entries"]))
            case "streams":
                self._take(self.journal.changed(frame.get("joined", ()), frame.get("left", ())))
            case "seen":
                self.device.audit.seen(self.device, frame["stream"], frame["no"])
            case _:
                return

    def _settle(self, ref: int, answer: Any) -> None:
        waiting = self._asked.pop(ref, None)
        if waiting is None or waiting.done():
            return
        if isinstance(answer, Refused):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)

    def _fall(self, code: int | None) -> None:
        was_open = self.state == "open"
        self._drop()
        if self.state == "off":
            return
        if code == REVOKED:
            self.device.ended()
            return
        self.state = "waiting"
        wait = 0.2 if code == SLOW else self.wait_for(self._tries)
        self._tries += 1
        self._timer = self.loop.call_later(wait, self.connect)
        if not was_open and self._tries % DOUBT == 2:
            self.loop.create_task(self._unreachable())

    async def _unreachable(self) -> None:
        with suppress(Refused):
            await self.ask("sync.catch_up", {"known": {}, "limit": 1})

    def _drop(self) -> None:
        self.level_now = False
        if self._timer is not None:
            self._timer.cancel()
        wire, self.wire = self.wire, None
        if wire is not None:
            wire.hang_up()
        asked, self._asked = self._asked, {}
        for waiting in asked.values():
            if not waiting.done():
                waiting.set_exception(Refused("no_answer", retryable=True))

    def back_online(self) -> None:
        self._tries = 0
        self.connect()

    def wait_for(self, tries: int) -> float:
        return self.rng.random() * min(LONGEST_S, FIRST_S * 2 ** min(tries, 10))

    # Asking.

    async def ask(self, operation: str, body: dict[str, Any], nonce: str | None = None) -> Any:
        """Through the socket where it is open; what stays without answer is asked again over HTTP."""
        if self.state == "open" and operation not in HTTP_ONLY:
            try:
                return await self._do(operation, body, nonce)
            except Refused as refused:
                if not refused.unknown:
                    raise
        try:
            return await self._post(operation, body, nonce)
        except Refused as refused:
            if refused.status == 401:
                self.device.ended()
            raise

    async def _do(self, operation: str, body: dict[str, Any], nonce: str | None) -> Any:
        assert self.wire is not None
        self._ref += 1
        ref = self._ref
        waiting = self._asked[ref] = self.loop.create_future()
        frame = {"t": "do", "ref": ref, "op": operation, "body": body}
        self.wire.send(_encode(frame if nonce is None else {**frame, "nonce": nonce}))
        timer = self.loop.call_later(ANSWER_S, self._no_answer, ref)
        try:
            return await waiting
        finally:
            timer.cancel()

    def _no_answer(self, ref: int) -> None:
        if ref in self._asked:
            self._fall(None)

    async def _post(self, operation: str, body: dict[str, Any], nonce: str | None) -> Any:
        device = self.device
        if not device.online:
            raise Refused("offline", retryable=True)
        waiting: asyncio.Future[Any] = self.loop.create_future()
        gateway = self.rng.choice(device.gateways)
        asked = Asked(operation, _encode(body), nonce)
        answer = self._answering(waiting)
        token = device.token
        device.world.after(device.trip(), lambda: gateway.post(token, asked, answer))
        try:
            async with asyncio.timeout(ANSWER_S):
                got = await waiting
        except TimeoutError:
            raise Refused("no_answer", retryable=True) from None
        if isinstance(got, dict):
            raise Refused(got["code"], got["status"], retryable=got.get("retryable", True))
        return msgspec.json.decode(got)

    def _answering(self, waiting: "asyncio.Future[Any]") -> Callable[[Any], None]:
        device = self.device

        def arrive(answer: Any) -> None:
            if device.online and not self.loop.dead and not waiting.done():
                self.loop.call_soon(lambda: waiting.done() or waiting.set_result(answer))

        return lambda answer: device.world.after(device.trip(), lambda: arrive(answer))

    # Getting level.

    def _take(self, outcome: Outcome) -> None:
        self._next = joined(self._next, outcome)
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
        if not self._levelling:
            self._levelling = True
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
            self._levelling = False

    async def _catch_up(self) -> None:
        more = True
        while more:
            asked, since = self.journal.known(), self.loop.time()
            answer = await self.ask("sync.catch_up", {"known": asked, "limit": self.device.page_size})
            self.device.audit.fetched(self.device, answer["entries"], since)
            self.device.audit.listed(self.device, [s["stream"] for s in answer["streams"]], since)
            self._take(self.journal.level(answer, asked))
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
                both = joined(self._unkept, fresh)
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
