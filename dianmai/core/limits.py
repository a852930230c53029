"""Limits that no field's schema can say: how often, how many, how much. Declared where they are enforced.

`docs/api/limits.md` and the OpenAPI document are made from what is declared here.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple


class Limit(NamedTuple):
    """At most `most` of `what`, `per` something; beyond that `code`. `operations`: those that may be refused by it."""

    what: str
    most: int
    per: str
    code: str
    operations: Sequence[str] = ()


_declared: Final[list[Limit]] = []


def declare(*limits: Limit) -> None:
    """Says that these limits hold."""
    _declared.extend(limit for limit in limits if limit not in _declared)


def declared() -> Sequence[Limit]:
    """Every limit, for the documentation and its tests."""
    return sorted(_declared)
