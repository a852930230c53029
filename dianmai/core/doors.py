"""Doors for standards: what a feature needs beside operations (uploads, exports, later SCIM, iCalendar).

A feature declares a door; the edge mounts the list that `app` hands it. There are no other routes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from dianmai.core.operations import Act


@dataclass(frozen=True, slots=True)
class Knock:
    """A request at a door. `body` yields the bytes as they come, never more than the door's limit."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a door answers: whole bytes or a stream of them."""

    body: bytes | AsyncIterator[bytes]
    media_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Door:
    """Method and path (`/files/{file}`), the most bytes it takes, and its async function.

    `writes` doors get a transaction like a writing operation (their body is read before it begins).
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    open: Callable[[Act, Knock], Awaitable[Reply]]
    max_bytes: int = 0
    writes: bool = False
