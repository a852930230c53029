"""What is read is shown only to whoever still has access when it is answered."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from dianmai.core.access import end_access
from dianmai.core.engine import Answered, Asked, Engine
from dianmai.core.errors import NotAllowed
from dianmai.core.operations import Act, reading
from dianmai.core.transactions import Transaction
from tests.core.trial import Nothing, Whoami, make_people


async def test_whose_access_ends_while_it_is_being_read_is_shown_nothing(
    core: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading_now, go_on = asyncio.Event(), asyncio.Event()

    @reading("trial.slow")
    async def slow(act: Act, ask: Nothing) -> Whoami:
        """Reads once it is let."""
        reading_now.set()
        await go_on.wait()
        return Whoami(id=act.actor.id)

    operations: dict[str, Any] = core.operations.all()  # type: ignore[assignment] - the very table
    monkeypatch.setitem(operations, "trial.slow", slow)
    ann, bob = await make_people(core, 2)
    both = asyncio.gather(
        *(core.answer(person, Asked("trial.slow", b"{}")) for person in (ann, bob)), return_exceptions=True
    )
    await reading_now.wait()

    async def end(tx: Transaction) -> None:
        await end_access(tx, [bob.id])

    await core.write(end)
    go_on.set()
    first, second = await both
    assert isinstance(first, Answered)
    assert first.body == b'{"id":%d}' % ann.id
    assert isinstance(second, NotAllowed)
    assert (second.code, second.status) == ("session_revoked", 401)


async def test_who_may_read_is_asked_with_one_statement_and_what_time_it_is(core: Engine) -> None:
    [ann] = await make_people(core, 1)
    asked: Counter[str] = Counter()

    async def whoami() -> None:
        await core.answer(ann, Asked("trial.whoami", b"{}"))

    await whoami()  # the driver itself asks about types the first time it sees a statement
    for connection in core.database._pooled:
        connection.add_query_logger(lambda said: asked.update([said.query.split()[0]]))  # pyright: ignore
    await whoami()
    assert asked == {"SELECT": 2}  # before it reads, and after
