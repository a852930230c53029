"""Bugs planted on purpose in the real servers and in the model of their database: each takes one protection away."""

from contextlib import ExitStack
from typing import Any

from dianmai.core import committing, judging, known, streams
from dianmai.core.committing import Committer
from dianmai.core.judging import Found
from dianmai.edge import fanout, store
from dianmai.edge.elsewhere import Elsewhere
from dianmai.edge.fanout import Fanout
from dianmai.edge.listeners import Listeners
from dianmai.edge.socket import SocketDoor
from dianmai.notices import receipts, rules
from tests.sim import database, looking, storing
from tests.sim.planting import plant, put
from tests.sim.rows import Row
from tests.sim.tables import Member


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

    put(stack, Committer, "_commit_known", commit)


@plant
def nonces_forgotten(stack: ExitStack) -> None:
    """What was stored is remembered by nobody but the process, and not by that for long."""
    look = judging.look

    async def forget(connection: Any, ready: Any) -> Found:
        found = await look(connection, ready)
        return Found({}, found.alive)

    put(stack, committing, "look", forget)
    put(stack, storing, "unique_nonces", False)


@plant
def seq_from_a_sequence(stack: ExitStack) -> None:
    """What is rolled back leaves a hole."""
    put(stack, database.Postgres, "sequences", True)


@plant
def nobody_detached(stack: ExitStack) -> None:
    """Who has left a stream goes on hearing it."""
    put(stack, Listeners, "_let_go", lambda *_: None)


@plant
def alive_for_ever(stack: ExitStack) -> None:
    """A credential found alive once is believed for ever, also by the statement that commits."""

    def learn(self: Any, ends: int, alive: Any) -> None:
        self.ends = ends
        self._alive.update(alive)

    put(stack, known.Known, "learn_alive", learn)


@plant
def bus_believed(stack: ExitStack) -> None:
    """While there is a bus nobody looks into the database."""
    look = Elsewhere._look

    async def trust(self: Any) -> None:
        if not self._bus.connected:
            await look(self)

    put(stack, Elsewhere, "_look", trust)


@plant
def hints_delivered_as_they_come(stack: ExitStack) -> None:
    """What comes is sent, whatever lies before it."""
    take = Fanout._take

    def send(self: Any, commit: Any) -> None:
        heard = self.listeners.streams.get(commit.stream)
        if heard is not None and heard.later is None and heard.epoch == commit.member_epoch and commit.entries:
            self._send(heard, commit.entries)
        else:
            take(self, commit)

    put(stack, Fanout, "_take", send)


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

    put(stack, Elsewhere, "_look", start_anew)


@plant
def stale_edge_delivers(stack: ExitStack) -> None:
    """A server that has lost the database goes on as if it knew who may hear what."""
    put(stack, Elsewhere, "fresh", True)


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

    put(stack, committing, "judge", overlook)
    put(stack, Committer, "_commit_known", ask)
    put(stack, streams.Streams, "follow", lambda *_: None)


@plant
def receipts_go_back(stack: ExitStack) -> None:
    """What is said last counts."""
    put(stack, rules, "advanced", lambda _state, claimed, owes: min(claimed, owes))
    put(stack, receipts, "_move", _moved_anyhow)
    put(stack, looking, "recipients_go_forward", False)


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

    put(stack, looking, "read_to", replace)


@plant
def floors_ignored(stack: ExitStack) -> None:
    """Whoever is attached hears everything that comes, also what was said before they joined."""
    put(stack, fanout, "by_first", lambda heard, _: (heard.sockets, {}))


@plant
def came_and_went_untold(stack: ExitStack) -> None:
    """Who has joined and left before a server looked is told nothing by it."""
    let_go = Listeners._let_go
    put(stack, Listeners, "_let_go", lambda self, heard, people, _: let_go(self, heard, people, ()))


@plant
def decided_side_by_side(stack: ExitStack) -> None:
    """What one socket sends in a row is decided at once, and queued as each decision comes."""
    put(stack, SocketDoor, "is_appending", lambda *_: False)


@plant
def put_back_in_reverse(stack: ExitStack) -> None:
    """What waits for a busy stream stands in the queue the other way round for its next try."""
    requeue = Committer._requeue

    async def turn(self: Any, busy: Any, **more: Any) -> None:
        await requeue(self, busy[::-1], **more)

    put(stack, Committer, "_requeue", turn)
