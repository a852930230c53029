"""P9: `chat.send` over HTTP, durable: clients that keep their connection and have one request under way each."""

from statistics import median
from typing import Any, NamedTuple

from bench import auditing, generating, seeding
from bench.auditing import Audit
from bench.ground import calibrate, ground, say
from bench.processes import Usage, usage
from bench.serving import Server

FEW, MANY = 16, 64
RUNS = 3
SECONDS = 5.0


class Posted(NamedTuple):
    """One run."""

    result: dict[str, Any]
    spent: Usage
    seconds: float

    @property
    def per_s(self) -> float:
        return self.result["measured_acked"] / self.seconds

    def shown(self) -> dict[str, float]:
        return {
            "posts_per_s": round(self.per_s),
            "p50_ms": self.result["p50_ms"],
            "p99_ms": self.result["p99_ms"],
            "server_cpu_us_per_post": round(1e6 * self.spent.server / self.result["measured_acked"]),
            "database_cpu_us_per_post": round(1e6 * self.spent.children / self.result["measured_acked"]),
            "generator_cpu_percent": round(100 * self.spent.generator / self.seconds),
            "other_cpu_percent": round(100 * self.spent.everything_else / self.seconds),
            "steal_percent": round(100 * self.spent.steal / self.seconds),
        }


async def measure() -> dict[str, Any]:
    """The whole bench, in about a minute."""
    async with ground() as (server, engine, where):
        group = await seeding.one_group(engine.dsn, MANY)
        say(f"a group of {MANY} is ready; calibrating")
        calibration = await calibrate(engine)
        audit = Audit()

        async def runs_with(clients: int) -> list[Posted]:
            runs: list[Posted] = []
            for number in range(RUNS):
                runs.append(await post(server, engine.dsn, group.stream, group.tokens[:clients], SECONDS, audit))
                say(f"{clients} clients, run {number + 1}: {runs[-1].shown()}")
            return runs

        few, many = await runs_with(FEW), await runs_with(MANY)
        await auditing.chain_holds(engine.dsn, group.stream, audit)
    return {
        "bench": "post",
        "posts_per_s_16": round(median(run.per_s for run in few)),
        "posts_per_s_64": round(median(run.per_s for run in many)),
        "p99_ms": median(run.result["p99_ms"] for run in many),
        "p99_ms_16": median(run.result["p99_ms"] for run in few),
        "runs_16": [run.shown() for run in few],
        "runs_64": [run.shown() for run in many],
        "asserted": audit.asserted,
        "calibration": calibration,
        "environment": where,
    }


async def post(server: Server, dsn: str, stream: str, tokens: list[str], seconds: float, audit: Audit) -> Posted:
    """Runs one load and checks it: each client's messages in its order, everything acknowledged stored once."""
    marks: dict[str, Usage] = {}
    result = generating.run(
        "post",
        server.port,
        tokens,
        {"stream": stream, "warm": 1.5, "seconds": seconds},
        lambda event, pid: marks.__setitem__(event, usage(server.pid, pid)),
    )
    acked, first, last = result["acked"], result["first_seq"], result["last_seq"]
    audit.require(acked > 0, "something was acknowledged")
    audit.require(result["out_of_order"] == 0, "each client's messages are in its order", times=acked)
    audit.require(last - first + 1 == acked, "what was acknowledged lies side by side")
    stored, different = await auditing.stored_between(dsn, stream, first, last)
    audit.require(stored == acked == different, "what was acknowledged is stored, each once", times=acked)
    return Posted(result, marks["measured"].since(marks["measuring"]), seconds)
