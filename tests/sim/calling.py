"""A page's way to the servers (`core/{socket,api}.ts`): one socket, dialled until it holds, and HTTP beside it."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from picows import WSMsgType

from dianmai.core.engine import Asked
from tests.sim.clockwork import Loop
from tests.sim.network import Wire, told
from tests.sim.outbox import Refused

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


class Calling:
    """The connection of one page. Whoever inherits it says what to do with what is heard."""

    def __init__(self, device: "Device", life: int) -> None:
        self.device = device
        self.rng: random.Random = device.rng
        self.loop = Loop(device.world, f"device {device.number}, life {life}")
        self.life = life
        self.level_now = False
        self.state = "off"
        self.wire: Wire | None = None
        self._tries = 0
        self._ref = 0
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def welcomed(self) -> None:
        """The socket is open."""
        raise NotImplementedError

    def told(self, frame: dict[str, Any]) -> None:
        """The server says something by itself."""
        raise NotImplementedError

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
                self.welcomed()
            case "done":
                self._settle(frame["ref"], frame["answer"])
            case "error":
                if (ref := frame.get("ref")) is not None:
                    self._settle(ref, Refused(frame["code"], retryable=frame.get("retryable", False)))
            case _:
                self.told(frame)

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
        if self.device.refused and self.rng.random() < self.device.refused:
            raise Refused("no_answer", retryable=True)
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

    async def ask_in_a_row(self, operation: str, body: dict[str, Any], nonce: str) -> Any:
        """Through the open socket and no other way, behind what was asked before."""
        if self.state != "open":
            raise Refused("no_answer", retryable=True)
        if operation == "chat.send":
            self.device.audit.sent(self.wire, body["stream"], nonce)
        return await self._do(operation, body, nonce)

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

        return lambda answer: device.world.after(device.answer_trip(), lambda: arrive(answer))
