"""One load on one server: its result, what it cost, and whether every fact about it holds."""

from dataclasses import dataclass
from typing import Any

from bench import generating
from bench.auditing import Audit, stored_between
from bench.processes import Usage, usage
from bench.serving import Server


@dataclass(frozen=True)
class Load:
    """A fan-out in one group: `window` messages in flight per sender, or `rate` messages a second in all."""

    stream: str
    senders: int
    seconds: float
    window: int = 4
    rate: float = 0.0
    warm: float = 2.0


@dataclass(frozen=True)
class Measured:
    """What a fan-out reached while it was measured."""

    result: dict[str, Any]
    spent: Usage
    seconds: float

    @property
    def messages_per_s(self) -> float:
        return self.result["measured_acked"] / self.seconds

    @property
    def deliveries_per_s(self) -> float:
        return self.result["measured_deliveries"] / self.seconds

    @property
    def deliveries_per_server_cpu_s(self) -> float:
        """CPU of the server and of its database together."""
        return self.result["measured_deliveries"] / max(self.spent.server + self.spent.children, 0.01)

    @property
    def disturbed(self) -> bool:
        """Whether strangers or the hypervisor took so much that the figure says little."""
        return self.spent.everything_else > MOST_OTHER * self.seconds or self.spent.steal > MOST_STEAL * self.seconds

    def shown(self) -> dict[str, float]:
        """The run as it is kept beside the medians."""
        return {
            "messages_per_s": round(self.messages_per_s),
            "deliveries_per_s": round(self.deliveries_per_s),
            "deliveries_per_server_cpu_s": round(self.deliveries_per_server_cpu_s),
            **{key: self.result[key] for key in LATENCIES},
            "server_cpu_percent": round(100 * self.spent.server / self.seconds),
            "database_cpu_percent": round(100 * self.spent.children / self.seconds),
            "generator_cpu_percent": round(100 * self.spent.generator / self.seconds),
            "other_cpu_percent": round(100 * self.spent.everything_else / self.seconds),
            "steal_percent": round(100 * self.spent.steal / self.seconds),
        }


MOST_OTHER = 0.40
MOST_STEAL = 0.25
LATENCIES = ("ack_p50_ms", "ack_p99_ms", "delivery_p50_ms", "delivery_p99_ms", "delivery_max_ms")


async def fan_out(server: Server, dsn: str, tokens: list[str], load: Load, audit: Audit) -> Measured:
    """Runs one load and checks it: every delivery in order, everything acknowledged stored once, nothing else."""
    marks: dict[str, Usage] = {}
    wishes = {
        "stream": load.stream,
        "senders": load.senders,
        "window": load.window,
        "rate": load.rate,
        "warm": load.warm,
        "seconds": load.seconds,
    }
    result = generating.run(
        "fanout", server.port, tokens, wishes, lambda event, pid: marks.__setitem__(event, usage(server.pid, pid))
    )
    acked, first, last = result["acked"], result["first_seq"], result["last_seq"]
    audit.require(acked > 0, "something was acknowledged")
    # The generator has looked at every single delivery: its seq is the last one's successor.
    audit.require(result["deliveries"] == acked * len(tokens), "everybody got everything", times=result["deliveries"])
    audit.require(last - first + 1 == acked, "what was acknowledged lies side by side")
    stored, different = await stored_between(dsn, load.stream, first, last)
    audit.require(stored == acked == different, "what was acknowledged is stored, each once", times=acked)
    return Measured(result, marks["measured"].since(marks["measuring"]), load.seconds)
