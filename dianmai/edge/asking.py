"""What one socket asks for: carried out and answered, each by its `ref`.

What it appends is decided and stored in the order it came, what waits together mostly in one commit; other operations
run beside them, at most 32 altogether. What comes beyond that waits, and when much waits no more is read.
"""

from collections import deque
from typing import TYPE_CHECKING, Final

import structlog

from dianmai.core.engine import Answered, Asked
from dianmai.core.errors import Invalid, Refusal
from dianmai.core.ids import random_id
from dianmai.edge import frames
from dianmai.wire.frames import Do

if TYPE_CHECKING:
    from dianmai.edge.connection import Connection
    from dianmai.edge.socket import SocketDoor

log = structlog.get_logger()

IN_FLIGHT: Final = 32
QUEUED: Final = 64


class Asking:
    """The operations of one socket that are under way or wait."""

    __slots__ = ("_connection", "_door", "_later", "_ordered", "flying", "reading_paused")

    def __init__(self, connection: "Connection", door: "SocketDoor") -> None:
        self._connection = connection
        self._door = door
        self._later: deque[Do] | None = None
        self._ordered: deque[Do] | None = None
        self.flying = 0
        self.reading_paused = False

    @property
    def waiting(self) -> int:
        """How many have not begun."""
        return len(self._later or ())

    def ask(self, do: Do) -> None:
        """Carries out an operation, now or when its turn has come."""
        if not self._connection.ready or self.flying >= IN_FLIGHT:
            self._put_off(do)
        else:
            self._start(do)

    def go_on(self) -> None:
        """Begins what waits, as far as there is room for it."""
        while self._later and self.flying < IN_FLIGHT:
            self._start(self._later.popleft())
        if self.reading_paused and not self._later and not self._connection.closing:
            self.reading_paused = False
            self._connection.transport.resume_reading()

    def _put_off(self, do: Do) -> None:
        if self._later is None:
            self._later = deque()
        self._later.append(do)
        if len(self._later) > QUEUED and not self.reading_paused:
            self.reading_paused = True
            self._connection.transport.pause_reading()

    def _start(self, do: Do) -> None:
        self.flying += 1
        operation = self._door.engine.operations.all().get(do.op)
        if operation is not None and not operation.by_itself:
            self._connection.used = True
        if not self._door.is_appending(do.op):
            self._door.run(self._carry_out(do))
            return
        if self._ordered is None:
            self._ordered = deque((do,))
            self._door.run(self._carry_out_in_order(self._ordered))
        else:
            self._ordered.append(do)

    async def _carry_out_in_order(self, ordered: "deque[Do]") -> None:
        """What came while the last ones were carried out is carried out together."""
        try:
            while ordered:
                together = dict(enumerate(ordered))
                ordered.clear()
                await self._carry_out_together(together)
        finally:
            self._ordered = None

    async def _carry_out_together(self, together: dict[int, Do]) -> None:
        asked = [self._asked(do) for do in together.values()]
        try:
            await self._door.answering.answer_in_order(
                self._connection, asked, lambda number, how: self._ended(together.pop(number), how)
            )
        except Exception as error:
            while together:  # each has an answer, whatever it is that went wrong
                self._ended(together.popitem()[1], error)

    async def _carry_out(self, do: Do) -> None:
        try:
            how = await self._door.answering.answer(self._connection.actor, self._asked(do), self._connection)
        except Exception as error:
            how = error
        self._ended(do, how)

    def _asked(self, do: Do) -> Asked:
        return Asked(do.op, bytes(do.body), do.nonce, self._connection.address)

    def _ended(self, do: Do, how: Answered | Exception) -> None:
        connection = self._connection
        if isinstance(how, Answered):
            if not connection.closing:
                self._door.outbox.send(connection, frames.done_frame(do.ref, how.body))
        elif isinstance(how, Refusal):
            connection.refuse(how, do.ref)
            if how.code == "session_revoked":
                connection.close(4010, "session_revoked")
        else:
            request_id = random_id(9)
            log.error("operation failed", op=do.op, request_id=request_id, exc_info=how)
            connection.refuse(Invalid("internal_error", status=500, request_id=request_id), do.ref, request_id)
        self.flying -= 1
        if self._later:
            self.go_on()
