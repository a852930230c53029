"""An engine's gatherings: what many people's small writes are collected in, and how each batch of them is written.

Whose access has ended by the time of the commit is told so; nothing of it is written.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from dianmai.core import access
from dianmai.core.access import Actor
from dianmai.core.errors import NotAllowed, Refusal, Unavailable
from dianmai.core.gathering import Gatherer, Gathering
from dianmai.core.transactions import Transaction

WRITE_AGAIN: Final = 5

Answers = list[Any]
Write = Callable[[Callable[[Transaction], Awaitable[Answers]]], Awaitable[Answers]]


class EndedMeanwhile(Exception):
    """Access on which a transaction rests has ended before it could commit: nothing of it is written."""


class Gatherings:
    """One engine's running gatherings. `write` carries out work in a transaction of the engine's."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._running: dict[int, Gathering[Any, Any]] = {}

    async def add(self, gatherer: Gatherer[Any, Any], actor: Actor, item: Any) -> Any:
        """Adds an item to this process's gathering and answers once it is committed."""
        gathering = self._running.get(id(gatherer))
        if gathering is None:
            gathering = gatherer.connect(lambda items: self._flush(gatherer, items))
            self._running[id(gatherer)] = gathering
        return await gathering.add(actor, item)

    async def finish(self) -> None:
        """Writes what has been gathered and returns when it is committed."""
        for gathering in self._running.values():
            await gathering.finish()

    async def _flush(self, gatherer: Gatherer[Any, Any], items: Sequence[tuple[Actor, Any]]) -> Sequence[Any | Refusal]:
        async def work(tx: Transaction) -> Answers:
            ids = list({a.credential for a, _ in items if a.credential is not None})
            tx.rests_on = alive = await access.alive(tx.db, ids)
            admitted = [(a, i) for a, i in items if a.credential is None or a.credential in alive]
            answers = iter(await gatherer.flush(tx, admitted) if admitted else [])
            return [
                next(answers)
                if a.credential is None or a.credential in alive
                else NotAllowed("session_revoked", status=401)
                for a, _ in items
            ]

        for _ in range(WRITE_AGAIN):
            with contextlib.suppress(EndedMeanwhile):
                return await self._write(work)
        raise Unavailable("storage_unavailable", retry_after_ms=100)
