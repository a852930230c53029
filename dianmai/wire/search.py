"""Searching what was said: messages, files and notices."""

from typing import Annotated, Literal

import msgspec

from dianmai.wire.base import Ask, Count, Id, Millis, Query, StreamName, Told
from dianmai.wire.files import FileRef
from dianmai.wire.org import PersonBrief

FoundKind = Literal["message", "file", "notice"]
SearchOrder = Literal["best", "newest"]


class After(Ask, frozen=True):
    """Where the next page begins: what `next` of the page before said."""

    points: Count
    at: Annotated[int, msgspec.Meta(ge=-(2**45), le=2**45)]
    stream: StreamName
    seq: Id
    file: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Search(Ask, frozen=True):
    """Searches what the person may read. All words of `text` must be there."""

    text: Query
    kind: FoundKind | None = None
    stream: StreamName | None = None  # within one conversation
    person: Id | None = None  # said by
    unit: Id | None = None  # said by people who belong to it or to a unit below
    since: Annotated[int, msgspec.Meta(ge=0, le=2**45)] | None = None  # milliseconds
    until: Annotated[int, msgspec.Meta(ge=0, le=2**45)] | None = None  # milliseconds, not included
    order: SearchOrder = "best"
    after: After | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20


class Mark(Told, frozen=True):
    """A stretch of text to be highlighted, in code points."""

    start: int
    length: int


class Hit(Told, frozen=True):
    """Something found, with the part of its text around what was searched for.

    `title` is a notice's title or a file's name. `before` and `behind` say whether the text goes on on that side.
    """

    kind: FoundKind
    stream: str
    seq: int
    at: Millis
    author: int
    text: str = ""
    marks: list[Mark] = []
    title: str = ""
    title_marks: list[Mark] = []
    before: bool = False
    behind: bool = False
    no: int | None = None
    file: FileRef | None = None


class Next(Told, frozen=True):
    """Goes into `after` as it is."""

    points: int
    at: Millis
    stream: str
    seq: int
    file: str = ""


class Hits(Told, frozen=True):
    """A page of what was found. Without `next` it is the last one."""

    hits: list[Hit]
    people: list[PersonBrief]  # authors
    next: Next | None = None
