"""Forwarding: what was said in one conversation, carried on into others."""

from typing import Annotated

import msgspec

from dianmai.wire.base import Ask, Id, Millis, StreamName, Text, Told
from dianmai.wire.files import FileRef


class Forward(Ask, frozen=True):
    """Forwards messages of a conversation to others: each by itself, or `merged` into one. Needs a nonce.

    `text` is a line of one's own, which follows as a message of its own.
    """

    stream: StreamName
    seqs: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=50)]
    to: Annotated[list[StreamName], msgspec.Meta(min_length=1, max_length=9)]
    merged: bool = False
    text: Text | None = None


class Forwarded(Told, frozen=True):
    """Where the words of a message come from: who wrote them first, and when."""

    author: int
    name: str
    at: Millis


class Excerpt(Told, frozen=True):
    """One of several messages forwarded as one, as it was when it was forwarded. Itself may have been several."""

    author: int
    name: str
    at: Millis
    text: str = ""
    pictures: list[FileRef] = []
    files: list[FileRef] = []
    forwarded: Forwarded | None = None
    merged: list["Excerpt"] = []
    markdown: bool = False  # its text is shown with its headings, lists and the like
