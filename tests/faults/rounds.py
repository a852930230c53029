"""Rounds of kill -9 while eight people write to four conversations."""

import asyncio
import contextlib
import random
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import seeding, serving
from bench.serving import Server
from dianmai.engines import EmbeddedPostgres, attach
from tests.faults import promises
from tests.faults.killing import VICTIMS, Victim, kill
from tests.faults.promises import Verdict
from tests.faults.writer import Writer

WRITERS = 8
CONVERSATIONS = 4
BETWEEN_KILLS_S = (0.2, 0.8)
RECOVERY_LIMIT_S = 30.0


@dataclass
class Own:
    """What `dianmai serve` starts by itself: it supervises its PostgreSQL."""

    server: Server

    def postgres_pid(self) -> int:
        """The database's process. While the supervisor replaces a killed one, its note is missing for a moment."""
        note = self.server.data_dir / "postgres" / "postmaster.pid"
        deadline = time.monotonic() + RECOVERY_LIMIT_S
        while time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
                return int(note.read_text().splitlines()[0])
        raise TimeoutError("the database did not come back")


@dataclass
class Control:
    """The same server on a PostgreSQL of ours that answers before it has written."""

    server: Server
    postgres: EmbeddedPostgres

    def postgres_pid(self) -> int:
        assert self.postgres.pid is not None
        return self.postgres.pid


@dataclass
class Outcome:
    """What became of all rounds."""

    rounds: int
    seed: int
    verdict: Verdict
    longest_recovery_s: float
    seconds: float

    def figures(self) -> dict[str, Any]:
        found = self.verdict
        return {
            "rounds": self.rounds,
            "seed": self.seed,
            "acked": found.acked,
            "lost": found.lost,
            "duplicated": found.duplicated,
            "gaps": found.gaps,
            "out_of_order": found.out_of_order,
            "not_heard": found.not_heard,
            "longest_recovery_s": round(self.longest_recovery_s, 2),
            "seconds": round(self.seconds, 1),
            "asserted": found.asserted,
        }


async def run(rounds: int, seed: int, victims: Sequence[Victim] = VICTIMS) -> Outcome:
    """Kills parts of what `dianmai serve` starts; everything promised must hold."""
    with serving.place() as place, serving.running(place / "data") as server:
        dsn = attach(server.data_dir).dsn
        return await _rounds(Own(server), dsn, rounds, random.Random(seed), seed, victims, heard=True)


async def run_control(rounds: int, seed: int) -> Outcome:
    """Kills a PostgreSQL with `synchronous_commit = off`: it must lose some of what was acknowledged."""
    with serving.place() as place:
        async with _unsafe_postgres(place / "data") as (postgres, dsn):
            server = Server(place / "server", environment={"DATABASE_URL": dsn})
            server.start()
            try:
                await asyncio.to_thread(server.wait_ready)
                rig = Control(server, postgres)
                return await _rounds(rig, dsn, rounds, random.Random(seed), seed, ("postgres",), heard=False)
            finally:
                server.stop()


@asynccontextmanager
async def _unsafe_postgres(data_dir: Path) -> AsyncGenerator[tuple[EmbeddedPostgres, str]]:
    postgres = EmbeddedPostgres(data_dir, settings={"synchronous_commit": "off"})
    engine = await postgres.start(lambda _: None)
    try:
        yield postgres, engine.dsn
    finally:
        await postgres.stop()


async def _rounds(
    rig: Own | Control,
    dsn: str,
    rounds: int,
    chance: random.Random,
    seed: int,
    victims: Sequence[Victim],
    *,
    heard: bool,
) -> Outcome:
    say(f"{rounds} rounds, seed {seed}")
    began = time.monotonic()
    chats = await seeding.conversations(dsn, WRITERS, CONVERSATIONS)
    url = f"ws://127.0.0.1:{rig.server.port}/socket"
    writers = [
        Writer(number, url, token, chats.streams, random.Random(chance.random()))
        for number, token in enumerate(chats.tokens)
    ]
    tasks = [asyncio.create_task(writer.run(), name=f"writer {writer.number}") for writer in writers]
    longest = 0.0
    try:
        await _all_acknowledge(writers, tasks)
        order = chance.sample(victims, len(victims))
        for number in range(1, rounds + 1):
            await asyncio.sleep(chance.uniform(*BETWEEN_KILLS_S))
            victim = order[number % len(order)]
            recovery = await _round(rig, victim, writers, tasks)
            longest = max(longest, recovery)
            say(f"round {number}: killed {victim}, everybody writes again after {recovery:.2f} s")
        await _settle(dsn, writers, tasks, chats.streams, heard=heard)
    except TimeoutError:
        say(rig.server.last_words())
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    found = await promises.verdict(dsn, chats.streams, writers, heard=heard)
    for example in found.examples:
        say(example)
    return Outcome(rounds, seed, found, longest, time.monotonic() - began)


async def _round(
    rig: Own | Control, victim: Victim, writers: Sequence[Writer], tasks: Sequence["asyncio.Task[None]"]
) -> float:
    """One kill; the seconds until everybody's messages are acknowledged again."""
    killed = time.monotonic()
    kill(rig, victim)
    if not rig.server.alive:
        rig.server.start()
    await _all_acknowledge(writers, tasks)
    return time.monotonic() - killed


async def _all_acknowledge(writers: Sequence[Writer], tasks: Sequence["asyncio.Task[None]"]) -> None:
    since = time.monotonic()
    await _until(lambda: all(w.acknowledged_at > since for w in writers), tasks, "everybody's writing is acknowledged")


async def _settle(
    dsn: str, writers: Sequence[Writer], tasks: Sequence["asyncio.Task[None]"], streams: Sequence[str], *, heard: bool
) -> None:
    """Ends the writing; waits until everything is acknowledged and everybody has heard everything."""
    for writer in writers:
        writer.writing = False
    await _until(lambda: all(w.settled for w in writers), tasks, "everything written is acknowledged")
    if heard:
        heads = await promises.heads(dsn, streams)
        await _until(lambda: all(w.has_heard(heads) for w in writers), tasks, "everybody has heard everything")


async def _until(condition: Any, tasks: Sequence["asyncio.Task[None]"], what: str) -> None:
    """Waits for what is announced by nobody; fails at the limit, or when a writer has failed."""
    until = time.monotonic() + RECOVERY_LIMIT_S
    while not condition():
        for task in tasks:
            if task.done():
                task.result()
        if time.monotonic() > until:
            raise TimeoutError(f"after {RECOVERY_LIMIT_S:.0f} s it is still not so that {what}")
        await asyncio.sleep(0.005)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
