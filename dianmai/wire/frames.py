"""The socket's frames. One JSON text frame each, told apart by `t`.

A client says hello once, then `do`s operations, each answered by `done` or `error` with its `ref`. The server speaks
unasked in `entries`, `streams`, `seen` and `counts`, and to who watches a stream in `marks` and `whisper`. Unknown
server frames must be ignored by clients (N−1 rule).
"""

from typing import Annotated, Literal

import msgspec

from dianmai.wire.base import Ask, Millis, Nonce, Told
from dianmai.wire.sync import StreamState

PROTOCOL_VERSION = 1
OLDEST_VERSION = 1
CAPABILITIES = ("entries", "streams", "seen", "counts")

Ref = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Hello(Ask, frozen=True, tag_field="t", tag="hello"):
    """First frame of a client: the protocol version it speaks and what it can take."""

    version: Annotated[int, msgspec.Meta(ge=0, le=1_000)]
    capabilities: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=40)] = []
    language: Literal["zh-CN", "en"] = "zh-CN"


class Do(Ask, frozen=True, tag_field="t", tag="do"):
    """Asks for an operation. `nonce` makes a repeat harmless; operations that change something require it."""

    ref: Ref
    op: Annotated[str, msgspec.Meta(min_length=3, max_length=60)]
    body: msgspec.Raw = msgspec.Raw(b"{}")
    nonce: Nonce | None = None


class Welcome(Told, frozen=True, tag_field="t", tag="welcome"):
    """Answers hello. From here on the socket hears its streams; what came before is fetched by `sync.catch_up`."""

    version: int
    capabilities: list[str]
    person: int
    credential: int
    now: Millis


class Done(Told, frozen=True, tag_field="t", tag="done"):
    ref: int
    answer: msgspec.Raw


class Refused(Told, frozen=True, tag_field="t", tag="error", omit_defaults=True):
    """An operation (or, without `ref`, a frame) was refused. `message` is in the person's language."""

    code: str
    message: str
    request_id: str
    ref: int | None = None
    field: str | None = None
    limit: int | None = None
    retryable: bool = False
    retry_after_ms: int | None = None


class Entries(Told, frozen=True, tag_field="t", tag="entries"):
    """New entries of one stream, in seq order, without holes against the last batch sent on this socket."""

    stream: str
    entries: list[msgspec.Raw]


class Streams(Told, frozen=True, tag_field="t", tag="streams"):
    """The list of streams this person hears changed: streams joined (with their state) and streams left."""

    joined: list[StreamState] = []
    left: list[str] = []


class Seen(Told, frozen=True, tag_field="t", tag="seen"):
    """This person's read cursor moved, perhaps on another device."""

    stream: str
    no: int


class Counts(Told, frozen=True, tag_field="t", tag="counts"):
    """Numbers of a counts-only stream moved (at most once a second): refetch the board if it is open.

    `counts` is empty for who may see only a part of them, and when what the person may see has changed: such a socket
    hears no more of them until it has asked for the board again.
    """

    stream: str
    seq: int
    counts: dict[str, int]


class ReadTo(Told, frozen=True):
    """How far somebody in a stream has come: has `read` up to this `no`, has `got` (a device stored) up to that one.

    `first`: the first seq they may see. In a frame it is left out, and so is what has not moved.
    """

    person: int
    read: int = 0
    got: int = 0
    first: int = 1


class Marks(Told, frozen=True, tag_field="t", tag="marks"):
    """Others have come further in the stream this socket watches (`chat.watch`), at most once a second.

    Without `marks` somebody has, and whoever may know more asks for it.
    """

    stream: str
    marks: list[ReadTo] = []


class Whisper(Told, frozen=True, tag_field="t", tag="whisper"):
    """Somebody says something in passing to whoever watches the stream: kind `typing`. It is stored nowhere."""

    stream: str
    actor: int
    kind: str


ClientFrame = Hello | Do
ServerFrame = Welcome | Done | Refused | Entries | Streams | Seen | Counts | Marks | Whisper
