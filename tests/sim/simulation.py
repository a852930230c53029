"""One run: three servers, eight people with two devices each, 300 things that happen, and then a time to mend."""

import asyncio
import gc
import hashlib
import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from types import SimpleNamespace
from typing import Any

import structlog

from dianmai.core import committing
from dianmai.edge import elsewhere
from tests.sim import office
from tests.sim.checking import Audit, Broken
from tests.sim.clockwork import World
from tests.sim.database import Postgres
from tests.sim.device import Device
from tests.sim.fate import Fate
from tests.sim.gateway import Gateway
from tests.sim.network import Hub, Place
from tests.sim.options import Limits, Options

GATEWAYS = 3
PEOPLE = 8
DEVICES_EACH = 2
STREAMS = 4
MENDING_STEPS = 200
MENDING_PACE_S = 0.5


@dataclass(frozen=True)
class Result:
    """What came of a run. `trace` is a digest of all that was committed and shown: the same seed gives the same."""

    steps: int
    facts: int
    entries: int
    trace: str
    failure: str | None


class Simulation:
    """One seed's world."""

    def __init__(self, options: Options) -> None:
        self.options = options
        rng = self.rng = random.Random(options.seed ^ 0x5EED)
        self.world = World()
        self.postgres = Postgres(self.world)
        self.audit = Audit(self.postgres)
        self.hub = Hub(self.world, random.Random(rng.random()), options)
        self.gateways = [
            Gateway(self.world, random.Random(rng.random()), self.audit, self.hub, n) for n in range(GATEWAYS)
        ]
        self.people: list[int] = []
        self.devices: list[Device] = []
        self.fate = Fate(self, options, random.Random(rng.random()))
        self.step = 0

    def run(self) -> None:
        """Raises `Broken` where a promise is."""
        self._begin()
        for _ in range(self.options.steps):
            self.step += 1
            self.fate.step()
            self._pass(self.rng.random() * 2 * self.options.pace_s)
        self._mend()

    def end(self) -> None:
        for device in self.devices:
            device.close()
        for gateway in self.gateways:
            if not gateway.loop.dead:
                gateway.crash()
        # Most goes at once, and little is left to be looked for.
        for one in (self.world, self.audit, self.hub, self.fate, self.postgres.tables, *self.devices, *self.gateways):
            vars(one).clear()
        vars(self).clear()

    def _pass(self, seconds: float) -> None:
        self.world.run(seconds)
        if self.audit.broken or self.world.broken:
            raise Broken("; ".join([*self.audit.broken[:2], *self.world.broken[:2]]))

    def _begin(self) -> None:
        self._pass(0.1)
        self.gateways[0].as_system(self._hire)
        self._pass(0.1)
        self.fate.open_streams(STREAMS)
        self._pass(0.3)

    async def _hire(self, engine: Any) -> None:
        self.people = await office.hire(engine, PEOPLE)
        for person in self.people:
            for _ in range(DEVICES_EACH):
                number = len(self.devices)
                rng = random.Random(self.rng.random())
                device = Device(self.world, rng, number, person, self.gateways, self.audit)
                device.late_s, device.refused = self.options.late_s, self.options.refused
                self.devices.append(device)
                await office.sign_in(engine, device)

    def _mend(self) -> None:
        """Everything works again; nothing new happens. All devices are level after a bounded number of steps."""
        self.fate.mend_all()
        self.hub.heal()
        for _ in range(MENDING_STEPS):
            self.step += 1
            self._pass(MENDING_PACE_S)
            if next(self._differences(), None) is None:
                return
        raise Broken(f"all devices become level: {list(islice(self._differences(), 4))}")

    def _differences(self) -> Iterator[str]:
        return chain.from_iterable(self._difference(device) for device in self.devices if device.token)

    def _difference(self, device: Device) -> list[str]:
        page, tables = device.page, self.postgres.tables
        name = f"device {device.number} of {device.person}"
        if page is None or page.state != "open" or not page.level_now or page.levelling:
            return [f"{name} is not connected and level"]
        mine = {s for s in tables.heard[device.person] if not tables.rows["member", (s, device.person)].left}
        heard = {s for s in mine if tables.rows["stream", s].heard_by == "members"}
        # What was sent to a stream that the device never knew, and left, may stay: it is shown nowhere.
        outbox = page.outbox
        waiting = [
            i.nonce for i in outbox.items
            if i.state == "waiting" or (i.state == "sent" and i.lane in heard and not outbox.landed(i))
        ]  # fmt: skip
        found = [f"{name} still has to send {waiting}"] if waiting else []
        known = page.journal.known().keys()
        found += [f"{name} does not know {s}, which it hears" for s in sorted(heard - known)]
        gone = (device.store.entries.keys() | known) - heard
        found += [f"{name} keeps {s}, which it does not hear" for s in sorted(gone)]
        for stream in sorted(heard):
            head, first = len(tables.entries[stream]), tables.rows["member", (stream, device.person)].first_seq
            shown = [e["seq"] for e in device.screen.get(stream, ())]
            kept = sorted(device.store.entries.get(stream, ()))
            if head >= first and (not shown or shown[-1] != head):
                found.append(f"{name} shows {shown[-3:]} of {stream}, which has {head} from {first}")
            if kept != shown:
                found.append(f"{name} keeps {kept[-5:]} of {stream} and shows {shown[-5:]}")
        return found

    def trace(self) -> str:
        digest = hashlib.sha256()
        for stream, entries in sorted(self.postgres.tables.entries.items()):
            digest.update(repr((stream, [(e.actor, e.body, e.kind) for e in entries])).encode())
        for device in self.devices:
            shown = sorted((s, [e["seq"] for e in entries]) for s, entries in device.screen.items())
            digest.update(repr((device.number, shown)).encode())
        digest.update(repr((self.world.callbacks, self.audit.facts, self.step)).encode())
        return digest.hexdigest()[:16]


def run(options: Options) -> Result:
    """Runs one seed and says what came of it."""
    # What a run leaves is small: it is collected at its end, not looked for all the time (a fifth of what a run costs).
    gc.disable()
    try:
        return _run(options)
    finally:
        gc.enable()
        gc.collect(1)


def _run(options: Options) -> Result:
    random.seed(options.seed)  # the servers' own jitter
    with Limits(options), _Seams():
        sim = Simulation(options)
        failure = None
        try:
            sim.run()
        except Broken as broken:
            failure = f"step {sim.step}: {broken}"
        entries = sum(map(len, sim.postgres.tables.entries.values()))
        result = Result(sim.step, sim.audit.facts, entries, sim.trace(), failure)
        sim.end()
    return result


class _Seams:
    """Where the servers touch the outside by name: the bus they make, the clocks of the machine, the log."""

    def __enter__(self) -> None:
        self._before = elsewhere.Bus, committing.time, elsewhere.time
        elsewhere.Bus = Place  # type: ignore[misc,assignment]
        committing.time = elsewhere.time = _Time()  # type: ignore[assignment]
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    def __exit__(self, *_: object) -> None:
        elsewhere.Bus, committing.time, elsewhere.time = self._before  # type: ignore[misc]
        structlog.reset_defaults()


class _Time(SimpleNamespace):
    """The machine's clocks: what time it is differs on every machine, how much of it has passed does not."""

    @staticmethod
    def clock_gettime(_: int) -> float:
        loop = asyncio.get_running_loop()
        return loop.time() + loop.skew_s  # type: ignore[attr-defined]

    @staticmethod
    def monotonic() -> float:
        return asyncio.get_running_loop().time()
