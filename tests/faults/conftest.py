"""The controls are for the night: they prove that the rounds would see a loss, which no ordinary change can undo."""

import os

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("DIANMAI_NIGHTLY"):
        return
    here = [item for item in items if "tests/faults" in item.path.as_posix() and item.get_closest_marker("control")]
    if here:
        config.hook.pytest_deselected(items=here)
        items[:] = [item for item in items if item not in here]
