"""The journal's words: drafts to be appended, entries in their place, what a commit made of a stream.

One append-only log of entries in streams. Appending is publishing: whoever must know follows.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import asyncpg
import msgspec

from dianmai.core import ledger
from dianmai.core.clock import millis
from dianmai.core.errors import Conflict, NotAllowed


class Draft(msgspec.Struct, frozen=True, gc=False):
    """An entry to be appended. `counts`: it makes the stream unread (gets a `no`). `body`: a wire struct or its JSON.

    `actor` and `nonce` default to those of the operation; followers and timers derive theirs.
    """

    stream: str
    kind: str
    body: msgspec.Struct | bytes
    counts: bool = False
    target: int | None = None
    actor: int | None = None
    nonce: str | None = None


class StreamGuard(msgspec.Struct, frozen=True, gc=False):
    """What an operation decided on: the stream's members as of `member_epoch`."""

    stream: str
    member_epoch: int


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An entry in its place. `raw` is its wire JSON, encoded once for the database, every socket and the bus."""

    stream: str
    seq: int
    no: int | None
    at: datetime
    actor: int
    nonce: str
    kind: str
    target: int | None
    body: bytes
    raw: bytes
    lane: int = 0
    pos: int = 0


class Committed(msgspec.Struct, frozen=True):
    """What became of one stream in one commit: its new entries in order, and who hears them.

    `entries` is empty where only members changed; `head` is the stream's last seq either way. `moved` are the actors
    who joined or left, as far as this process made them; all who hear the stream, from its start, where it is
    `founded` by this commit.
    """

    stream: str
    heard_by: str
    member_epoch: int
    head: int
    entries: Sequence[Placed]
    moved: frozenset[int] = frozenset()
    founded: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """A new stream: who hears it, and whether it lasts. What does not last stands behind the rest in people's lists."""

    heard_by: str
    lasting: bool


@dataclass(slots=True)
class MemberChange:
    join: list[int] = field(default_factory=list)
    leave: list[int] = field(default_factory=list)
    unlist: list[int] = field(default_factory=list)
    from_start: bool = False
    rules: str | None = None


class Line(msgspec.Struct, frozen=True, gc=False):
    """A draft with its author: one line of a batch."""

    draft: Draft
    actor: int
    nonce: str
    part: int
    body: bytes


class Fold(NamedTuple):
    """What a feature writes beside entries of one kind, in the append's own transaction.

    `concerns` says of a body whether there is anything to write: what goes without saves the transaction.
    """

    concerns: Callable[[bytes], bool]
    write: Callable[[asyncpg.Connection, Sequence[Placed]], Awaitable[None]]


def folded(*folds: Fold) -> Fold:
    """Several of them for one kind; each is given what concerns it."""

    def concerns(body: bytes) -> bool:
        return any(fold.concerns(body) for fold in folds)

    async def write(connection: asyncpg.Connection, placed: Sequence[Placed]) -> None:
        for fold in folds:
            if own := [entry for entry in placed if fold.concerns(entry.body)]:
                await fold.write(connection, own)

    return Fold(concerns, write)


class StaleGuard(Exception):
    """The members a decision rests on have changed: decide again."""

    def __init__(self, streams: set[str]) -> None:
        super().__init__(streams)
        self.streams = streams


def encode_body(body: msgspec.Struct | bytes) -> bytes:
    return body if isinstance(body, bytes) else msgspec.json.encode(body)


def wire_json(
    stream: str,
    seq: int,
    no: int | None,
    at: datetime,
    actor: int,
    nonce: str,
    kind: str,
    target: int | None,
    body: bytes,
) -> bytes:
    """An entry as every door shows it. All text fields are plain ASCII by their rules.

    In the order of `wire.sync.Entry`. Fan-out and catching up answer these very bytes.
    """
    head = f'{{"stream":"{stream}","seq":{seq},"at":{millis(at)},"actor":{actor},"kind":"{kind}","body":'
    tail = f',"no":{no}' if no is not None else ""
    tail += f',"nonce":"{nonce}"'
    if target is not None:
        tail += f',"target":{target}'
    return b"%b%b%b}" % (head.encode(), body, tail.encode())


NOTHING_SAID = b"{}"


def withheld(entry: Placed) -> Placed:
    """An entry as whoever hears it who may not see the one it is about: that it is there, and nothing of what it says.

    So is a message edited that was said before somebody joined.
    """
    raw = wire_json(
        entry.stream, entry.seq, entry.no, entry.at, entry.actor, entry.nonce, entry.kind, entry.target, NOTHING_SAID
    )
    return msgspec.structs.replace(entry, body=NOTHING_SAID, raw=raw)


def same_deed(kind: str, target: int | None, draft: Draft) -> None:
    """Refuses a nonce that comes back for something else: one that changes another entry, or does so in another way."""
    if (kind, target) != (draft.kind, draft.target):
        raise Conflict("idempotency_conflict")


def same_content(salt: bytes, stored_hash: bytes, body: bytes) -> None:
    """Refuses a nonce that comes back with another content."""
    if ledger.body_hash(salt, body) != stored_hash:
        raise Conflict("idempotency_conflict")


def refuse_ended(credential: int | None, alive: Collection[int]) -> None:
    """Refuses a credential that is not (or no longer) alive."""
    if credential is not None and credential not in alive:
        raise NotAllowed("session_revoked", status=401)
