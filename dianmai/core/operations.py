"""Operations: one struct and one async function each. Every door leads here; there is no second API.

* `reading`    looks things up; changes nothing.
* `appending`  decides and returns drafts; the group commit appends them and re-checks what it decided on.
* `writing`    owns a transaction, opened and committed by the engine.
* `gathering`  returns an item (a receipt, a read cursor); items of half a second are written with one statement.

An operation does no I/O but through `act.db`: it may be run again.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, get_type_hints

import msgspec

from dianmai.core.access import Actor
from dianmai.core.db import Queries
from dianmai.core.errors import Language, NotFound
from dianmai.core.journal import Draft, Placed, StreamGuard
from dianmai.core.transactions import Transaction

if TYPE_CHECKING:
    from dianmai.core.gathering import Gatherer
    from dianmai.core.streams import Streams

AskT = TypeVar("AskT")
AnswerT = TypeVar("AnswerT")
ItemT = TypeVar("ItemT")
Kind = Literal["reading", "appending", "writing", "gathering"]


class Watch(msgspec.Struct, frozen=True):
    """The asking socket has a stream before it: it hears from now on, of this stream and no other, how far others have
    read. Without `marks` it hears only that somebody has; with `whispers` also what is said besides. None: of none at
    all any more.
    """

    stream: str | None
    marks: bool = False
    whispers: bool = False


class Got(msgspec.Struct, frozen=True):
    """A device of the acting person has stored a stream up to this `no`."""

    stream: str
    no: int


class Whisper(msgspec.Struct, frozen=True):
    """Said to who has the stream before them just now, and stored nowhere."""

    stream: str
    kind: str


Aside = Watch | Got | Whisper
"""What is to be done besides answering."""


class Act(msgspec.Struct):
    """One carrying-out of one operation: who asks, when, from where, and what it may touch.

    `now` is the database's time. `db` reads; in a writing operation it is the transaction. `listens` are streams the
    asking socket shall hear counts of from now on; `marks` how far the person has read, for their other devices;
    `session` and `device` are tokens the door must hand to the browser as cookies. `device_token` is what the request
    shows of the device it comes from; nobody has checked it yet.
    """

    actor: Actor
    now: datetime
    db: Queries
    streams: "Streams"
    address: str = ""
    nonce: str | None = None
    listens: dict[str, bool] = msgspec.field(default_factory=dict[str, bool])
    marks: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    session: str | None = None
    session_ended: bool = False
    device_token: str | None = None
    device: str | None = None
    transaction: Transaction | None = None
    asides: list[Aside] | None = None

    @property
    def language(self) -> Language:
        return self.actor.language

    @property
    def tx(self) -> Transaction:
        """The transaction of a writing operation."""
        if self.transaction is None:
            raise RuntimeError("only writing operations have a transaction")
        return self.transaction

    def listen(self, stream: str, *, numbers: bool) -> None:
        """Lets the asking socket hear that a counts-only stream moves; with `numbers`, also the counts themselves."""
        self.listens[stream] = numbers

    def seen(self, stream: str, no: int) -> None:
        """Lets the person's other devices know how far the person has read a stream."""
        self.marks[stream] = no

    def aside(self, aside: Aside) -> None:
        """Does this, too, once it is answered."""
        self.asides = [*(self.asides or ()), aside]

    def set_session(self, token: str) -> None:
        """Hands a new session's token to the door: a browser gets it as a cookie."""
        self.session = token

    def end_session(self) -> None:
        """Tells the door to forget the browser's cookie."""
        self.session_ended = True

    def set_device(self, token: str) -> None:
        """Hands a shared device's token to the door: a browser keeps it beside the session's cookie."""
        self.device = token

    def forget_device(self) -> None:
        """Tells the door to forget the browser's cookie of a shared device."""
        self.device = ""


class Append(msgspec.Struct, Generic[AnswerT], frozen=True):
    """What an appending operation decided: entries, what the decision rests on, and the answer once they are placed.

    Without entries (it is so already) it rests on something all the same, so that access is checked like anybody's.
    """

    drafts: Sequence[Draft]
    answer: Callable[[Sequence[Placed]], AnswerT]
    guards: Sequence[StreamGuard] = ()


