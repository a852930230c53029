"""P8: search over a million messages for somebody who is in 30 of 5,000 conversations; what indexing costs senders."""

import asyncio
import http.client
import json
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

import asyncpg

from bench import seeding, talk_seeding
from bench.auditing import Audit
from bench.ground import Ground, calibrate, ground, say
from bench.measuring import Load, Measured, fan_out
from bench.talk_seeding import Talk

MESSAGES = 1_000_000
OWN = 30
EACH = 200  # messages in a conversation
TOGETHER = 16
QUERIES, COMMON = 400, 100
PAGE = 50
WHOLE = 20  # queries of which every page is compared
RUNS = 3
SECONDS = 8.0
RATE = 300.0
LEVEL_S = 120.0


async def measure(messages: int = MESSAGES) -> dict[str, Any]:
    """The whole bench, in about five minutes; with fewer messages in less."""
    whole = messages >= 100_000
    async with ground() as standing:
        group = await seeding.one_group(standing.engine.dsn, TOGETHER)
        person, *others = await _people(standing.engine.dsn, group.stream)
        conversations = max(2 * OWN, messages // EACH)
        talk = await talk_seeding.fill(standing.engine.dsn, person, others, messages, conversations, OWN)
        await _level(standing)
        say("said and indexed; calibrating")
        calibration = await calibrate(standing.engine)
        audit = Audit()
        asking = Asking(standing.server.port, group.tokens[0], talk, audit)
        common = talk_seeding.common(talk, 20)
        await asyncio.to_thread(asking.times, common)  # what a running server has in its memory
        times = await asyncio.to_thread(asking.times, list(talk_seeding.queries(talk, QUERIES if whole else 40)))
        common_times = await asyncio.to_thread(asking.times, (common * COMMON)[: COMMON if whole else 20])
        say(f"asked: p99 {_at(times, 0.99)} ms, common words {_at(common_times, 0.99)} ms")
        runs = await _sending(standing, group, audit, RUNS if whole else 1, SECONDS if whole else 1.5)
        size = await _index_mib(standing.engine.dsn)
    with_it, without = (median(run.result["ack_p99_ms"] for run in runs[on]) for on in (True, False))
    return {
        "bench": "search",
        "messages": talk.messages,
        "conversations": talk.conversations,
        "conversations_of_the_person": OWN,
        "p50_ms": _at(times, 0.5),
        "p99_ms": _at(times, 0.99),
        "common_p50_ms": _at(common_times, 0.5),
        "common_p99_ms": _at(common_times, 0.99),
        "recall": round(asking.found / max(1, asking.there), 4),
        "send_p99_ratio": round(with_it / without, 3),
        "send_p99_ms": with_it,
        "send_p99_ms_without_indexing": without,
        "sends_per_s": RATE,
        "index_mib": size,
        "disturbed_runs": sum(run.disturbed for on in runs.values() for run in on),
        "runs_with_indexing": [run.shown() for run in runs[True]],
        "runs_without_indexing": [run.shown() for run in runs[False]],
        "asserted": audit.asserted,
        "calibration": calibration,
        "environment": standing.environment,
    }


class Asking:
    """Somebody who searches over HTTP, one request after the other, and knows what there is to be found."""

    def __init__(self, port: int, token: str, talk: Talk, audit: Audit) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self._talk = talk
        self._audit = audit
        self._asked = 0
        self.found = 0
        self.there = 0

    def times(self, texts: Sequence[str]) -> list[float]:
        """How long each took, in milliseconds, sorted. What was found is compared with a look at every message."""
        return sorted(self._one(text) for text in texts)

    def _one(self, text: str) -> float:
        self._asked += 1
        before = time.perf_counter()
        page = self._search(text, None)
        took = (time.perf_counter() - before) * 1000
        hits = list(page["hits"])
        while self._asked <= WHOLE and page.get("next"):
            page = self._search(text, page["next"])
            hits += page["hits"]
        there = {(stream, seq) for stream, seq, said in self._talk.mine if text in said}
        found = {(hit["stream"], hit["seq"]) for hit in hits}
        self._audit.require(
            found <= there, f"what is found by {text} was said in a conversation of one's own", len(found)
        )
        self._audit.require(len(found) == len(hits), "nothing is found twice")
        self.found += len(found)
        self.there += len(there) if self._asked <= WHOLE else min(PAGE, len(there))
        return took

    def _search(self, text: str, after: dict[str, Any] | None) -> dict[str, Any]:
        body = {"text": text, "limit": PAGE, **({"after": after} if after else {})}
        self._connection.request("POST", "/api/search.find", json.dumps(body).encode(), self._headers)
        answer = self._connection.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{text}: {answer.status} {said}")
        return said


async def _sending(
    standing: Ground, group: seeding.Group, audit: Audit, count: int, seconds: float
) -> dict[bool, list[Measured]]:
    """The same sending with the index following and without, in turns."""
    runs: dict[bool, list[Measured]] = {True: [], False: []}
    load = Load(group.stream, TOGETHER, seconds, rate=RATE, warm=1.0)
    for _ in range(count):
        for following in (True, False):
            async with _held(standing.engine.dsn, hold=not following):
                run = await fan_out(standing.server, standing.engine.dsn, group.tokens, load, audit)
            say(f"{'with' if following else 'without'} indexing: {run.shown()}")
            runs[following].append(run)
            await _level(standing)
    return runs


@asynccontextmanager
async def _held(dsn: str, *, hold: bool):
    """Keeps the follower of search from following: its cursors are held by somebody else."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            if hold:
                await connection.fetch("SELECT FROM follower WHERE name = 'search' FOR UPDATE")
            yield
    finally:
        await connection.close()


async def _level(standing: Ground) -> None:
    async with seeding.engine_on(standing.engine.dsn) as engine:
        await seeding.become_level(engine.database.pool, LEVEL_S)


async def _people(dsn: str, stream: str) -> list[int]:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch(_MEMBERS, stream)]
    finally:
        await connection.close()


async def _index_mib(dsn: str) -> int:
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        return round(await connection.fetchval("SELECT pg_relation_size('found_words')") / 2**20)
    finally:
        await connection.close()


def _at(times: Sequence[float], share: float) -> float:
    return round(times[min(len(times) - 1, int(len(times) * share))], 2)


_MEMBERS = "SELECT actor FROM member WHERE stream = $1 AND left_at IS NULL ORDER BY actor"
