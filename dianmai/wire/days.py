"""The days of a conversation."""

from typing import Annotated

import msgspec

from dianmai.wire.base import Ask, Millis, StreamName, Told
from dianmai.wire.groups import End


class GetDays(Ask, frozen=True):
    """On which days something was said. A day reaches from one of `edges` to the next."""

    stream: StreamName
    edges: Annotated[list[End], msgspec.Meta(min_length=2, max_length=63)]


class Day(Told, frozen=True):
    """A day on which something was said: its edge, its first message, how many there are."""

    at: Millis
    no: int
    messages: int


class Days(Told, frozen=True):
    days: list[Day]
    first: Millis = 0  # when the first message that the person may see was sent