@dataclass(frozen=True, slots=True)
class Gather(Generic[ItemT]):
    """An item for a gatherer; its answer is the operation's. `then` is told the answer once it is committed."""

    into: "Gatherer[ItemT, Any]"
    item: ItemT
    then: Callable[[Any], None] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A registered operation: its name on every door, what it takes and answers, and how it runs.

    `http_only`: it hands the browser a cookie, which no other door can. `by_itself`: devices do it when nobody is
    there, so it is no use of a session. `on_reserve`: it is carried out also when the disk is all but full (`room.py`).
    """

    name: str
    kind: Kind
    run: Callable[[Act, Any], Awaitable[Any]]
    ask: type[msgspec.Struct]
    answer: type[msgspec.Struct]
    anonymous: bool
    needs_nonce: bool
    decoder: msgspec.json.Decoder[Any]
    http_only: bool = False
    by_itself: bool = False
    on_reserve: bool = False

    @property
    def manual(self) -> str:
        """The operation's docstring: its API manual."""
        return inspect.getdoc(self.run) or ""


def reading(
    name: str, *, anonymous: bool = False, http_only: bool = False, by_itself: bool = False
) -> Callable[[Callable[[Act, AskT], Awaitable[AnswerT]]], Operation]:
    """Declares an operation that changes nothing."""
    return lambda run: _operation(
        name, "reading", run, anonymous=anonymous, nonce=False, http_only=http_only, by_itself=by_itself
    )


def writing(
    name: str, *, anonymous: bool = False, nonce: bool = True, http_only: bool = False, on_reserve: bool = False
) -> Callable[[Callable[[Act, AskT], Awaitable[AnswerT]]], Operation]:
    """Declares an operation that owns a transaction. `nonce=False` only where a repeat is harmless by nature:
    its answer is not remembered.
    """
    return lambda run: _operation(
        name, "writing", run, anonymous=anonymous, nonce=nonce, http_only=http_only, on_reserve=on_reserve
    )


def appending(
    name: str,
) -> Callable[[Callable[[Act, AskT], Awaitable[Append[AnswerT]]]], Operation]:
    """Declares an operation that decides on entries for the group commit."""
    return lambda run: _operation(name, "appending", run, anonymous=False, nonce=True)


def gathering(
    name: str,
    answer: type[msgspec.Struct],
    *,
    anonymous: bool = False,
    http_only: bool = False,
    by_itself: bool = False,
    on_reserve: bool = False,
) -> Callable[[Callable[[Act, AskT], Awaitable[Gather[Any]]]], Operation]:
    """Declares an operation whose items are written together. Idempotent by nature."""
    return lambda run: _operation(
        name,
        "gathering",
        run,
        answer,
        anonymous=anonymous,
        nonce=False,
        http_only=http_only,
        by_itself=by_itself,
        on_reserve=on_reserve,
    )


def _operation(
    name: str,
    kind: Kind,
    run: Callable[[Act, Any], Awaitable[Any]],
    answer: type[msgspec.Struct] | None = None,
    *,
    anonymous: bool,
    nonce: bool,
    **flags: bool,
) -> Operation:
    hints = get_type_hints(run)
    ask = next(hint for key, hint in hints.items() if key not in ("act", "return"))
    if answer is None:
        returned = hints["return"]
        answer = returned.__args__[0] if kind == "appending" else returned
    assert answer is not None
    return Operation(name, kind, run, ask, answer, anonymous, nonce, msgspec.json.Decoder(ask), **flags)


class Operations:
    """The registry: every operation by its name."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._by_name: dict[str, Operation] = {}
        for operation in operations:
            if operation.name in self._by_name:
                raise ValueError(f"operation {operation.name} is registered twice")
            self._by_name[operation.name] = operation

    def __getitem__(self, name: str) -> Operation:
        operation = self._by_name.get(name)
        if operation is None:
            raise NotFound("unknown_operation", field="op")
        return operation

    def all(self) -> Mapping[str, Operation]:
        return self._by_name
