"""In continuous integration a test that guards a promise must run: skipping one of these is a failure there."""

import os
from collections.abc import Generator

import pytest

UNSKIPPABLE = ("browser", "fault", "control")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of such a test into a failure that says why it was skipped."""
    report = yield
    marks = [name for name in UNSKIPPABLE if item.get_closest_marker(name)]
    if os.environ.get("CI") and marks and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"A test marked {', '.join(marks)} must not be skipped under CI. {reason}"
    return report
