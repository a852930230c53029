"""What is searched for garbage, and when."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from dianmai.app.garbage import HOUR_S, Garbage


class Circle:
    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_what_lives_is_put_aside_and_searched_once_an_hour() -> None:
    now = [0.0]
    garbage = Garbage(clock=lambda: now[0])
    circle = Circle()
    seen = weakref.ref(circle)
    before = gc.get_freeze_count()
    garbage.tidy()
    assert gc.get_freeze_count() > before
    del circle
    now[0] = HOUR_S - 1
    garbage.tidy()
    assert seen() is not None
    now[0] = HOUR_S
    garbage.tidy()
    assert seen() is None


def test_what_dies_young_in_a_circle_goes_with_the_next_tidying() -> None:
    garbage = Garbage(clock=lambda: 0.0)
    seen = weakref.ref(Circle())
    garbage.tidy()
    assert seen() is None
