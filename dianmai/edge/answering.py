"""Carrying out an operation for a door: counted, timed, and said to the person's other devices where they must know."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from dianmai.core import telemetry
from dianmai.core.access import Actor
from dianmai.core.appending import Tell
from dianmai.core.engine import Answered, Asked, Engine
from dianmai.core.errors import Invalid, Refusal
from dianmai.core.operations import Aside, Got, Watch, Whisper
from dianmai.edge.bus import EndsAnew, GotUpTo, ReadUpTo, Whispered
from dianmai.edge.connection import Connection
from dianmai.edge.elsewhere import Elsewhere
from dianmai.edge.fanout import Fanout


class Answering:
    """The way from a door to the engine."""

    def __init__(self, engine: Engine, fanout: Fanout, elsewhere: Elsewhere) -> None:
        self.engine = engine
        self._fanout = fanout
        self._elsewhere = elsewhere

    async def answer(self, actor: Actor, asked: Asked, connection: Connection | None = None) -> Answered:
        """Carries it out. `connection` is the socket that asked, if one did."""
        if connection is not None and self.engine.operations[asked.op].http_only:
            raise Invalid("only_over_http", status=400, field="op")
        ended = self._ended(actor, connection)
        try:
            answered = await self.engine.answer(actor, asked)
        except Refusal as refusal:
            ended(asked, refusal)
            raise
        ended(asked, answered)
        return answered

    async def answer_in_order(self, connection: Connection, asked: Sequence[Asked], tell: Tell) -> None:
        """Carries out what a socket appends, in the order it was asked for; `tell` hears how each has ended."""
        ended = self._ended(connection.actor, connection)

        def told(number: int, how: Any) -> None:
            ended(asked[number], how)
            tell(number, how)

        await self.engine.answer_in_order(connection.actor, asked, told)

    def _ended(self, actor: Actor, connection: Connection | None) -> Callable[[Asked, Any], None]:
        """What is to be done when an operation that begins now has ended."""
        started, decided = time.perf_counter(), self._fanout.rights_moved

        def ended(asked: Asked, how: Any) -> None:
            if isinstance(how, Refusal):
                telemetry.refusals.labels(how.code).inc()
            if not isinstance(how, Answered):
                return
            telemetry.tally.took(self.engine.operations[asked.op].kind, time.perf_counter() - started)
            if how.device and actor.credential is not None:
                self._fanout.ends_anew(actor.id, actor.credential)
                self._elsewhere.tell(EndsAnew(actor.id, actor.credential))
            for stream, no in how.marks.items():
                self._fanout.seen(actor.id, stream, no, connection)
                self._elsewhere.tell(ReadUpTo(actor.id, stream, no))
            for aside in how.asides or ():
                self._besides(actor, connection, aside, started)
            if connection is not None:
                for stream, numbers in how.listens.items():
                    self._fanout.listen(connection, stream, numbers=numbers, decided=decided)

        return ended

    def _besides(self, actor: Actor, connection: Connection | None, aside: Aside, started: float) -> None:
        match aside:
            case Watch(stream, marks, whispers):
                if connection is not None:
                    self._fanout.watching.watch(connection, stream, marks=marks, whispers=whispers, since=started)
            case Got(stream, no):
                self._fanout.watching.mark(stream, actor.id, got=no)
                self._elsewhere.tell(GotUpTo(actor.id, stream, no))
            case Whisper(stream, kind):
                self._fanout.watching.whisper(stream, actor.id, kind)
                self._elsewhere.tell(Whispered(actor.id, stream, kind))
