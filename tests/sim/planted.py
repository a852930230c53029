"""Bugs planted on purpose: a simulator that does not find them proves nothing by finding none.

Each takes one protection away from the real servers, from the model of the database, or from the device.
"""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from dianmai.core import committing, judging, known, streams
from dianmai.core.committing import Committer
from dianmai.core.judging import Found
from dianmai.edge import fanout, store
from dianmai.edge.elsewhere import Elsewhere
from dianmai.edge.fanout import Fanout
from dianmai.notices import receipts, rules
from tests.sim import database, device, journal, looking, page, storing
from tests.sim.rows import Row
from tests.sim.tables import Member

Plant = Callable[[ExitStack], None]
PLANTED: dict[str, Plant] = {}


def plant(bug: Plant) -> Plant:
    PLANTED[bug.__name__] = bug
    return bug


@contextmanager
def planted(name: str) -> Generator[None]:
    """Runs with one of them."""
    with ExitStack() as stack:
        PLANTED[name](stack)
        yield


def _set(stack: ExitStack, owner: Any, name: str, value: Any) -> None:
    stack.enter_context(patch.object(owner, name, value))


@plant
def acknowledged_before_commit(stack: ExitStack) -> None:
    """Whoever waits is told as soon as the lines are written, before COMMIT is asked for."""
    commit_known = Committer._commit_known

    async def commit(self: Any, connection: Any, batch: Any) -> Any:
        await connection.execute("BEGIN")
        settle = await commit_known(self, connection, batch)
        if settle is None:
            await connection.execute("ROLLBACK")
            return None
        settle()
        await connection.execute("COMMIT")
        return lambda: None

    _set(stack, Committer, "_commit_known", commit)


@plant
def nonces_forgotten(stack: ExitStack) -> None:
    """What was stored is remembered by nobody but the process, and not by that for long."""
    look = judging.look

    async def forget(connection: Any, ready: Any) -> Found:
        found = await look(connection, ready)
        return Found({}, found.alive)

    _set(stack, committing, "look", forget)
    _set(stack, storing, "unique_nonces", False)


@plant
def seq_from_a_sequence(stack: ExitStack) -> None:
    """What is rolled back leaves a hole."""
    _set(stack, database.Postgres, "sequences", True)


@plant
def cursor_before_entries(stack: ExitStack) -> None:
    """The device notes how far it has come before it has stored what it has got."""
    keep = device.Store.keep

    async def note_first(self: Any, rng: Any, batch: Any, owed: Any) -> None:
        self.cursors.update(batch.cursors)
        await keep(self, rng, batch, owed)

    _set(stack, device.Store, "keep", note_first)


@plant
def nobody_detached(stack: ExitStack) -> None:
    """Who has left a stream goes on hearing it."""
    _set(stack, Fanout, "_let_go", lambda *_: None)


@plant
def alive_for_ever(stack: ExitStack) -> None:
    """A credential found alive once is believed for ever, also by the statement that commits."""

    def learn(self: Any, ends: int, alive: Any) -> None:
        self.ends = ends
        self._alive.update(alive)

    _set(stack, known.Known, "learn_alive", learn)


@plant
def bus_believed(stack: ExitStack) -> None:
    """While there is a bus nobody looks into the database."""
    look = Elsewhere._look

    async def trust(self: Any) -> None:
        if not self._bus.connected:
            await look(self)

    _set(stack, Elsewhere, "_look", trust)


@plant
def hints_delivered_as_they_come(stack: ExitStack) -> None:
    """What comes is sent, whatever lies before it."""
    take = Fanout._take

    def send(self: Any, commit: Any) -> None:
        heard = self._streams.get(commit.stream)
        if heard is not None and heard.later is None and heard.epoch == commit.member_epoch and commit.entries:
            self._send(heard, commit.entries)
        else:
            take(self, commit)

    _set(stack, Fanout, "_take", send)


@plant
def positions_forgotten(stack: ExitStack) -> None:
    """A new connection to the database starts from the present: what was committed meanwhile is never looked at."""
    look = Elsewhere._look

    async def start_anew(self: Any) -> None:
        if self._connection is None:
            self._connection = await self._engine.database.own_connection()
            self._last_look = await store.lane_heads(self._connection)
            self._positions = [head.pos for head in self._last_look]
            self._moves = [head.moves for head in self._last_look]
        await look(self)

    _set(stack, Elsewhere, "_look", start_anew)


