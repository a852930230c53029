"""The log is bounded, whatever a client does; and a full disk stops the log, nothing else."""

import logging
import subprocess
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog

from dianmai.core.log_limits import MOST, PERIOD_S, LogLimit
from tests.edge.conftest import Edge

PROVOKED = 10_000


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What is written into the log, by the limits it has in operation."""
    written: list[str] = []

    def write(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
        written.append(str(event["event"]))
        raise structlog.DropEvent

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[LogLimit(), write])
    yield written
    structlog.configure(processors=before)


async def asked(edge: Edge, path: str, times: int) -> set[int]:
    """Statuses of the same request made so many times, without the cost of the network."""
    statuses: set[int] = set()
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.add(message["status"])

    for _ in range(times):
        await edge.app.http(dict(scope), receive, send)
    return statuses


async def test_a_bug_provoked_ten_thousand_times_writes_a_few_lines(
    edge: Edge, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(edge.app.sockets.answering, "answer", broken)
    assert await asked(edge, "/api/trial.whoami", PROVOKED) == {500}
    assert 1 <= lines.count("request failed") <= MOST


async def test_refusals_provoked_ten_thousand_times_write_nothing(edge: Edge, lines: list[str]) -> None:
    assert await asked(edge, "/api/trial.nothing", PROVOKED) == {404}
    assert not lines


def test_the_next_line_says_how_many_were_left_out() -> None:
    now = 1_000.0
    limit = LogLimit(lambda: now)
    said = [limit.left_out("error failed") for _ in range(MOST + 500)]
    assert said == [0] * MOST + [None] * 500
    assert limit.left_out("error something else") == 0
    now += PERIOD_S
    assert limit.left_out("error failed") == 500


def test_lines_of_libraries_are_counted_by_the_place_that_writes_them(caplog: pytest.LogCaptureFixture) -> None:
    now = 1_000.0
    logger, limit = logging.getLogger("trial"), LogLimit(lambda: now)
    logger.addFilter(limit.filter)
    try:
        for n in range(MOST + 501):
            if n == MOST + 500:
                now += PERIOD_S
            logger.error(f"Task <Task name={n}> was destroyed, at %d%%", n)  # as libraries do
    finally:
        logger.removeFilter(limit.filter)
    assert len(caplog.messages) == MOST + 1
    assert caplog.messages[-1] == "Task <Task name=520> was destroyed, at 520% (left_out=500)"


FULL = """
import logging, structlog, sys
from dianmai.core import telemetry
sys.stderr = open("/dev/full", "w", buffering=1)
telemetry.configure("info")
structlog.get_logger().warning("nobody will read this")
logging.getLogger("asyncpg").error("nor this")
print("went on")
sys.stderr = sys.__stderr__
"""


def test_a_full_disk_stops_the_log_and_nothing_else() -> None:
    done = subprocess.run([sys.executable, "-c", FULL], capture_output=True, check=True, text=True)
    assert done.stdout == "went on\n"
    assert "Traceback" not in done.stderr
