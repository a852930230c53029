"""What is gathered rests on everybody's access until it commits."""

import asyncio
from collections.abc import Sequence

from dianmai.core.access import Actor, end_access
from dianmai.core.engine import Engine
from dianmai.core.errors import NotAllowed, Refusal
from dianmai.core.gathering import Gatherer
from dianmai.core.journal import Draft
from dianmai.core.operations import Transaction
from tests.core.trial import Line, make_people


async def test_whose_access_ends_while_it_is_being_written_has_written_nothing(core: Engine) -> None:
    ann, bob = await make_people(core, 2)
    writing, go_on = asyncio.Event(), asyncio.Event()

    async def flush(tx: Transaction, items: Sequence[tuple[Actor, str]]) -> list[str | Refusal]:
        for actor, text in items:
            tx.append(Draft(f"person:{ann.id}", "trial.line", Line(text=text), actor=actor.id))
        writing.set()
        await go_on.wait()
        return [text for _, text in items]

    gatherer = Gatherer("trial", flush, wait_s=0.01)
    both = asyncio.gather(
        core.gather(gatherer, ann, "ann's"), core.gather(gatherer, bob, "bob's"), return_exceptions=True
    )
    await writing.wait()

    async def end(tx: Transaction) -> None:
        await end_access(tx, [bob.id])

    await core.write(end)
    go_on.set()
    first, second = await both
    assert first == "ann's"
    assert isinstance(second, NotAllowed)
    assert second.code == "session_revoked"
    lines = "SELECT actor FROM entry WHERE kind = 'trial.line'"
    assert [row[0] for row in await core.database.pool.fetch(lines)] == [ann.id]


async def test_nothing_to_append_rests_on_access_all_the_same(core: Engine) -> None:
    ann, bob = await make_people(core, 2)
    written: list[list[int]] = []

    async def flush(tx: Transaction, items: Sequence[tuple[Actor, str]]) -> list[str | Refusal]:
        written.append([actor.id for actor, _ in items])
        if len(written) == 1:
            await core.write(lambda other: end_access(other, [ann.id]))
        return [text for _, text in items]

    gatherer = Gatherer("trial", flush, wait_s=0.01)
    asked = [core.gather(gatherer, ann, "a"), core.gather(gatherer, bob, "b")]
    first, second = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, NotAllowed)
    assert second == "b"
    assert written == [[ann.id, bob.id], [bob.id]]
