"""P5: five thousand sessions come back with fifty missed entries each: at once, then spread over half a minute.

Every one does what the web client does: a socket by its token, hello, `sync.catch_up` over HTTP until there is no more,
`notices.list` over the socket. Meanwhile four people who are not among them write to each other's group.
"""

import asyncio
import os
import signal
from typing import Any, NamedTuple

from bench import auditing, crowding, generating, missing, seeding
from bench.auditing import Audit
from bench.crowding import Crowd
from bench.ground import Ground, calibrate, ground, say
from bench.processes import Usage, usage

SESSIONS = 5_000
OTHERS = 40
WRITING = 4
OTHERS_PER_S = 40.0
IN_ALL, IN_STORE, IN_DIRECT = 20, 12, 1  # messages missed in the company's, the store's and each direct conversation
EACH = 50
SPREAD_S = 30.0
LONGEST_S = 180.0


class Came(NamedTuple):
    """One storm: the generator's result, the others' meanwhile, and what it cost."""

    result: dict[str, Any]
    others: dict[str, Any]
    spent: Usage

    def shown(self) -> dict[str, float]:
        seconds, sessions = self.result["all_caught_up_ms"] / 1000, self.result["sessions"]
        return {
            "all_caught_up_ms": self.result["all_caught_up_ms"],
            **{
                key: self.result[key]
                for key in ("caught_up_p50_ms", "caught_up_p99_ms", "caught_up_max_ms", "sent_away")
            },
            "others_ack_p50_ms": self.others["ack_p50_ms"],
            "others_ack_p99_ms": self.others["ack_p99_ms"],
            "server_cpu_ms_per_resume": round(1000 * self.spent.server / sessions, 3),
            "database_cpu_ms_per_resume": round(1000 * self.spent.children / sessions, 3),
            "generator_cpu_percent": round(100 * self.spent.generator / seconds),
            "other_cpu_percent": round(100 * self.spent.everything_else / seconds),
            "steal_percent": round(100 * self.spent.steal / seconds),
        }


async def measure() -> dict[str, Any]:
    """The whole bench, in about three minutes."""
    async with ground() as standing:
        _, engine, where = standing
        crowd = await crowding.crowd(engine.dsn, SESSIONS, OTHERS)
        known = await missing.cursors(engine.dsn, crowd.people)
        say(f"{len(crowd.tokens)} people are ready; now they miss something")
        said = [(crowd.everybody, crowd.people[0])] * IN_ALL
        said += [(stream, member) for stream, member in crowd.stores.items()] * IN_STORE
        said += [(stream, member) for stream, member in crowd.directs.items()] * IN_DIRECT
        async with seeding.engine_on(engine.dsn) as writing:
            await crowding.say_in(writing, said)
        await crowding.settle(engine)
        calibration = await calibrate(engine)
        audit = Audit()
        at_once = await _come_back(standing, crowd, known, 0.0, audit)
        say(f"at once: {at_once.shown()}")
        spread = await _come_back(standing, crowd, known, SPREAD_S, audit)
        say(f"over {SPREAD_S:.0f} s: {spread.shown()}")
        for stream in (crowd.everybody, crowd.others, *list(crowd.stores)[:20], *list(crowd.directs)[:20]):
            await auditing.chain_holds(engine.dsn, stream, audit)
    result = at_once.result
    return {
        "bench": "storm",
        "sessions": result["sessions"],
        "missed_entries_each": EACH,
        "resumes_per_s": round(result["sessions"] / (result["all_caught_up_ms"] / 1000)),
        "all_caught_up_ms": result["all_caught_up_ms"],
        "caught_up_p99_ms": spread.result["caught_up_p99_ms"],
        "others_ack_p99_ms": max(at_once.others["ack_p99_ms"], spread.others["ack_p99_ms"]),
        "at_once": at_once.shown(),
        "spread_over_30_s": spread.shown(),
        "asserted": audit.asserted,
        "calibration": calibration,
        "environment": where,
    }


async def _come_back(
    standing: Ground, crowd: Crowd, known: dict[int, dict[str, int]], spread: float, audit: Audit
) -> Came:
    server, dsn = standing.server, standing.engine.dsn
    # What the storm before has ended with is no news any more.
    now = await missing.heads(dsn)
    known = {p: {**own, crowd.everybody: now[crowd.everybody] - IN_ALL} for p, own in known.items()}
    await missing.not_used_for_minutes(dsn)
    marks: dict[str, Usage] = {}
    writers: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()

    def others_write(event: str, pid: int) -> None:
        if event == "measuring":
            loop.call_soon_threadsafe(writers.set_result, pid)

    wishes = {"stream": crowd.others, "senders": WRITING, "rate": OTHERS_PER_S, "warm": 2.0, "seconds": LONGEST_S}
    others = asyncio.create_task(
        asyncio.to_thread(generating.run, "fanout", server.port, crowd.others_tokens, wishes, others_write)
    )
    await asyncio.wait([others, writers], return_when=asyncio.FIRST_COMPLETED)
    try:
        result = await asyncio.to_thread(
            generating.run,
            "storm",
            server.port,
            crowd.tokens,
            {"stream": crowd.everybody, "spread": spread},
            lambda event, pid: marks.__setitem__(event, usage(server.pid, pid)),
            missing.lines(known, now),
        )
    finally:
        if writers.done():
            os.kill(writers.result(), signal.SIGTERM)
        meanwhile = await others
    sessions = len(crowd.tokens)
    audit.require(result["sessions"] == sessions and result["wrong_sessions"] == 0, "all are level", times=sessions)
    audit.require(
        result["entries"] == EACH * sessions, f"everybody missed {EACH} and has them, once", result["entries"]
    )
    audit.require(result["deaf_sessions"] == 0, "everybody heard what was said next, once", times=sessions)
    heard = meanwhile["acked"] * len(crowd.others_tokens)
    audit.require(meanwhile["deliveries"] == heard, "the others missed nothing", times=heard)
    return Came(result, meanwhile, marks["measured"].since(marks["measuring"]))
