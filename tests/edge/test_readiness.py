"""When a server says it is ready, and when it believes that the database is away."""

import asyncio
import contextlib
import time

import pytest
import structlog

from dianmai.core.vital import start_vital
from dianmai.edge import elsewhere
from tests.edge.conftest import Edge


async def dies() -> None:
    raise RuntimeError("a bug")


async def test_a_vital_task_that_ended_is_logged_and_turns_readiness_red(edge: Edge) -> None:
    assert (await edge.http("GET", "/health/ready")).json == {"status": "ok"}
    await edge.app.jobs.stop()
    with structlog.testing.capture_logs() as logs:
        edge.app.jobs._task = start_vital(dies(), "jobs")
        ready = await edge.http("GET", "/health/ready")
    assert (ready.status, ready.json) == (503, {"status": "task_ended"})
    assert [(e["event"], e["task"]) for e in logs if e["log_level"] == "critical"] == [
        ("a vital task has ended", "jobs")
    ]


async def test_stopping_a_vital_task_is_no_trouble() -> None:
    with structlog.testing.capture_logs() as logs:
        task = start_vital(asyncio.Event().wait(), "waits")
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert logs == []


async def test_a_busy_loop_does_not_take_the_database_for_dead(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    pulse = edge.app.sockets.elsewhere
    monkeypatch.setattr(elsewhere, "TURN_S", 0.001)

    async def hog() -> None:
        while True:
            time.sleep(0.02)  # noqa: ASYNC251 - it is the loop that is kept busy
            await asyncio.sleep(0)

    await pulse._look_patiently()
    busy = asyncio.create_task(hog())
    try:
        for _ in range(3):
            await pulse._look_patiently()
    finally:
        busy.cancel()


async def test_a_database_that_is_silent_is_given_up(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    pulse = edge.app.sockets.elsewhere
    monkeypatch.setattr(elsewhere, "TURN_S", 0.001)

    async def silent() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(pulse, "_look", silent)
    with pytest.raises(TimeoutError):
        await pulse._look_patiently()


async def test_an_operator_can_tell_the_connections_apart(edge: Edge) -> None:
    (ann,) = await edge.people(1)
    await edge.stream("chat:1", [ann])
    said = await (await edge.socket(ann)).do("trial.say", {"stream": "chat:1", "text": "在"}, "nonce-0001")
    assert said["t"] == "done"
    rows = await edge.app.engine.database.pool.fetch(
        "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"
    )
    assert {"dianmai", "dianmai journal", "dianmai looking"} <= {row["application_name"] for row in rows}
