"""The embedded PostgreSQL when it, its supervisor or both are killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from dianmai.engines import EmbeddedPostgres
from dianmai.engines.account import account_for
from dianmai.engines.child import Child
from dianmai.engines.server_log import ServerLog

pytestmark = pytest.mark.fault

SUPERVISOR = """
import asyncio, pathlib, sys
from dianmai.engines import EmbeddedPostgres

async def main():
    postgres = EmbeddedPostgres(pathlib.Path(sys.argv[1]))
    await postgres.start(lambda _: None)
    print(postgres.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something to become true; fails the test when it does not."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 nothing announces what happens in another process
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def count(dsn: str) -> int:
    """How many rows were kept."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("SELECT count(*) FROM kept")
    finally:
        await connection.close()


def test_a_killed_server_comes_back_with_every_row_it_confirmed(data_dir: Path) -> None:
    async def story() -> None:
        postgres = EmbeddedPostgres(data_dir)
        said: list[str] = []
        engine = await postgres.start(said.append)
        back = asyncio.Semaphore(0)
        postgres.on_restart(back.release)
        writer = await asyncpg.connect(engine.dsn)
        await writer.execute("CREATE TABLE kept (number int)")
        for rounds in (1, 2, 3):
            for number in range(50):
                await writer.execute("INSERT INTO kept VALUES ($1)", number)
            assert postgres.pid is not None
            os.kill(postgres.pid, signal.SIGKILL)
            async with asyncio.timeout(30):
                await back.acquire()
            writer.terminate()
            assert await count(engine.dsn) == rounds * 50
            writer = await asyncpg.connect(engine.dsn)
        await writer.close()
        await postgres.stop()
        assert sum("killed by SIGKILL" in line for line in said) == 3

    asyncio.run(story())


def test_a_restart_waits_for_a_busy_process_of_the_killed_server(data_dir: Path) -> None:
    async def story() -> None:
        postgres = EmbeddedPostgres(data_dir)
        engine = await postgres.start(lambda _: None)
        back = asyncio.Event()
        postgres.on_restart(back.set)
        busy = await asyncpg.connect(engine.dsn)
        pid = await busy.fetchval("SELECT pg_backend_pid()")
        os.kill(pid, signal.SIGSTOP)  # cannot notice that the head process is gone
        assert postgres.pid is not None
        os.kill(postgres.pid, signal.SIGKILL)
        async with asyncio.timeout(30):
            await back.wait()
        assert not alive(pid)
        busy.terminate()
        await postgres.stop()

    asyncio.run(story())


def test_a_killed_supervisor_takes_its_server_along_and_the_next_one_starts(data_dir: Path) -> None:
    async def story() -> None:
        supervisor = await asyncio.to_thread(
            subprocess.Popen, [sys.executable, "-c", SUPERVISOR, str(data_dir)], stdout=subprocess.PIPE
        )
        assert supervisor.stdout is not None
        pid = int(await asyncio.to_thread(supervisor.stdout.readline))
        supervisor.kill()
        await asyncio.to_thread(supervisor.wait)
        supervisor.stdout.close()
        postgres = EmbeddedPostgres(data_dir)  # at once: it waits for the former server by itself
        await postgres.start(lambda _: None)
        assert not alive(pid)
        await postgres.stop()

    asyncio.run(story())


def test_a_server_without_its_supervisor_is_ended_before_a_new_one_starts(data_dir: Path) -> None:
    async def story() -> None:
        account = account_for(data_dir / "postgres")
        first = EmbeddedPostgres(data_dir)
        engine = await first.start(lambda _: None)
        await first.stop()
        log = ServerLog(data_dir / "log").open()
        orphan = Child(
            [str(engine.programs / "postgres"), "-D", str(data_dir / "postgres")], account=account, output=log
        )
        os.close(log)
        await until((data_dir / "postgres" / "postmaster.pid").exists)
        second = EmbeddedPostgres(data_dir)
        said: list[str] = []
        await second.start(said.append)
        assert orphan.ended
        assert second.pid != orphan.pid
        assert any("former PostgreSQL" in line for line in said)
        await second.stop()

    asyncio.run(story())


def test_a_stale_process_file_whose_number_is_another_program_by_now(data_dir: Path) -> None:
    async def story() -> None:
        account = account_for(data_dir / "postgres")
        null = os.open(os.devnull, os.O_WRONLY)
        # The same account, or PostgreSQL itself would see that it cannot be its former self.
        stranger = Child(["/bin/sleep", "120"], account=account, output=null)
        os.close(null)
        cluster, run = data_dir / "postgres", data_dir / "run"
        lines = [str(stranger.pid), str(cluster), "1700000000", "5432", str(run), "", "", "ready   "]
        (cluster / "postmaster.pid").write_text("\n".join(lines) + "\n")
        (run / ".s.PGSQL.5432.lock").write_text("\n".join(lines[:5]) + "\n")
        postgres = EmbeddedPostgres(data_dir)
        await postgres.start(lambda _: None)
        assert not stranger.ended
        await postgres.stop()
        stranger.send(signal.SIGKILL)
        await stranger.wait()

    asyncio.run(story())


def test_a_cancelled_start_leaves_nothing_running(data_dir: Path) -> None:
    async def story() -> None:
        postgres = EmbeddedPostgres(data_dir)
        starting = asyncio.create_task(postgres.start(lambda _: None))
        noted = data_dir / "postgres" / "postmaster.pid"
        await until(lambda: noted.exists() and noted.read_text() != "")
        pid = int(noted.read_text().split()[0])
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert not alive(pid)
        again = EmbeddedPostgres(data_dir)
        await again.start(lambda _: None)
        await again.stop()

    asyncio.run(story())
