"""The engine: takes an operation from any door, runs it, commits it, tells who listens.

Reading, appending, writing and gathering all end here; nobody else begins or commits a transaction.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec
import structlog

from dianmai.core import access, decoding
from dianmai.core.access import SYSTEM, Actor
from dianmai.core.appending import DECIDE_AGAIN, Appends, Decide, Decided, Tell
from dianmai.core.db import Database, answering_when_down, let_nobody_wait
from dianmai.core.errors import Conflict, Invalid, NotAllowed, Unavailable
from dianmai.core.gatherings import EndedMeanwhile, Gatherings
from dianmai.core.ids import random_id
from dianmai.core.journal import Committed, Fold, Line, Placed, StaleGuard, encode_body
from dianmai.core.listening import Listeners
from dianmai.core.operations import Act, Append, Aside, Gather, Operation, Operations
from dianmai.core.placing import Placing
from dianmai.core.reads import Reads
from dianmai.core.room import Room
from dianmai.core.streams import Streams
from dianmai.core.together import Together
from dianmai.core.transactions import Transaction

log = structlog.get_logger()

T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A request as a door hands it over."""

    op: str
    body: bytes
    nonce: str | None = None
    address: str = ""
    device: str | None = None


class Answered(msgspec.Struct):
    """The answer's JSON, and what the door must do besides sending it."""

    body: bytes
    listens: dict[str, bool] = msgspec.field(default_factory=dict[str, bool])
    marks: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    session: str | None = None
    session_ended: bool = False
    device: str | None = None
    asides: list[Aside] | None = None


