"""How bugs are planted: each is named after its function, and stands in `PLANTED`."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

Plant = Callable[[ExitStack], None]
PLANTED: dict[str, Plant] = {}


def plant(bug: Plant) -> Plant:
    PLANTED[bug.__name__] = bug
    return bug


@contextmanager
def planted(name: str) -> Generator[None]:
    """Runs with one of them."""
    with ExitStack() as stack:
        PLANTED[name](stack)
        yield


def put(stack: ExitStack, owner: Any, name: str, value: Any) -> None:
    """In the place of what is there, until the stack is left."""
    stack.enter_context(patch.object(owner, name, value))