@plant
def stale_edge_delivers(stack: ExitStack) -> None:
    """A server that has lost the database goes on as if it knew who may hear what."""
    _set(stack, Elsewhere, "fresh", True)


@plant
def guards_ignored(stack: ExitStack) -> None:
    """A decision stands, though the members it rests on have changed."""
    judge = judging.judge

    def overlook(waiting: Any, heads: Any, found: Any) -> Any:
        guards, waiting.guards = waiting.guards, ()
        try:
            return judge(waiting, heads, found)
        finally:
            waiting.guards = guards

    async def ask(self: Any, connection: Any, batch: Any) -> None:
        return None

    _set(stack, committing, "judge", overlook)
    _set(stack, Committer, "_commit_known", ask)
    _set(stack, streams.Streams, "follow", lambda *_: None)


@plant
def start_over_keeps_what_was(stack: ExitStack) -> None:
    """The device goes on behind what it was told to drop."""
    show, write = device.Device.show, device.Store.write

    def keep(self: Any, batch: Any, *owed: Any) -> None:
        batch.dropped = []
        (show if isinstance(self, device.Device) else write)(self, batch, *owed)

    _set(stack, device.Device, "show", keep)
    _set(stack, device.Store, "write", keep)


@plant
def receipts_go_back(stack: ExitStack) -> None:
    """What is said last counts."""
    _set(stack, rules, "advanced", lambda _state, claimed, owes: min(claimed, owes))
    _set(stack, receipts, "_move", _moved_anyhow)
    _set(stack, looking, "recipients_go_forward", False)


def _moved_anyhow(standing: Any, said: Any) -> Any:
    state = min(max(said), standing.owes)
    return receipts.Move(standing, state, said) if state != standing.state else None


@plant
def read_cursors_go_back(stack: ExitStack) -> None:
    """Reading an old message on another device moves the cursor there."""

    def replace(view: Any, wanted: dict[tuple[str, int], int]) -> Any:
        found = []
        for key in sorted(wanted):
            yield ("member", key)
            member: Member | None = view.membership(*key)
            if member is not None:
                view.put("member", key, member._replace(read_no=wanted[key]))
                found.append(Row((*key, wanted[key])))
        return found

    _set(stack, looking, "read_to", replace)


@plant
def left_is_forgotten(stack: ExitStack) -> None:
    """A list that is older than the news brings a left stream back."""
    _set(stack, journal.Journal, "start_levelling", _start_levelling)
    _set(stack, journal.Journal, "changed", _changed)


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

    _set(stack, page.Page, "ask", rename)


@plant
def floors_ignored(stack: ExitStack) -> None:
    """Whoever is attached hears everything that comes, also what was said before they joined."""
    _set(stack, fanout, "without_floors", lambda heard, _: (heard.sockets, {}))


@plant
def hole_not_noticed(stack: ExitStack) -> None:
    """The device shows what comes, as it comes."""
    take = journal.Journal._take

    def believe(self: Any, stream: str, entries: Any, out: Any) -> None:
        held = self._of(stream)
        if entries and held.have is not None and entries[0]["seq"] > held.have:
            held.have = entries[0]["seq"] - 1
        take(self, stream, entries, out)

    _set(stack, journal.Journal, "_take", believe)


@plant
def hole_given_up(stack: ExitStack) -> None:
    """A hole that could not be filled once stays until something else is said."""

    def give_up(self: Any, stream: str) -> Any:
        self._of(stream).filling = False
        return journal.Outcome()

    _set(stack, journal.Journal, "unfilled", give_up)


@plant
def came_and_went_untold(stack: ExitStack) -> None:
    """Who has joined and left before a server looked is told nothing by it."""
    let_go = Fanout._let_go
    _set(stack, Fanout, "_let_go", lambda self, heard, people, _: let_go(self, heard, people, ()))


@plant
def older_list_believed(stack: ExitStack) -> None:
    """A list that is older than the news takes a stream away that was left and joined again."""

    def forget(self: Any, joined: Any, left: Any) -> Any:
        out = _changed_well(self, joined, left)
        for state in joined:
            self._said_meanwhile.pop(state["stream"], None)
        return out

    _set(stack, journal.Journal, "changed", forget)


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

    _set(stack, journal.Journal, "level", wait)
