"""What is read is shown only to whoever still has access when it is answered."""

import asyncio
from typing import Any

import pytest

from dianmai.core.access import end_access
from dianmai.core.engine import Answered, Asked, Engine
from dianmai.core.errors import NotAllowed
from dianmai.core.operations import Act, Transaction, reading
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
