"""Bugs planted on purpose in the device: each takes one protection away from it."""

from contextlib import ExitStack
from typing import Any

from tests.sim import device, journal, page
from tests.sim.planting import plant, put


@plant
def cursor_before_entries(stack: ExitStack) -> None:
    """The device notes how far it has come before it has stored what it has got."""
    keep = device.Store.keep

    async def note_first(self: Any, rng: Any, batch: Any, owed: Any) -> None:
        self.cursors.update(batch.cursors)
        await keep(self, rng, batch, owed)

    put(stack, device.Store, "keep", note_first)


@plant
def start_over_keeps_what_was(stack: ExitStack) -> None:
    """The device goes on behind what it was told to drop."""
    show, write = device.Device.show, device.Store.write

    def keep(self: Any, batch: Any, *owed: Any) -> None:
        batch.dropped = []
        (show if isinstance(self, device.Device) else write)(self, batch, *owed)

    put(stack, device.Device, "show", keep)
    put(stack, device.Store, "write", keep)


@plant
def left_is_forgotten(stack: ExitStack) -> None:
    """A list that is older than the news brings a left stream back."""
    put(stack, journal.Journal, "start_levelling", _start_levelling)
    put(stack, journal.Journal, "changed", _changed)


_changed_well = journal.Journal.changed


def _start_levelling(self: Any) -> None:
    self._levelling = True


def _changed(self: Any, joined: Any, left: Any) -> Any:
    out = _changed_well(self, joined, left)
    for stream in left:
        self._said_meanwhile.pop(stream, None)
    return out


@plant
def another_nonce_each_time(stack: ExitStack) -> None:
    """What stays without an answer is sent as if it were something new."""
    ask = page.Page.ask

    async def rename(self: Any, operation: str, body: Any, nonce: str | None = None) -> Any:
        if nonce is not None and self.rng.random() < 0.5:
            nonce = f"{nonce}-{self.rng.randrange(10**6):06d}"
        return await ask(self, operation, body, nonce)

    put(stack, page.Page, "ask", rename)


@plant
def hole_not_noticed(stack: ExitStack) -> None:
    """The device shows what comes, as it comes."""
    take = journal.Journal._take

    def believe(self: Any, stream: str, entries: Any, out: Any) -> None:
        held = self._of(stream)
        if entries and held.have is not None and entries[0]["seq"] > held.have:
            held.have = entries[0]["seq"] - 1
        take(self, stream, entries, out)

    put(stack, journal.Journal, "_take", believe)


@plant
def hole_given_up(stack: ExitStack) -> None:
    """A hole that could not be filled once stays until something else is said."""

    def give_up(self: Any, stream: str) -> Any:
        self._of(stream).filling = False
        return journal.Outcome()

    put(stack, journal.Journal, "unfilled", give_up)


@plant
def older_list_believed(stack: ExitStack) -> None:
    """A list that is older than the news takes a stream away that was left and joined again."""

    def forget(self: Any, joined: Any, left: Any) -> Any:
        out = _changed_well(self, joined, left)
        for state in joined:
            self._said_meanwhile.pop(state["stream"], None)
        return out

    put(stack, journal.Journal, "changed", forget)


@plant
def asked_for_ever(stack: ExitStack) -> None:
    """Something was heard of a stream that no list names: the device asks until one does."""
    level = journal.Journal.level

    def wait(self: Any, answer: Any, asked: Any) -> Any:
        unknown = {stream: held for stream, held in self._streams.items() if held.have is None}
        out = level(self, answer, asked)
        for stream in unknown.keys() - self._streams.keys():
            self._streams[stream] = unknown[stream]
            out.relevel = True
        return out

    put(stack, journal.Journal, "level", wait)
