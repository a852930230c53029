"""How a device gets level with the server: its list of streams, and the entries after its cursors."""

from typing import Annotated, Any

import msgspec

from dianmai.wire.base import Ask, Count, Id, Limit, Millis, StreamName, Told


class Entry(Told, frozen=True):
    """One line of the journal, as every door shows it.

    `seq` is gapless per stream; `no` counts only what makes a conversation unread. `nonce` lets the author's device
    match its own outbox. `body` belongs to `kind` (`wire/chat.py`, `wire/notices.py`, …). What was
    withdrawn keeps its seq and kind; its body says so. About a `target` the person may not see an entry says nothing:
    its body is empty.
    """

    stream: str
    seq: int
    at: Millis
    actor: int
    kind: str
    body: dict[str, Any]
    no: int | None = None
    nonce: str | None = None
    target: int | None = None


class StreamState(Told, frozen=True):
    """One stream a person hears: where it stands and how far the person has read."""

    stream: str
    head: int  # last seq
    head_no: int  # last no
    read_no: int
    first: int = 1  # the first seq this person may see
    muted: bool = False


class CatchUp(Ask, frozen=True):
    """The device's cursors: for each stream it keeps, the last seq it has stored."""

    known: Annotated[dict[StreamName, Count], msgspec.Meta(max_length=2_000)] = {}
    limit: Annotated[int, msgspec.Meta(ge=1, le=2_000)] = 500


class CaughtUp(Told, frozen=True):
    """Everything the device lacks, up to `limit` entries.

    `streams` is the list of what the person hears, at most 2,000. When it is `whole`, a stream the device keeps that is
    not in it was left (or is done with) and must be forgotten; otherwise nothing follows from what is not in it.
    `start_over` names streams whose cursor the server cannot continue (ahead of the head, or before what may be seen):
    drop what is stored of them and take the entries given. `more` means: store, move the cursors, ask again.
    """

    streams: list[StreamState]
    whole: bool
    entries: list[Entry]
    start_over: list[str]
    more: bool
    now: Millis


class GetEntries(Ask, frozen=True):
    """A range of one stream, to fill a hole: the entries after `after`, at most `limit`."""

    stream: StreamName
    after: Count
    limit: Limit = 200


class GotEntries(Told, frozen=True):
    entries: list[Entry]
    head: int


class MarkRead(Ask, frozen=True):
    """Moves the read cursor of a stream forward to `no`; going back changes nothing."""

    stream: StreamName
    no: Id


class ReadMark(Told, frozen=True):
    stream: str
    no: int
