"""Rows as asyncpg shows them."""

from collections.abc import Generator
from typing import Any

from tests.sim.tables import Key

Waiting = Generator[Key, bool | None, Any]
"""Yields the rows it must hold; `idle stream` is answered whether nobody else holds it."""


class Row(tuple[Any, ...]):
    """As asyncpg's, by place."""

    __slots__ = ()


class Named(Row):
    """As asyncpg's: by place and by name."""

    __slots__ = ()
    places: dict[str, int] = {}

    def __getitem__(self, at: Any) -> Any:
        return tuple.__getitem__(self, self.places[at] if at.__class__ is str else at)


def row(*names: str) -> type[Row]:
    return type("Row", (Named,), {"places": {name: at for at, name in enumerate(names)}, "__slots__": ()})


One = row("value")
Found = row("stream", "actor", "nonce", "part", "seq", "no", "at", "salt", "body_hash", "kind", "target")
Journal = row(
    "stream", "seq", "no", "at", "actor", "nonce", "kind", "target", "body", "lane", "pos", "heard_by", "member_epoch"
)
Missed = row("place", "stream", "seq", "no", "at", "actor", "nonce", "kind", "target", "body")
Request = row("digest", "answer")
Session = row("id", "actor", "kind", "alive", "expires_at", "expired", "stale")


def one(value: Any) -> list[Row]:
    return [One((value,))]
