"""What more workers bring on the same machine: the fan-out and the pairs with 1, 2 and 3 of them.

CPU is that of everything below the server: workers, PostgreSQL, NATS.
"""

from statistics import median
from typing import Any

from bench import auditing, crowding, fanout, pairs, seeding
from bench.auditing import Audit
from bench.ground import calibrate, ground, say
from bench.measuring import Load, Measured, fan_out

WORKERS = (1, 2, 3)
RUNS = 2
SECONDS = 4.0


async def measure() -> dict[str, Any]:
    """The whole bench, in about four minutes."""
    audit = Audit()
    rows: list[dict[str, Any]] = []
    calibration: dict[str, float] = {}
    where: dict[str, Any] = {}
    for workers in WORKERS:
        async with ground({"DIANMAI_WORKERS": str(workers)}) as (server, engine, environment):
            where = environment
            calibration = calibration or await calibrate(engine)
            group = await seeding.one_group(engine.dsn, fanout.ONLINE)
            row: dict[str, Any] = {"workers": workers}
            for window, name in ((4, ""), (16, "_w16")):
                load = Load(group.stream, fanout.SENDERS * window, SECONDS, window=1)
                online = fanout.online(group.tokens, window)
                runs = [await fan_out(server, engine.dsn, online, load, audit) for _ in range(RUNS)]
                row[f"durable_deliveries_per_s{name}"] = _median(runs, "deliveries_per_s")
                row[f"deliveries_per_server_cpu_s{name}"] = _median(runs, "deliveries_per_server_cpu_s")
                row[f"ack_p99_ms{name}"] = median(run.result["ack_p99_ms"] for run in runs)
                row[f"disturbed_runs{name}"] = sum(run.disturbed for run in runs)
            await auditing.chain_holds(engine.dsn, group.stream, audit)
        # A company of its own: an import of these people into the one before would end the others' employment.
        async with ground({"DIANMAI_WORKERS": str(workers)}) as (server, engine, _):
            streams, tokens = await crowding.pairs(engine.dsn, pairs.PAIRS)
            load = Load("", pairs.PAIRS, SECONDS, window=pairs.WINDOW)
            talks = [await pairs.talk(server, engine.dsn, streams, tokens, load, audit) for _ in range(RUNS)]
            row["durable_messages_per_s"] = _median(talks, "messages_per_s")
            row["pairs_ack_p99_ms"] = median(run.result["ack_p99_ms"] for run in talks)
            for stream in streams:
                await auditing.chain_holds(engine.dsn, stream, audit)
        rows.append(row)
        say(str(row))
    return {
        "bench": "scale",
        "rows": rows,
        "asserted": audit.asserted,
        "calibration": calibration,
        "environment": where,
    }


def _median(runs: list[Measured], name: str) -> int:
    return round(median(getattr(run, name) for run in runs))
