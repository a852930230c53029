"""What operators see: logs as one JSON object a line, and numbers for Prometheus. Secrets are in neither."""

import logging
import re
import sys
from bisect import bisect_left
from collections.abc import Iterable, Mapping, MutableMapping
from itertools import accumulate
from typing import Any, TextIO, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Metric, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from dianmai.core.log_limits import LogLimit, Unstoppable

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_BOUNDS = (*map(str, BUCKETS_S), "+Inf")

registry = CollectorRegistry()
ProcessCollector(registry=registry)

connections = Gauge("dianmai_connections", "Open sockets.", registry=registry)
held_frames = Gauge("dianmai_held_frames", "Frames waiting for sockets that read slowly.", registry=registry)
bus_connected = Gauge("dianmai_bus_connected", "Whether hints come and go on the bus.", registry=registry)
disk_free = Gauge("dianmai_disk_free_bytes", "Room on the disk of a database of our own.", registry=registry)
jobs_given_up = Gauge("dianmai_jobs_given_up", "Timers that failed too often and are not tried.", registry=registry)
closed = Counter("dianmai_sockets_closed", "Sockets closed by the server.", ["code"], registry=registry)
refusals = Counter("dianmai_refusals", "Requests refused.", ["code"], registry=registry)


class Tally(Collector):
    """Numbers of the hottest path, counted as plain integers."""

    def __init__(self) -> None:
        self.deliveries = 0
        self.batches = 0
        self._took: dict[str, _Took] = {}

    def took(self, kind: str, seconds: float) -> None:
        """Counts an operation of this kind and the time from its arrival to its answer."""
        took = self._took.get(kind)
        if took is None:
            took = self._took[kind] = _Took()
        took.counts[bisect_left(BUCKETS_S, seconds)] += 1
        took.total += seconds

    def collect(self) -> Iterable[Metric]:
        yield CounterMetricFamily("dianmai_deliveries", "Entries queued for sockets.", self.deliveries)
        yield CounterMetricFamily("dianmai_batches", "Batches of entries, each encoded once.", self.batches)
        seconds = HistogramMetricFamily(
            "dianmai_operation_seconds",
            "From an operation's arrival to its answer; appending and writing ones include the commit.",
            labels=["kind"],
        )
        for kind, took in self._took.items():
            seconds.add_metric([kind], list(zip(_BOUNDS, accumulate(took.counts), strict=True)), took.total)
        yield seconds


class _Took:
    """How often something took how long: by bucket, the last one without an end; and all of it together."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS_S) + 1)
        self.total = 0.0


tally = Tally()
registry.register(tally)


def exposition() -> bytes:
    """All numbers in Prometheus' text format."""
    return generate_latest(registry)


def configure(level: str) -> None:
    """Sends our log and that of the libraries to standard error, one JSON object a line."""
    number = logging.getLevelNamesMapping()[level.upper()]
    out, limit = cast("TextIO", Unstoppable(sys.stderr)), LogLimit()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
        structlog.processors.format_exc_info,
        escape,
    ]
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[limit, *shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.addFilter(limit.filter)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render]
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))
    # A line for each malformed request would let anybody fill the disk.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # Its pool tries again by itself; that the database is away we say ourselves.
    logging.getLogger("asyncpg").setLevel(logging.ERROR)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Takes out what must never be read in a log: tokens, passwords, codes, addresses with passwords."""
    for key, value in event.items():
        if _SECRET_NAME.search(key):
            event[key] = "…"
        elif isinstance(value, str):
            event[key] = _SECRET.sub("…", value)
    return event


def escape(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Makes control characters visible, so that no name can forge a line or drive a terminal."""
    for key, value in event.items():
        if isinstance(value, str) and _CONTROL.search(value):
            event[key] = _CONTROL.sub(lambda m: f"\\x{ord(m.group()):02x}", _SECRET.sub("…", value))
    return event


_SECRET_NAME = re.compile(r"password|secret|token|cookie|authorization|dsn", re.IGNORECASE)
_SECRET = re.compile(r"dm_[A-Za-z0-9_-]{20,}|(?<=://)[^/\s:@]+:[^@\s]+(?=@)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
