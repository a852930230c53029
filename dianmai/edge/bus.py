"""The bus between processes: what one has committed, the others hear at once instead of by looking.

It carries hints. They may be lost, doubled, late or out of order, and NATS may be away for days: what counts is in the
database, where everybody looks twice a second (`elsewhere.py`). Nothing is ever acknowledged because of a hint.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from dianmai.core import telemetry
from dianmai.core.journal import Committed
from dianmai.core.vital import finish, start_vital
from dianmai.engines import NotOurs, require_own

log = structlog.get_logger()

VERSION = 1
"""Processes of another version neither hear nor are heard: theirs is found by looking."""

LARGEST = 900_000  # a NATS that somebody else runs takes a megabyte
MOST_WAITING = 8 * 1024 * 1024
AGAIN_S = 1.0
CONNECT_S = 5.0
PING_S = 5


class ConnectionLost(OSError):
    """The connection to NATS has ended."""


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


class GotUpTo(msgspec.Struct, frozen=True, array_like=True, tag="got"):
    """How far a device of a person has stored a stream, for who has it before them."""

    actor: int
    stream: str
    no: int


class Whispered(msgspec.Struct, frozen=True, array_like=True, tag="whispered"):
    """What somebody whispers to who has the stream before them."""

    actor: int
    stream: str
    kind: str


Whispers = GotUpTo | Whispered
"""Said on a subject of their own: processes of a release before know nothing of them, and would complain."""

Hint = Appended | ReadUpTo | EndsAnew | Whispers
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Hint)


Attend = Callable[[Client], Awaitable[None]]


def subject_of(installation: str) -> str:
    """Where the processes of an installation talk."""
    return f"dianmai.{VERSION}.{installation}"


class Bus:
    """One process's place on the bus of an installation."""

    def __init__(
        self, url: str, installation: str, hear: Callable[[Hint], None], *, also: Attend, own: bool = False
    ) -> None:
        """`also` listens for something else on every new connection. `own`: the server at `url` is of this machine and
        account, and whoever else answers there is told nothing.
        """
        self._url = url
        self._own = own
        self._subject = subject_of(installation)
        self._whispers = f"{self._subject}.whispers"
        self._hear = hear
        self._also = also
        self._client: Client | None = None
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._waiting_bytes = 0
        self._lost = False
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

    def tell(self, hint: Hint) -> None:
        """Says it to all other processes, if they can be reached and keep up."""
        if not self.connected:
            return
        said = _ENCODER.encode(hint)
        if len(said) <= min(LARGEST, MOST_WAITING - self._waiting_bytes):
            self._waiting.append((self._whispers if isinstance(hint, Whispers) else self._subject, said))
            self._waiting_bytes += len(said)
            self._wake.set()
        elif isinstance(hint, Appended) and len(hint.committed) > 1 and len(said) > LARGEST:
            for commit in hint.committed:
                self.tell(Appended([commit]))

    async def _work(self) -> None:
        """Connects, and again whenever the connection has ended. A server starts also while NATS is away."""
        away: Exception | None = None
        while True:
            try:
                async with self._connection() as client:
                    if away is not None:
                        log.info("the bus is back")
                    away = None
                    await self._talk(client)
            except (Error, OSError, TimeoutError) as error:
                if away is None or (isinstance(error, NotOurs) and not isinstance(away, NotOurs)):
                    log.warning("the bus is away; looking finds what others do", error=type(error).__name__)
                away = error
            await asyncio.sleep(AGAIN_S)

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Client]:
        self._lost = False
        server, user, password = _guarded(self._url) if self._own else (self._url, None, None)
        client = Client()
        try:
            async with asyncio.timeout(CONNECT_S):
                await client.connect(
                    server,
                    user=user,
                    password=password,
                    name="dianmai",
                    no_echo=True,
                    # The library gives a connection up for some errors and mends it for others; here every end is one.
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    ping_interval=PING_S,
                    error_cb=_trouble,
                    disconnected_cb=self._is_lost,
                    closed_cb=self._is_lost,
                )
                for subject in (self._subject, self._whispers):
                    await client.subscribe(subject, cb=self._heard)  # pyright: ignore[reportUnknownMemberType]
                await self._also(client)
            self._client = client
            telemetry.bus_connected.set(1)
            yield client
        finally:
            self._client = None
            telemetry.bus_connected.set(0)
            self._waiting.clear()
            self._waiting_bytes = 0
            await client.close()

    async def _talk(self, client: Client) -> None:
        while not self._lost:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting and not self._lost:
                subject, said = self._waiting.popleft()
                self._waiting_bytes -= len(said)
                await client.publish(subject, said)
        raise ConnectionLost

    async def _is_lost(self) -> None:
        self._lost = True
        self._wake.set()

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


def _guarded(url: str) -> tuple[str, str, Callable[[], str]]:
    """The address, the account's name and a password that is told to our own server only.

    The library asks for it when the connection stands and nothing has been said on it yet.
    """
    parts = urlsplit(url)
    host, port, secret = parts.hostname or "", parts.port or 0, parts.password or ""

    def password() -> str:
        require_own(port)
        return secret

    return f"nats://{host}:{port}", parts.username or "", password


async def _trouble(error: Exception) -> None:
    log.debug("trouble with the bus", error=type(error).__name__)
