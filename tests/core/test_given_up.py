"""Jobs that are given up are said, counted, and tried once more by the next server."""

import asyncio
from datetime import datetime, timedelta

import pytest
import structlog

from dianmai.core import jobs, telemetry
from dianmai.core.engine import Engine
from dianmai.core.jobs import GivenUp, Job, Jobs
from dianmai.core.transactions import Transaction


async def plan(tx: Transaction) -> None:
    await jobs.schedule(tx, "trial", "k", tx.now)


async def counted(node: Jobs) -> float | None:
    await node._count_given_up()
    return telemetry.registry.get_sample_value("dianmai_jobs_given_up")


async def test_a_job_that_keeps_failing_is_given_up_said_once_and_counted(core: Engine) -> None:
    async def carry_out(tx: Transaction, key: str, due: datetime, sent: bytes) -> None:
        raise ValueError("the printer is on fire")

    await core.write(plan)
    node = Jobs(core, [Job("trial", carry_out)], ahead=timedelta(hours=1))
    assert await counted(node) == 0
    with structlog.testing.capture_logs() as logs:
        for _ in range(jobs.ATTEMPTS):
            assert await node.step()
        assert not await node.step()
    said = [e for e in logs if e["event"] == "job given up"]
    assert [(e["kind"], e["key"], e["log_level"]) for e in said] == [("trial", "k", "error")]
    assert await jobs.given_up(core.database.pool) == [GivenUp("trial", "k", "the printer is on fire")]
    assert await counted(node) == 1


async def test_a_job_whose_statement_never_comes_to_an_end_fails_like_any_other(core: Engine) -> None:
    async def carry_out(tx: Transaction, key: str, due: datetime, sent: bytes) -> None:
        await tx.db.execute("SET LOCAL statement_timeout = 20")
        await tx.db.execute("SELECT pg_sleep(10)")

    await core.write(plan)
    node = Jobs(core, [Job("trial", carry_out)])
    assert await node.step()
    assert await core.database.pool.fetchval("SELECT attempts FROM job WHERE kind = 'trial'") == 1
    assert not await node.step()


async def test_the_next_server_tries_it_once_more(core: Engine) -> None:
    done: list[str] = []

    async def carry_out(tx: Transaction, key: str, due: datetime, sent: bytes) -> None:
        done.append(key)

    await core.write(plan)
    await core.database.pool.execute("UPDATE job SET attempts = $1 WHERE kind = 'trial'", jobs.ATTEMPTS)
    node = Jobs(core, [Job("trial", carry_out)], ahead=timedelta(hours=1))
    assert not await node.step()
    await node._try_given_up_again()
    assert await node.step()
    assert done == ["k"]
    assert await counted(node) == 0


async def test_a_database_that_is_away_is_waited_for_without_alarm(
    core: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = asyncio.Event()

    async def away() -> None:
        tried.set()
        raise ConnectionRefusedError

    node = Jobs(core, [])
    monkeypatch.setattr(node, "_try_given_up_again", away)
    with structlog.testing.capture_logs() as logs:
        node.start()
        await tried.wait()
        await node.stop()
    assert [(e["event"], e["log_level"]) for e in logs] == [("jobs wait", "warning")]
