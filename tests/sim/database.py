"""The model of PostgreSQL: transactions at READ COMMITTED, row locks with their queues, sessions that can be cut.

A statement is a Python function of the same meaning (`statements.py`). One that must wait for a row yields its key, and
goes on when the row is its own; what it reads then is what is committed then.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import GeneratorType
from typing import Any

import asyncpg

from tests.sim import statements
from tests.sim.clockwork import World
from tests.sim.tables import Key, Tables, View

Reply = Callable[[Any], None]
BEGINNING = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
DEADLOCK_S = 1.0


@dataclass(eq=False)
class Session:
    """The database's side of a connection."""

    patience_s: float
    view: View | None = None
    closed: bool = False
    waiting: "Running | None" = None


@dataclass(eq=False)
class Running:
    """A statement that waits for a row."""

    session: Session
    view: View
    work: Generator[Key, bool | None, Any]
    alone: bool
    reply: Reply
    key: Key = ("", None)
    over: bool = False


class Postgres:
    """One database. `sequences`: numbers that are rolled back are lost; only a planted bug says so."""

    sequences = False

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables = Tables()
        self.offset_s = self._at = 0.0
        self._now = BEGINNING
        self.frozen = False
        self.committed: Callable[[View], None] = lambda _: None
        self._backlog: list[Callable[[], None]] = []
        self._holder: dict[Key, View] = {}
        self._queues: dict[Key, deque[Running]] = {}

    def now(self) -> datetime:
        at = self.world.now + self.offset_s
        if at != self._at:
            self._at, self._now = at, BEGINNING + timedelta(seconds=at)
        return self._now

    def freeze(self) -> None:
        """Stopped, or without answer: what is asked waits."""
        self.frozen = True

    def thaw(self) -> None:
        self.frozen = False
        backlog, self._backlog = self._backlog, []
        for ask in backlog:
            ask()

    def execute(self, session: Session, sql: str, args: tuple[Any, ...], reply: Reply) -> None:
        """Carries out a statement and replies with its rows or its error."""
        if self.frozen:
            self._backlog.append(lambda: self.execute(session, sql, args, reply))
            return
        if session.closed:
            return
        if sql in ("COMMIT", "ROLLBACK", "BEGIN"):
            reply(self._control(session, sql))
            return
        view = session.view
        if view is not None and view.failed:
            reply(asyncpg.InFailedSQLTransactionError("current transaction is aborted"))
            return
        work = statements.find(sql)
        alone = view is None
        if view is None:
            view = View(self.tables, self.now(), session)
        else:
            view.now = self.now()
        try:
            result = work(view, *args)
        except asyncpg.PostgresError as error:
            self._fail(view, alone=alone)
            reply(error)
            return
        if result.__class__ is GeneratorType:
            self._go_on(Running(session, view, result, alone, reply))
            return
        if alone:
            self._commit(view)
        reply(result)

    def close(self, session: Session) -> None:
        """The connection is gone: what was not committed is undone."""
        if session.closed:
            return
        session.closed = True
        if session.waiting is not None:
            session.waiting.over = True
            self._roll_back(session.waiting.view)
            session.waiting = None
        if session.view is not None:
            self._roll_back(session.view)
            session.view = None

    def cancel(self, session: Session) -> None:
        """The statement under way is given up by who asked."""
        if session.waiting is not None:
            self._refuse(session.waiting, asyncpg.QueryCanceledError("canceling statement due to user request"))

    def _control(self, session: Session, sql: str) -> Any:
        view, session.view = session.view, None
        failed = view is not None and view.failed
        if view is not None:
            if sql == "ROLLBACK" or failed:
                self._roll_back(view)
            elif sql == "COMMIT":
                self._commit(view)
        if sql == "BEGIN":
            session.view = View(self.tables, self.now(), session)
        return asyncpg.InFailedSQLTransactionError("rolled back") if failed and sql != "ROLLBACK" else []

    def _commit(self, view: View) -> None:
        if view.changes or view.entries:
            self.committed(view)
            self.tables.apply(view.changes, view.entries)
        self._release(view)

    def _roll_back(self, view: View) -> None:
        if self.sequences:
            for entry in view.entries:
                stream = self.tables.rows.get(("stream", entry.stream))
                if stream is not None:
                    self.tables.rows["stream", entry.stream] = stream._replace(seq=max(stream.seq, entry.seq))
        self._release(view)

    def _fail(self, view: View, *, alone: bool) -> None:
        if alone:
            self._roll_back(view)
        else:
            view.failed = True

    def _release(self, view: View) -> None:
        if not view.held:
            return
        held, view.held = view.held, set()
        for key in sorted(held):
            del self._holder[key]
            queue = self._queues.get(key)
            while queue and self._holder.get(key) is None:
                running = queue.popleft()
                if not running.over:
                    running.session.waiting = None
                    self._take(running.view, key)
                    self._go_on(running)
            if not queue:
                self._queues.pop(key, None)

    def _take(self, view: View, key: Key) -> None:
        self._holder[key] = view
        view.held.add(key)

    def _go_on(self, running: Running) -> None:
        got: bool | None = None
        try:
            while True:
                key = running.work.send(got)
                if key[0] == "idle stream":
                    got = self.lock(running.view, ("stream", key[1]))
                elif self.lock(running.view, key):
                    got = None
                else:
                    self._wait(running, key)
                    return
        except StopIteration as end:
            if running.alone:
                self._commit(running.view)
            running.reply(end.value)
        except asyncpg.PostgresError as error:
            self._fail(running.view, alone=running.alone)
            running.reply(error)

    def lock(self, view: View, key: Key) -> bool:
        """Takes a row that is free, or is held by this transaction."""
        holder = self._holder.get(key)
        if holder is None:
            self._take(view, key)
        return holder is None or holder is view

    def _wait(self, running: Running, key: Key) -> None:
        running.key = key
        running.session.waiting = running
        self._queues.setdefault(key, deque()).append(running)
        self.world.after(DEADLOCK_S, lambda: self._look_for_ring(running, key))
        self.world.after(running.session.patience_s, lambda: self._lose_patience(running, key))

    def _lose_patience(self, running: Running, key: Key) -> None:
        if running.session.waiting is running and running.key == key:
            self._refuse(running, asyncpg.LockNotAvailableError("canceling statement due to lock timeout"))

    def _look_for_ring(self, running: Running, key: Key) -> None:
        waits: Running | None = running if running.key == key else None
        for _ in range(20):
            if waits is None or waits.session.waiting is not waits:
                return
            waits = self._holder[waits.key].session.waiting
            if waits is running:
                self._refuse(running, asyncpg.DeadlockDetectedError("deadlock detected"))
                return

    def _refuse(self, running: Running, error: asyncpg.PostgresError) -> None:
        running.over = True
        running.session.waiting = None
        running.work.close()
        self._fail(running.view, alone=running.alone)
        running.reply(error)
