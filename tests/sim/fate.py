"""What happens next: what people do, what the office does, and what breaks. Everything is drawn from the seed."""

import random
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tests.sim import office
from tests.sim.gateway import Gateway
from tests.sim.options import Options

if TYPE_CHECKING:
    from tests.sim.simulation import Simulation

Act = Callable[[], None]


class Fate:
    """Draws one thing after the other."""

    def __init__(self, sim: "Simulation", options: Options, rng: random.Random) -> None:
        self.sim = sim
        self.rng = rng
        self._streams = 0
        self._mending: list[Act] = []
        troubles: dict[str, Act] = {
            "crash": self._crash,
            "stop": self._stop,
            "silence": self._silence,
            "cut database": lambda: self._gateway().link.cut(),
            "cut commit": self._cut_commit,
            "freeze database": self._freeze,
            "cut wires": self._cut_wires,
            "black hole": self._black_hole,
            "slow": self._slow,
            "reload": lambda: self._device().load(),
            "forget": lambda: self._device().forget(),
            "full": self._full,
            "offline": self._offline,
            "bus": self._bus,
            "revoke": self._dismiss,
            "sign out": self._sign_out,
            "move": self._move,
            "clock": self._clock,
            "swizzle": self._swizzle,
        }
        acts: list[tuple[Act, float]] = [
            (self._say, 40.0),
            (self._read, 8.0),
            (self._publish, 2.5),
            (self._receipt, 6.0),
            (self._open, 2.0),
            (self._move, 4.0),
            (self._sign_in, 6.0),
            (self._mend, options.mending),
            *((troubles[name], 2.0 * weight) for name, weight in options.troubles.items()),
        ]
        self._acts = [act for act, _ in acts]
        self._weights = [weight for _, weight in acts]

    def step(self) -> None:
        self.rng.choices(self._acts, self._weights)[0]()

    def open_streams(self, count: int) -> None:
        for _ in range(count):
            self._open()

    def mend_all(self) -> None:
        while self._mending:
            self._mending.pop()()

    # People.

    def _device(self):
        return self.rng.choice(self.sim.devices)

    def _say(self) -> None:
        for _ in range(self.rng.choice((1, 1, 1, 2, 4))):
            device = self._device()
            if device.screen and self.rng.random() < 0.9:
                mine = [s for s in device.screen if s.startswith("chat:")]
            else:
                mine = [f"chat:{n + 1}" for n in range(self._streams)]
            if mine:
                for _ in range(self.rng.choice((1, 1, 5)) if device.pipelines else 1):
                    device.say(self.rng.choice(sorted(mine)[:3] if device.pipelines else sorted(mine)))

    def _read(self) -> None:
        device = self._device()
        counted = sorted(s for s, shown in device.screen.items() if any(e.get("no") for e in shown))
        if counted:
            stream = self.rng.choice(counted)
            nos = [e["no"] for e in device.screen[stream] if e.get("no")]
            device.do("sync.read", {"stream": stream, "no": self.rng.choice(nos)}, stream)

    def _receipt(self) -> None:
        device = self._device()
        notices = sorted(s for s in device.screen if s.startswith("notice:"))
        if notices:
            number = int(self.rng.choice(notices).split(":")[1])
            device.do(self.rng.choice(("notices.read", "notices.confirm")), {"notice": number}, "receipts")

    # The office.

    def _office(self, work: Callable[..., object], *args: object, **more: object) -> None:
        self._gateway().as_system(partial(_with, work, args, more))

    def _people(self) -> list[int]:
        return self.rng.sample(self.sim.people, self.rng.randint(1, len(self.sim.people)))

    def _open(self) -> None:
        self._streams += 1
        self._office(office.open_stream, f"chat:{self._streams}", self._people(), from_start=self.rng.random() < 0.5)

    def _move(self) -> None:
        some = self._people()[:3]
        cut = self.rng.randint(0, len(some))
        stream = f"chat:{self.rng.randint(1, max(self._streams, 1))}"
        if self.sim.postgres.tables.rows.get(("stream", stream)):
            self._office(office.move, stream, some[:cut], some[cut:], silently=self.rng.random() < 0.5)

    def _publish(self) -> None:
        self._office(office.publish, self._people(), self.rng.choice((2, 3)))

    def _dismiss(self) -> None:
        person = self.rng.choice(self.sim.people)
        self._office(office.dismiss, person)
        self._mending.append(lambda: self._office(office.take_back, person))

    def _sign_out(self) -> None:
        device = self._device()
        if device.token:
            self._office(office.sign_out, device.person, device.credential)

    def _sign_in(self) -> None:
        away = [d for d in self.sim.devices if not d.token]
        if away:
            self._office(office.sign_in, self.rng.choice(away))

    # Trouble. What can be mended is mended some time, in any order.

    def _mend(self) -> None:
        if self._mending:
            self._mending.pop(self.rng.randrange(len(self._mending)))()

    def _gateway(self) -> Gateway:
        return self.rng.choice(self.sim.gateways)

    def _crash(self) -> None:
        gateway = self._gateway()
        if not gateway.loop.dead:
            gateway.crash()
            self._mending.append(gateway.start)

    def _stop(self) -> None:
        gateway = self._gateway()
        gateway.loop.stop_here()
        self._mending.append(lambda loop=gateway.loop: loop.go_on())

    def _silence(self) -> None:
        gateway = self._gateway()
        gateway.link.go_silent()
        self._mending.append(lambda link=gateway.link: link.speak())

    def _cut_commit(self) -> None:
        self._gateway().link.cut_commits += self.rng.randint(1, 3)

    def _freeze(self) -> None:
        self.sim.postgres.freeze()
        self._mending.append(self.sim.postgres.thaw)

    def _cut_wires(self) -> None:
        for wire in self._some_wires():
            wire.break_off()

    def _black_hole(self) -> None:
        for wire in self._some_wires():
            wire.go_silent()

    def _some_wires(self):
        wires = [d.page.wire for d in self.sim.devices if d.page is not None and d.page.wire is not None]
        return self.rng.sample(wires, self.rng.randint(0, min(4, len(wires))))

    def _slow(self) -> None:
        device = self._device()
        device.slow = True
        if device.page is not None and device.page.wire is not None:
            device.page.wire.stop_reading()
        self._mending.append(device.read_on)

    def _full(self) -> None:
        device = self._device()
        device.store.full = True
        self._mending.append(device.make_room)

    def _offline(self) -> None:
        device = self._device()
        device.go_offline()
        self._mending.append(device.go_online)

    def _bus(self) -> None:
        hub = self.sim.hub
        hub.up = False
        self._mending.append(hub.come_back)

    def _clock(self) -> None:
        """The database's clock is set, an hour at most either way."""
        self.sim.postgres.offset_s = self.rng.choice((-3600.0, -600.0, -1.0, 0.0, 1.0, 3600.0))

    def _swizzle(self) -> None:
        """Everybody falls silent one after the other, and is heard again in another order."""
        gateways = self.rng.sample(self.sim.gateways, len(self.sim.gateways))
        for gateway in gateways[: self.rng.randint(1, len(gateways))]:
            gateway.link.go_silent()
            self._mending.append(lambda link=gateway.link: link.speak())
        for device in self.rng.sample(self.sim.devices, self.rng.randint(1, len(self.sim.devices))):
            device.go_offline()
            self._mending.append(device.go_online)


async def _with(work, args, more, engine) -> None:
    await work(engine, *args, **more)
