"""What a seed decides before anything happens: which kinds of trouble there are, how often, how small limits are."""

import random
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from dianmai.core import committing, known, streams, syncing
from dianmai.edge import elsewhere, listeners, outbox
from dianmai.edge import store as edge
from tests.sim import journal

STEPS = 300
TROUBLES = (
    "crash", "stop", "silence", "cut database", "cut commit", "freeze database", "cut wires", "black hole", "slow",
    "reload", "forget", "full", "offline", "bus", "revoke", "sign out", "move", "clock", "swizzle",
)  # fmt: skip


@dataclass(frozen=True)
class Options:
    """Everything of a seed but its dice. `late_s`: how late answers over HTTP may be, behind a slow proxy; `mending`:
    how often something that was broken is mended, where something is said 40 times; `refused`: how many of the devices'
    requests some proxy refuses."""

    seed: int
    steps: int = STEPS
    troubles: dict[str, float] = field(default_factory=dict[str, float])
    pace_s: float = 0.05
    loss: float = 0.0
    doubling: float = 0.0
    delay_s: float = 0.002
    bus: bool = True
    late_s: float = 0.0
    mending: float = 14.0
    refused: float = 0.0
    limits: dict[str, float] = field(default_factory=dict[str, float])

    def told(self) -> dict[str, Any]:
        return asdict(self)


def drawn(seed: int, steps: int = STEPS) -> Options:
    """The options of a seed: each run has some of the troubles, not all of them all the time."""
    rng = random.Random(seed)
    troubles = {t: rng.choice((0.3, 1.0, 3.0)) for t in TROUBLES if rng.random() < 0.45}
    options = Options(
        seed,
        steps,
        troubles,
        pace_s=rng.choice((0.01, 0.03, 0.08)),
        loss=rng.choice((0.0, 0.1, 0.5)),
        doubling=rng.choice((0.0, 0.3)),
        delay_s=rng.choice((0.002, 0.05, 0.8)),
        bus=rng.random() < 0.85,
        limits={name: rng.choice(sizes) for name, sizes in _SIZES.items() if rng.random() < 0.5},
    )
    options = replace(options, late_s=rng.choice((0.0, 0.0, 1.0)))
    if (gap := options.limits.get("syncing.LONGEST_GAP")) is not None:
        # Never less than a tail, or starting over would not end.
        options.limits["syncing.LONGEST_GAP"] = max(gap, options.limits.get("syncing.TAIL", syncing.TAIL))
    return options


_SIZES: dict[str, tuple[float, ...]] = {
    "elsewhere.AT_ONCE": (2, 5),
    "listeners.REMEMBERED_STREAMS": (2, 4),
    "known.REMEMBERED_STREAMS": (2, 4),
    "outbox.MOST_FRAMES": (2, 6),
    "syncing.LONGEST_GAP": (9, 40),
    "syncing.TAIL": (3, 8),
    "edge.SMALL": (2,),
    "committing.BATCH_LINES": (1, 3),
    "streams.CACHED_MEMBERSHIPS": (3,),
}
_MODULES = {
    "elsewhere": elsewhere, "listeners": listeners, "known": known, "outbox": outbox, "syncing": syncing, "edge": edge,
    "committing": committing, "streams": streams,
}  # fmt: skip


class Limits:
    """Limits that are made small for one run, so that reaching them is common."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._before: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> None:
        for name, size in self._options.limits.items():
            module, _, constant = name.partition(".")
            self._set(_MODULES[module], constant, size)
            if name == "syncing.TAIL":
                self._set(journal, "TAIL", size)

    def _set(self, module: Any, name: str, value: Any) -> None:
        self._before.append((module, name, getattr(module, name)))
        setattr(module, name, value)

    def __exit__(self, *_: object) -> None:
        for module, name, value in reversed(self._before):
            setattr(module, name, value)
