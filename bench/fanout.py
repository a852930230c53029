"""P1 and P2: one group, 300 sockets online, four people writing, everything durable.

A socket takes at most 200 frames a second, so a person with `window` messages on their way writes from that many
devices.
"""

from collections.abc import Sequence
from statistics import median
from typing import Any

from bench import auditing, calibrating, seeding
from bench.auditing import Audit
from bench.ground import calibrate, ground, say
from bench.measuring import LATENCIES, Load, Measured, fan_out

ONLINE = 300
SENDERS = 4
RUNS = 3
SECONDS = 5.0
OPEN_SECONDS = 10.0
OPEN_DEVICES = 16  # of each writer: a message that is due does not wait for the one before it


async def measure() -> dict[str, Any]:
    """The whole bench, in about a minute and a half."""
    async with ground() as (server, engine, where):
        group = await seeding.one_group(engine.dsn, ONLINE)
        say(f"a group of {ONLINE} is ready; calibrating")
        calibration = await calibrate(engine)
        audit = Audit()

        async def saturate(window: int) -> list[Measured]:
            runs: list[Measured] = []
            for number in range(RUNS):
                load = Load(group.stream, SENDERS * window, SECONDS, window=1)
                runs.append(await fan_out(server, engine.dsn, online(group.tokens, window), load, audit))
                say(f"window {window}, run {number + 1}: {runs[-1].shown()}")
            return runs

        closed, wide = await saturate(4), await saturate(16)
        rate = median(run.messages_per_s for run in closed) / 2
        load = Load(group.stream, SENDERS * OPEN_DEVICES, OPEN_SECONDS, rate=rate)
        half = await fan_out(server, engine.dsn, online(group.tokens, OPEN_DEVICES), load, audit)
        say(f"open loop, {rate:.0f} messages/s: {half.shown()}")
        after = await calibrating.bare_commits(engine.admin_dsn)
        await auditing.chain_holds(engine.dsn, group.stream, audit)
        say(f"{audit.stored} entries: no hole, every hash holds")
    # Of two measurements the smaller one: the limit of P2 must not be bought with a slow moment of the disk.
    bare_commit_p99_ms = min(calibration["bare_commit_p99_ms"], after["bare_commit_p99_ms"])
    return {
        "bench": "fanout",
        "durable_deliveries_per_s": _median(closed, "deliveries_per_s"),
        "durable_deliveries_per_s_w16": _median(wide, "deliveries_per_s"),
        "deliveries_per_server_cpu_s": _median(wide, "deliveries_per_server_cpu_s"),
        "deliveries_per_server_cpu_s_w4": _median(closed, "deliveries_per_server_cpu_s"),
        "ack_p99_ms": half.result["ack_p99_ms"],
        "delivery_p99_ms": half.result["delivery_p99_ms"],
        "limit_p99_ms": round(10 + 2 * bare_commit_p99_ms, 3),
        "open_loop_messages_per_s": round(rate),
        "bare_commit_p99_ms": bare_commit_p99_ms,
        "sockets_online": ONLINE,
        "people_writing": SENDERS,
        "disturbed_runs": sum(run.disturbed for run in (*closed, *wide, half)),
        "saturated": {key: median(run.result[key] for run in closed) for key in LATENCIES},
        "runs_w4": [run.shown() for run in closed],
        "runs_w16": [run.shown() for run in wide],
        "open_loop": half.shown(),
        "asserted": audit.asserted,
        "calibration": calibration,
        "environment": where,
    }


def online(tokens: Sequence[str], devices: int) -> list[str]:
    """The sockets of a run: the writers' devices first, then one listener each, 300 in all."""
    writing = [token for token in tokens[:SENDERS] for _ in range(devices)]
    return [*writing, *tokens[SENDERS:]][:ONLINE]


def _median(runs: list[Measured], name: str) -> int:
    return round(median(getattr(run, name) for run in runs))
