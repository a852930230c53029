"""P4: five thousand people online who say nothing, each in twenty conversations and more."""

from typing import Any

from bench import crowding, generating
from bench.auditing import Audit
from bench.ground import calibrate, ground, say
from bench.missing import attached
from bench.processes import Usage, proportional_set_kib, usage, without_database

ONLINE = 5_000
OTHERS = 40
STREAMS_EACH = 20
REST_S = 5.0
SECONDS = 45.0


async def measure() -> dict[str, Any]:
    """The whole bench, in about three minutes."""
    async with ground() as (server, engine, where):
        crowd = await crowding.crowd(engine.dsn, ONLINE, OTHERS)
        await crowding.settle(engine)
        say(f"{len(crowd.tokens)} people are ready; calibrating")
        calibration = await calibrate(engine)
        audit = Audit()
        least, most = await attached(engine.dsn, crowd.people)
        audit.require(least >= STREAMS_EACH, f"everybody hears {STREAMS_EACH} streams", times=len(crowd.people))
        marks: dict[str, Usage] = {}
        memory = {"before": proportional_set_kib(without_database(server.pid))}

        def note(event: str, pid: int) -> None:
            marks[event] = usage(server.pid, pid)
            memory[event] = proportional_set_kib(without_database(server.pid))
            say(event)

        wishes = {"at_once": 64, "warm": REST_S, "seconds": SECONDS}
        result = generating.run("idle", server.port, crowd.tokens, wishes, note)
    online = result["clients"]
    audit.require(online == ONLINE and result["lost_clients"] == 0, "all stayed", times=online)
    spent = marks["measured"].since(marks["measuring"])
    return {
        "bench": "idle",
        "connections": online,
        "kib_per_connection": round((memory["measured"] - memory["before"]) / online, 1),
        "idle_cpu_pct": round(100 * spent.server / SECONDS, 2),
        "idle_database_cpu_pct": round(100 * spent.children / SECONDS, 2),
        "streams_each": [least, most],
        "connected_per_s": round(online / result["connect_s"]),
        "server_before_kib": memory["before"],
        "idle_seconds": SECONDS,
        "other_cpu_percent": round(100 * spent.everything_else / SECONDS),
        "asserted": audit.asserted,
        "calibration": calibration,
        "environment": where,
    }
