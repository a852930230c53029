"""What one asker appends in a row: decided and stored in that order, in one commit; each ends for itself."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from dianmai.core.access import Actor
from dianmai.core.db import Database
from dianmai.core.engine import Answered, Asked, Engine
from dianmai.core.errors import NotFound, Refusal
from dianmai.core.operations import Transaction
from tests.core.test_known import statements_of
from tests.core.trial import Say, body, make_people, make_stream, trial_operations


@pytest.fixture
async def other(dsn: str, core: Engine) -> AsyncIterator[Engine]:
    """A second process's engine over the database of `core`."""
    engine = Engine(Database(dsn, size=4), trial_operations, {})
    await engine.start()
    yield engine
    await engine.stop()


def asked(stream: str, text: str) -> Asked:
    return Asked("trial.say", body(Say(stream=stream, text=text)), f"nonce-{text}-{stream}")


async def in_order(engine: Engine, actor: Actor, wishes: Sequence[Asked]) -> list[Any]:
    ended: dict[int, Any] = {}
    await engine.answer_in_order(actor, wishes, ended.__setitem__)
    return [ended[number] for number in range(len(wishes))]


async def texts(engine: Engine, stream: str) -> list[str]:
    rows = await engine.database.pool.fetch("SELECT body FROM entry WHERE stream = $1 ORDER BY seq", stream)
    return [row["body"].decode().split('"')[3] for row in rows]


async def test_what_is_said_in_a_row_stands_in_that_order_in_one_commit(core: Engine) -> None:
    [sender] = await make_people(core, 1)
    for stream in ("chat:1", "chat:2"):
        await make_stream(core, stream, [sender])
    for text in ("first", "second"):  # the driver itself asks about types the first time it sees a statement
        await in_order(core, sender, [asked("chat:1", text), asked("chat:2", text)])
    heard = statements_of(core)
    wishes = [asked(f"chat:{n % 2 + 1}", f"{n:02}") for n in range(20)]
    assert all(isinstance(how, Answered) for how in await in_order(core, sender, wishes))
    assert await texts(core, "chat:1") == ["first", "second", *(f"{n:02}" for n in range(0, 20, 2))]
    assert await texts(core, "chat:2") == ["first", "second", *(f"{n:02}" for n in range(1, 20, 2))]
    assert set(heard) == {"WITH held"}
    assert len(heard) <= 2  # one for each committer


async def test_one_that_is_refused_holds_up_none(core: Engine) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    wishes = [asked("chat:1", "a"), asked("chat:9", "b"), asked("chat:1", "c"), asked("chat:1", "a")]
    wishes.insert(2, Asked("trial.say", b"{}", "nonce-0009"))
    ended = await in_order(core, sender, wishes)
    assert [type(how) for how in (ended[0], ended[3], ended[4])] == [Answered] * 3
    assert isinstance(ended[1], NotFound)
    assert isinstance(ended[2], Refusal)
    assert ended[4].body == ended[0].body  # the same nonce, the same place
    assert await texts(core, "chat:1") == ["a", "c"]


async def test_what_was_decided_on_members_who_have_moved_is_decided_again_in_order(
    core: Engine, other: Engine
) -> None:
    [sender, late] = await make_people(core, 2)
    await make_stream(core, "chat:1", [sender])
    await in_order(core, sender, [asked("chat:1", "first")])

    async def join(tx: Transaction) -> None:
        tx.join("chat:1", [late.id])

    await other.write(join)
    ended = await in_order(core, sender, [asked("chat:1", f"{n}") for n in range(8)])
    assert all(isinstance(how, Answered) for how in ended)
    assert await texts(core, "chat:1") == ["first", *map(str, range(8))]


async def test_who_was_taken_out_elsewhere_says_nothing_of_all_of_it(core: Engine, other: Engine) -> None:
    [sender, leaver] = await make_people(core, 2)
    await make_stream(core, "chat:1", [sender, leaver])
    await in_order(core, leaver, [asked("chat:1", "here")])

    async def leave(tx: Transaction) -> None:
        tx.leave("chat:1", [leaver.id])

    await other.write(leave)
    ended = await in_order(core, leaver, [asked("chat:1", f"{n}") for n in range(4)])
    assert [type(how) for how in ended] == [NotFound] * 4
    assert await texts(core, "chat:1") == ["here"]
