"""Every statement the servers send, by its SQL text, as a function of the same meaning.

A statement that is not here fails the simulation: whoever writes a new one on the way of a message adds it.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from dianmai.core import access, committing, engine, judging, missed, placing, streams
from dianmai.edge import store as edge
from dianmai.notices import store_receipts as receipts
from tests.sim import looking, storing
from tests.sim.rows import Row, one


def find(sql: str) -> Callable[..., Any]:
    """The function of a statement."""
    try:
        return _STATEMENTS[sql]
    except KeyError:
        raise AssertionError(f"the simulator does not know this statement: {sql}") from None


_STATEMENTS: dict[str, Callable[..., Any]] = {
    "SELECT clock_timestamp()": lambda view: one(view.now),
    "SELECT id FROM installation": lambda _: one(UUID(int=7)),
    "SELECT lane, pos, moves FROM lane": looking.lane_heads,
    "SELECT seq FROM stream WHERE stream = $1": lambda view, name: [
        Row((s.seq,)) for s in [view.get("stream", name)] if s
    ],
    looking.ADD_NOTICE: looking.add_notice,
    committing._SETTINGS: looking.nothing,
    placing._LOCK: storing.lock,
    placing._LOCK_IDLE: storing.lock_idle,
    placing._EXISTING: storing.existing,
    placing._LOCK_LANES: storing.lock_lanes,
    placing._LOCK_EVERY_LANE: storing.lock_every_lane,
    placing._ACCESS_ENDS: storing.access_ends,
    placing._WRITE: storing.write,
    placing._WRITE_KNOWN: storing.write_known,
    placing._MOVE_MEMBERS: storing.move_members,
    placing._OPEN: storing.open_,
    placing._JOIN: storing.join,
    placing._LEAVE: storing.leave,
    judging._LOOK: storing.look,
    engine._EARLIER: storing.earlier,
    engine._REMEMBER: storing.remember,
    access._CREATE: storing.create,
    access._ISSUE: storing.issue,
    access._RESOLVE: storing.resolve,
    access._TOUCH: looking.nothing,
    access._ALIVE: storing.alive_,
    access._ALIVE_NOW: storing.alive_now,
    access._END_ACCESS: storing.end_access,
    access._ALLOW_ACCESS: storing.allow_access,
    access._END_CREDENTIAL: storing.end_credential,
    streams._MEMBERSHIP: looking.membership,
    streams._FIRST: looking.first,
    streams._STATES: looking.states,
    streams._MARK_READ: looking.mark_read,
    missed._ENTRIES: looking.entries,
    edge._HEARD: looking.heard,
    edge._MEMBERS: looking.members,
    edge._SOME_MEMBERS: looking.some_members,
    edge._MOVED: looking.moved,
    edge._BETWEEN: looking.between,
    edge._GAP: looking.gap,
    receipts._LOCK_COUNTS: looking.lock_counts,
    receipts._STANDINGS: looking.standings,
    receipts._MOVE: looking.move,
    receipts._ADD_UNIT_COUNTS: looking.nothing,
    receipts._ADD_COUNTS: looking.add_counts,
}
