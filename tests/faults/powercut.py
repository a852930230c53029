"""Power cuts: what the disk holds at a random instant is booted, and must hold everything acknowledged before it.

`kill -9` cannot show a missing fsync, since the system's page cache outlives the process. Here the database lies on
ext4 in a loop file; the file is copied while PostgreSQL stands still, without asking the filesystem to write anything.
What was only in the page cache of that ext4 is not in the copy, as after a power cut.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from bench import serving
from dianmai.engines import EmbeddedPostgres, EngineError
from tests.faults import disks
from tests.faults.crew import Crew, at_work, say
from tests.faults.killing import halt, wake
from tests.faults.rig import NO_SETTINGS

IMAGE_MIB = 800
BETWEEN_S = (0.3, 1.2)


@dataclass
class Cuts:
    """What became of all cuts."""

    cuts: int
    acked: int
    lost: int
    gaps: int

    def figures(self) -> dict[str, int]:
        return {"cuts": self.cuts, "acked": self.acked, "lost": self.lost, "gaps": self.gaps}


async def run(cuts: int, seed: int, settings: Mapping[str, str] = NO_SETTINGS) -> Cuts:
    """Cuts the power so often while people write; counts what was acknowledged and is not there."""
    chance = random.Random(seed)
    found = Cuts(cuts, 0, 0, 0)
    say(f"{cuts} power cuts, seed {seed}")
    with serving.place() as place, disks.ext4(place / "disk.img", place / "disk", IMAGE_MIB) as disk:
        async with (
            _serving(place, disk, settings) as (postgres, port, dsn),
            at_work(dsn, [port], chance) as crew,
        ):
            for number in range(1, cuts + 1):
                await asyncio.sleep(chance.uniform(*BETWEEN_S))
                acknowledged = await _cut(postgres, place, crew)
                await crew.all_acknowledge()
                try:
                    lost, gaps = await _booted(place, acknowledged)
                except (EngineError, asyncpg.PostgresError) as error:
                    say(f"cut {number} left no database: {error}")
                    lost, gaps = len(acknowledged), 0
                say(f"cut {number}: {len(acknowledged)} acknowledged, {lost} lost, {gaps} gaps")
                found.acked += len(acknowledged)
                found.lost += lost
                found.gaps += gaps
    return found


async def _cut(postgres: EmbeddedPostgres, place: Path, crew: Crew) -> dict[tuple[str, str], int]:
    """Copies the disk as it is this instant. Answers what was acknowledged before: nonces and their places."""
    assert postgres.pid is not None
    halt([postgres.pid])
    try:
        acknowledged = {(m.stream, m.nonce): m.seq for w in crew.writers for m in w.written if m.seq is not None}
        await asyncio.to_thread(_copy, place / "disk.img", place / "cut.img")
    finally:
        wake([postgres.pid])
    return acknowledged


async def _booted(place: Path, acknowledged: Mapping[tuple[str, str], int]) -> tuple[int, int]:
    """Starts a database from the copy. What was acknowledged and is not there; holes in what is there."""
    with disks.ext4(place / "cut.img", place / "cut") as disk:
        # It names a process that is still there only because this machine has not really been off.
        (disk / "database" / "postgres" / "postmaster.pid").unlink(missing_ok=True)
        postgres = EmbeddedPostgres(disk / "database")
        engine = await postgres.start(lambda _: None)
        try:
            connection: asyncpg.Connection[Any] = await asyncpg.connect(engine.dsn)
            rows = await connection.fetch("SELECT stream, nonce, seq FROM entry")
            gaps = await connection.fetchval(_GAPS)
            await connection.close()
        finally:
            await postgres.stop()
    stored = {(row["stream"], row["nonce"]): row["seq"] for row in rows}
    return sum(stored.get(key) != seq for key, seq in acknowledged.items()), gaps


@asynccontextmanager
async def _serving(
    place: Path, disk: Path, settings: Mapping[str, str]
) -> AsyncGenerator[tuple[EmbeddedPostgres, int, str]]:
    postgres = EmbeddedPostgres(disk / "database", settings=settings)
    engine = await postgres.start(say)
    server = serving.Server(place / "node", environment={"DATABASE_URL": engine.dsn})
    server.start()
    try:
        await asyncio.to_thread(server.wait_ready)
        yield postgres, server.port, engine.dsn
    finally:
        await asyncio.to_thread(server.stop)
        await postgres.stop()


def _copy(image: Path, to: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        to.unlink()
    disks.do("cp", "--sparse=always", str(image), str(to))


_GAPS = """
SELECT count(*) FROM (
  SELECT s.stream FROM stream s LEFT JOIN entry e USING (stream) GROUP BY s.stream, s.seq
  HAVING s.seq <> count(e.seq) OR s.seq <> coalesce(max(e.seq), 0)) broken"""
