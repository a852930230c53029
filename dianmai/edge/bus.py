"""The bus between processes: what one has committed, the others hear at once instead of by looking.

It carries hints. They may be lost, doubled, late or out of order, and NATS may be away for days: what counts is in the
database, where everybody looks twice a second (`elsewhere.py`). Nothing is ever acknowledged because of a hint.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from dianmai.core import telemetry
from dianmai.core.engine import finish
from dianmai.core.journal import Committed
from dianmai.core.vital import start_vital
from dianmai.edge.numbers import Numbers

log = structlog.get_logger()

VERSION = 1
"""Processes of another version neither hear nor are heard: theirs is found by looking."""

LARGEST = 900_000  # a NATS that somebody else runs takes a megabyte
WAITING = 1_000
AGAIN_S = 1.0
PING_S = 5
BUFFER = 8 * 1024 * 1024


class Appended(msgspec.Struct, frozen=True, array_like=True, tag="appended"):
    """What a commit has made of its streams."""

    committed: list[Committed]


class ReadUpTo(msgspec.Struct, frozen=True, array_like=True, tag="read"):
    """How far a person has read a stream, for their other devices."""

    actor: int
    stream: str
    no: int


class EndsAnew(msgspec.Struct, frozen=True, array_like=True, tag="ends_anew"):
    """A session that ends at another time than its open sockets know."""

    actor: int
    credential: int


Hint = Appended | ReadUpTo | EndsAnew
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Hint)


class Bus:
    """One process's place on the bus of an installation."""

    def __init__(self, url: str, installation: str, machine: str, hear: Callable[[Hint], None]) -> None:
        """`machine`: what the processes beside this one have in common."""
        self._url = url
        self._subject = f"dianmai.{VERSION}.{installation}"
        self._machine = machine
        self.numbers: Numbers | None = None
        self._hear = hear
        self._client: Client | None = None
        self._waiting: deque[bytes] = deque(maxlen=WAITING)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether hints come and go at present."""
        return self._client is not None and self._client.is_connected

    @property
    def alive(self) -> bool:
        """Whether nothing has ended that must go on."""
        return self._task is None or not self._task.done()

    def start(self) -> None:
        self._task = start_vital(self._work(), "bus")

    async def stop(self) -> None:
        if self._task is not None:
            await finish([self._task])
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def tell(self, hint: Hint) -> None:
        """Says it to all other processes, if they can be reached."""
        if not self.connected:
            return
        said = _ENCODER.encode(hint)
        if len(said) <= LARGEST:
            self._waiting.append(said)
            self._wake.set()
        elif isinstance(hint, Appended) and len(hint.committed) > 1:
            for commit in hint.committed:
                self.tell(Appended([commit]))

    async def _work(self) -> None:
        client = await self._connect()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                try:
                    await client.publish(self._subject, self._waiting.popleft())
                except (Error, OSError) as error:
                    log.warning("a hint was not sent", error=type(error).__name__)
                    self._waiting.clear()

    async def _connect(self) -> Client:
        """A connection that from now on mends itself. A server starts also while NATS is away."""
        failed = False
        while True:
            client = Client()
            try:
                await client.connect(
                    self._url,
                    name="dianmai",
                    no_echo=True,
                    connect_timeout=2,
                    reconnect_time_wait=1,
                    max_reconnect_attempts=-1,
                    ping_interval=PING_S,
                    pending_size=BUFFER,
                    error_cb=_trouble,
                    disconnected_cb=self._left_alone,
                    reconnected_cb=_back,
                )
                await client.subscribe(self._subject, cb=self._heard)  # pyright: ignore[reportUnknownMemberType]
                numbers = Numbers(client, f"{self._subject}.numbers.{self._machine}")
                await numbers.start()
            except (Error, OSError, TimeoutError) as error:
                if not failed:
                    log.warning("the bus is away", error=type(error).__name__)
                failed = True
                await asyncio.sleep(AGAIN_S)
            else:
                telemetry.bus_connected.set(1)
                self._client = client
                self.numbers = numbers
                return client

    async def _left_alone(self) -> None:
        telemetry.bus_connected.set(0)
        if self._client is not None:
            log.warning("the bus is away; looking finds what others do")

    async def _heard(self, message: Msg) -> None:
        try:
            hint = _DECODER.decode(message.data)
        except msgspec.MsgspecError:
            log.warning("a hint cannot be read", bytes=len(message.data))
            return
        try:
            self._hear(hint)
        except Exception:
            log.exception("hearing a hint failed")


async def _trouble(error: Exception) -> None:
    log.debug("trouble with the bus", error=type(error).__name__)


async def _back() -> None:
    telemetry.bus_connected.set(1)
    log.info("the bus is back")