class Engine:
    """One process's engine over one database."""

    def __init__(
        self,
        database: Database,
        operations: Iterable[Operation],
        folds: Mapping[str, Fold],
        *,
        disk: Path | None = None,
    ) -> None:
        """`disk`: a directory on the database's disk, if that is one of this machine's."""
        self.database = database
        self._room = Room(disk)
        self.operations = Operations(operations)
        self._folds = folds
        self.listeners = Listeners()
        self.gatherings = Gatherings(self.write)
        self._requests = msgspec.json.Encoder()
        self._reads = Reads(database)
        self._admitted = Together(self._alive_now)

    async def start(self) -> None:
        """Opens the database and starts the group commit. The schema must be up to date (`migrations.migrate`)."""
        await self.database.open()
        async with self.database.reading() as connection:
            self.installation: UUID = await connection.fetchval("SELECT id FROM installation")
        self._placing = Placing(self.installation.bytes, self._folds)
        self.streams = Streams(self.database.pool, self._reads)
        self.listeners.add(self.streams.follow, elsewhere=True)
        self._appends = Appends(self.database, self._placing, self.streams, self.listeners.committed)
        self._appends.start()

    async def stop(self) -> None:
        """Finishes what is gathered and committing, then closes the database."""
        await self.gatherings.finish()
        await self._appends.stop()
        await self.database.close()

    @property
    def alive(self) -> bool:
        """Whether the group commit goes on."""
        return self._appends.alive

    async def answer(self, actor: Actor, asked: Asked) -> Answered:
        """Carries out one operation for one actor. Raises a `Refusal`; anything else raised is a bug."""
        operation, ask = self._understood(actor, asked)
        match operation.kind:
            case "reading":
                return await self._read(operation, actor, ask, asked)
            case "appending":
                return await self._append(operation, actor, ask, asked)
            case "writing":
                return await self._write(operation, actor, ask, asked)
            case "gathering":
                return await self._gather(operation, actor, ask, asked)

    async def answer_in_order(self, actor: Actor, asked: Sequence[Asked], tell: Tell) -> None:
        """Carries out appending operations in the order they were asked for; `tell` hears how each has ended."""
        numbers: list[int] = []
        deciding: list[Decide] = []
        for number, one in enumerate(asked):
            try:
                operation, ask = self._understood(actor, one)
            except Exception as error:
                tell(number, error)
            else:
                numbers.append(number)
                deciding.append(self._decide(operation, actor, ask, one))
        await self._appends.in_order(deciding, lambda n, outcome: tell(numbers[n], outcome))

    def _understood(self, actor: Actor, asked: Asked) -> tuple[Operation, Any]:
        """The operation that was asked for, and its request."""
        operation = self.operations[asked.op]
        if not (actor.signed_in or operation.anonymous):
            raise NotAllowed("sign_in_required", status=401)
        ask = decoding.decode(operation.decoder, asked.body)
        if operation.needs_nonce and asked.nonce is None:
            raise Invalid("nonce_required", field="nonce")
        if not (operation.kind == "reading" or operation.on_reserve):
            self._room.require()
        return operation, ask

    async def _read(self, operation: Operation, actor: Actor, ask: Any, asked: Asked) -> Answered:
        now = await self._require_admitted(actor)
        act = self._act(actor, now, self._reads, asked)
        answer = await operation.run(act, ask)
        if actor.credential is not None:
            # It may have waited for seconds before it read: what was read after access ended is not shown.
            await self._require_admitted(actor)
        return self._answered(act, answer)

    async def _require_admitted(self, actor: Actor) -> datetime:
        alive, now = await self._admitted.answer(actor.credential)
        if not alive:
            raise NotAllowed("session_revoked", status=401)
        return now

    async def _alive_now(self, credentials: Sequence[int | None]) -> Sequence[tuple[bool, datetime]]:
        """Whether each of these credentials is alive, and the database's time."""
        shown = {credential for credential in credentials if credential is not None}
        async with self.database.reading() as connection:
            alive, now = await access.alive_now(connection, list(shown))
        return [(credential is None or credential in alive, now) for credential in credentials]

    async def _append(self, operation: Operation, actor: Actor, ask: Any, asked: Asked) -> Answered:
        ended: list[Any] = []
        await self._appends.in_order([self._decide(operation, actor, ask, asked)], lambda _, how: ended.append(how))
        if isinstance(ended[0], Exception):
            raise ended[0]
        return ended[0]

    def _decide(self, operation: Operation, actor: Actor, ask: Any, asked: Asked) -> Decide:
        """How an appending operation decides; it may be asked again."""

        async def decide() -> Decided:
            act = self._act(actor, datetime.min, self.database.pool, asked)
            append: Append[Any] = await operation.run(act, ask)
            lines = [
                Line(d, d.actor or actor.id, d.nonce or asked.nonce or "", part, encode_body(d.body))
                for part, d in enumerate(append.drafts)
            ]

            def answer(placed: Sequence[Placed]) -> Answered:
                return self._answered(act, append.answer(placed))

            return Decided(lines, append.guards, actor.credential, answer)

        return decide

    async def _write(self, operation: Operation, actor: Actor, ask: Any, asked: Asked) -> Answered:
        digest = hashlib.sha256(operation.name.encode() + b"\n" + asked.body).digest()
        act: Act | None = None

        async def work(tx: Transaction) -> bytes:
            nonlocal act
            act = self._act(actor, tx.now, tx.db, asked, tx)
            nonce = asked.nonce if operation.needs_nonce else None
            if nonce is not None and (earlier := await tx.db.fetchrow(_EARLIER, actor.id, nonce)):
                if earlier["digest"] != digest:
                    raise Conflict("idempotency_conflict")
                return earlier["answer"]
            answer = self._requests.encode(await operation.run(act, ask))
            if nonce is not None:
                await tx.db.execute(_REMEMBER, actor.id, nonce, operation.name, digest, answer)
            return answer

        for _ in range(DECIDE_AGAIN):
            try:
                body = await self.write(work, actor=actor, nonce=asked.nonce)
            except StaleGuard as stale:
                self.streams.forget(stale.streams)
                continue
            except asyncpg.UniqueViolationError as clash:
                # The same nonce was being written at the same moment: the second look finds the first answer.
                if clash.constraint_name == "entry_once":
                    raise Conflict("idempotency_conflict") from None
                if clash.constraint_name != "request_pkey":
                    raise
                continue
            assert act is not None
            return _answered(act, body)
        raise Unavailable("storage_unavailable", retry_after_ms=100)

    async def write(
        self, work: Callable[[Transaction], Awaitable[T]], *, actor: Actor = SYSTEM, nonce: str | None = None
    ) -> T:
        """Runs `work` in a transaction, places what it asked for, commits, and tells the listeners.

        The door of followers, timers and the command line, which act as the system.
        """

        async def attempt(connection: asyncpg.Connection) -> tuple[T, list[Committed]]:
            tx = Transaction(connection, await access.require_alive(connection, actor), actor)
            result = await work(tx)
            return result, await self._place(connection, tx, nonce)

        result, committed = await self.database.transaction(attempt)
        self.listeners.committed(committed)
        return result

    async def _place(self, connection: asyncpg.Connection, tx: Transaction, nonce: str | None) -> list[Committed]:
        async def check() -> None:
            if not tx.own_access_ends:
                await access.require_alive(connection, tx.actor)
            if tx.rests_on and len(await access.alive(connection, list(tx.rests_on))) < len(tx.rests_on):
                raise EndedMeanwhile
            for write in tx.writes:
                await write()

        if not (tx.drafts or tx.members or tx.opened):
            assert not tx.every_lane, "what ends access appends that it did"
            assert not tx.writes, "what is written last comes with an entry"
            await check()
            return []
        fallback = nonce or f"tx:{random_id()}"
        parts: dict[tuple[str, int, str], int] = {}
        lines: list[Line] = []
        for draft in tx.drafts:
            author, name = draft.actor or tx.actor.id, draft.nonce or fallback
            part = parts.get((draft.stream, author, name), 0)
            parts[draft.stream, author, name] = part + 1
            lines.append(Line(draft, author, name, part, encode_body(draft.body)))

        await let_nobody_wait(connection)
        return await self._placing.place_all(
            connection,
            lines,
            opened=tx.opened,
            members=tx.members,
            check=check,
            every_lane=tx.every_lane,
            guards=tx.guards,
        )

    async def _gather(self, operation: Operation, actor: Actor, ask: Any, asked: Asked) -> Answered:
        act = self._act(actor, datetime.min, self.database.pool, asked)
        with answering_when_down():
            gather: Gather[Any] = await operation.run(act, ask)
        answer = await self.gatherings.add(gather.into, actor, gather.item)
        if gather.then is not None:
            gather.then(answer)
        return self._answered(act, answer)

    def _act(self, actor: Actor, now: datetime, db: Any, asked: Asked, transaction: Transaction | None = None) -> Act:
        return Act(
            actor, now, db, self.streams, asked.address, asked.nonce, device_token=asked.device, transaction=transaction
        )

    def _answered(self, act: Act, answer: Any) -> Answered:
        return _answered(act, self._requests.encode(answer))


def _answered(act: Act, body: bytes) -> Answered:
    return Answered(body, act.listens, act.marks, act.session, act.session_ended, act.device, act.asides)


_EARLIER = "SELECT digest, answer FROM request WHERE actor = $1 AND nonce = $2"
_REMEMBER = "INSERT INTO request (actor, nonce, op, digest, answer) VALUES ($1, $2, $3, $4, $5)"
