"""What one side reached in one round, and how two sides compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.measuring import Measured
from bench.processes import Usage


@dataclass(frozen=True)
class Signing:
    """Many clients that signed in and were level."""

    clients: int
    seconds: float
    spent: Usage
    result: dict[str, float]

    @property
    def per_s(self) -> float:
        return self.clients / self.seconds

    @property
    def per_server_cpu_s(self) -> float:
        """CPU of the server and of its database together."""
        return self.clients / max(self.spent.server + self.spent.children, 0.01)

    def shown(self) -> dict[str, float]:
        """The run as it is kept beside the medians."""
        return {
            "seconds": round(self.seconds, 3),
            **{key: self.result[key] for key in ("caught_up_p50_ms", "caught_up_p99_ms")},
            "sent_away": self.result.get("sent_away", 0),
            "server_cpu_s": round(self.spent.server, 2),
            "database_cpu_s": round(self.spent.children, 2),
            "other_cpu_percent": round(100 * self.spent.everything_else / self.seconds),
        }


@dataclass(frozen=True)
class Round:
    """One side's figures in one round."""

    fanout: Measured
    fanout_w16: Measured
    pairs: Measured
    resume: Signing
    kib_per_connection: float

    @property
    def reached(self) -> dict[str, float]:
        """The figures that are compared."""
        return {
            "fanout_deliveries_per_s": round(self.fanout.deliveries_per_s),
            "fanout_deliveries_per_s_w16": round(self.fanout_w16.deliveries_per_s),
            "pairs_messages_per_s": round(self.pairs.messages_per_s),
            "resumes_per_s": round(self.resume.per_s, 1),
            "kib_per_connection": round(self.kib_per_connection, 1),
            # What others do on the machine moves these less.
            "fanout_deliveries_per_server_cpu_s": round(self.fanout.deliveries_per_server_cpu_s),
            "pairs_messages_per_server_cpu_s": round(_messages_per_cpu_s(self.pairs)),
            "resumes_per_server_cpu_s": round(self.resume.per_server_cpu_s),
        }

    @property
    def disturbed_runs(self) -> int:
        return sum(run.disturbed for run in (self.fanout, self.fanout_w16, self.pairs))

    def shown(self) -> dict[str, Any]:
        """The round as it is kept beside the ratios."""
        runs = {"fanout": self.fanout, "fanout_w16": self.fanout_w16, "pairs": self.pairs}
        return {**self.reached, **{name: run.shown() for name, run in runs.items()}, "resume": self.resume.shown()}


def _messages_per_cpu_s(run: Measured) -> float:
    return run.result["measured_acked"] / max(run.spent.server + run.spent.children, 0.01)


def medians(rounds: Sequence[Round]) -> dict[str, float]:
    """One side's figures: the median of each over its rounds."""
    return {name: median(one.reached[name] for one in rounds) for name in rounds[0].reached}


def ratios(ours: dict[str, float], theirs: dict[str, float]) -> dict[str, float]:
    """How many times theirs ours is; memory the other way round, since there less is better."""
    compared = {
        "fanout_ratio": ours["fanout_deliveries_per_s"] / theirs["fanout_deliveries_per_s"],
        "fanout_ratio_w16": ours["fanout_deliveries_per_s_w16"] / theirs["fanout_deliveries_per_s_w16"],
        "pairs_ratio": ours["pairs_messages_per_s"] / theirs["pairs_messages_per_s"],
        "resume_ratio": ours["resumes_per_s"] / theirs["resumes_per_s"],
        "memory_ratio": theirs["kib_per_connection"] / ours["kib_per_connection"],
        **{
            f"{load}_ratio_per_cpu": ours[name] / theirs[name]
            for load, name in (
                ("fanout", "fanout_deliveries_per_server_cpu_s"),
                ("pairs", "pairs_messages_per_server_cpu_s"),
                ("resume", "resumes_per_server_cpu_s"),
            )
        },
    }
    return {name: round(ratio, 2) for name, ratio in compared.items()}
