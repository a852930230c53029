"""Who has read a message, whom it has reached, and who is typing."""

from typing import Annotated, Literal

import msgspec

from dianmai.wire.base import Ask, Count, Id, Limit, StreamName, Told
from dianmai.wire.frames import ReadTo
from dianmai.wire.org import PersonBrief


class GetReaders(Ask, frozen=True):
    """Who has read a message, or has not. `unit`: only people of this unit (0: of none)."""

    stream: StreamName
    seq: Id
    state: Literal["unread", "read"] = "unread"
    unit: Count | None = None
    after: Count = 0
    limit: Limit = 100


class UnitReaders(Told, frozen=True):
    """How many of a unit's people (by their main position) have read a message; `unit` 0: those of none."""

    unit: int
    name: str
    read: int
    unread: int


class Readers(Told, frozen=True):
    """`units` come with the first page of all, those with most non-readers first."""

    read: int
    unread: int
    people: list[PersonBrief]
    units: list[UnitReaders] = []
    next: int | None = None


class Watch(Ask, frozen=True):
    stream: StreamName


class Watched(Told, frozen=True):
    """How far the others have come. Not `live`: nothing will be heard, the group is too large for that."""

    live: bool
    marks: list[ReadTo] = []


class Deliver(Ask, frozen=True):
    """The device has stored these direct conversations up to these `no`."""

    upto: Annotated[dict[StreamName, Count], msgspec.Meta(max_length=200)]


class Delivered(Told, frozen=True):
    """Those that have moved by it, and up to where."""

    upto: dict[str, int]


class Typing(Ask, frozen=True):
    stream: StreamName
