"""P3: a hundred pairs talking one to one, everything durable. The first of each pair writes, both hear it."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from bench import auditing, crowding, generating
from bench.auditing import Audit
from bench.ground import calibrate, ground, say
from bench.measuring import LATENCIES, Load, Measured
from bench.processes import Usage, usage
from bench.serving import Server

PAIRS = 100
WINDOW = 4
RUNS = 3
SECONDS = 5.0
OPEN_SECONDS = 8.0


async def measure() -> dict[str, Any]:
    """The whole bench, in about a minute."""
    async with ground() as (server, engine, where):
        streams, tokens = await crowding.pairs(engine.dsn, PAIRS)
        say(f"{len(streams)} pairs are ready; calibrating")
        calibration = await calibrate(engine)
        audit = Audit()
        runs: list[Measured] = []
        for number in range(RUNS):
            load = Load("", PAIRS, SECONDS, window=WINDOW)
            runs.append(await talk(server, engine.dsn, streams, tokens, load, audit))
            say(f"run {number + 1}: {shown(runs[-1])}")
        rate = median(run.messages_per_s for run in runs) / 2
        half = await talk(server, engine.dsn, streams, tokens, Load("", PAIRS, OPEN_SECONDS, rate=rate), audit)
        say(f"open loop, {rate:.0f} messages/s: {shown(half)}")
        for stream in streams:
            await auditing.chain_holds(engine.dsn, stream, audit)
        say(f"{audit.stored} entries: no hole, every hash holds")
    return {
        "bench": "pairs",
        "durable_messages_per_s": round(median(run.messages_per_s for run in runs)),
        "messages_per_server_cpu_s": round(median(_per_cpu_s(run) for run in runs)),
        "ack_p99_ms": half.result["ack_p99_ms"],
        "delivery_p99_ms": half.result["delivery_p99_ms"],
        "open_loop_messages_per_s": round(rate),
        "pairs": PAIRS,
        "window": WINDOW,
        "disturbed_runs": sum(run.disturbed for run in (*runs, half)),
        "saturated": {key: median(run.result[key] for run in runs) for key in LATENCIES},
        "runs": [shown(run) for run in runs],
        "open_loop": shown(half),
        "asserted": audit.asserted,
        "calibration": calibration,
        "environment": where,
    }


async def talk(
    server: Server, dsn: str, streams: Sequence[str], tokens: Sequence[str], load: Load, audit: Audit
) -> Measured:
    """Runs one load and checks it: both of a pair heard everything in order, all of it is stored once."""
    marks: dict[str, Usage] = {}
    before = await auditing.heads(dsn, streams)
    wishes = {"window": load.window, "rate": load.rate, "warm": load.warm, "seconds": load.seconds}
    result = generating.run(
        "pairs",
        server.port,
        tokens,
        wishes,
        lambda event, pid: marks.__setitem__(event, usage(server.pid, pid)),
        lines=streams,
    )
    acked = result["acked"]
    audit.require(acked > 0, "something was acknowledged")
    # The generator has looked at every single delivery: its seq is the last one's successor.
    audit.require(result["deliveries"] == 2 * acked, "both heard everything", times=result["deliveries"])
    after = await auditing.heads(dsn, streams)
    stored = sum(after.values()) - sum(before.values())
    audit.require(stored == acked, f"what was acknowledged is stored, each once: {stored} of {acked}", times=acked)
    return Measured({**result, "measured_deliveries": 2 * result["measured_acked"]}, _spent(marks), load.seconds)


def shown(run: Measured) -> dict[str, float]:
    """A run as it is kept beside the medians."""
    return {"messages_per_server_cpu_s": round(_per_cpu_s(run)), **run.shown()}


def _per_cpu_s(run: Measured) -> float:
    return run.result["measured_acked"] / max(run.spent.server + run.spent.children, 0.01)


def _spent(marks: dict[str, Usage]) -> Usage:
    return marks["measured"].since(marks["measuring"])
