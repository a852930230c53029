"""What one asker appends in a row: decided and stored in that order, in one commit; each ends for itself."""

from collections.abc import Sequence
from typing import Any

import pytest

from dianmai.core import placing
from dianmai.core.access import Actor
from dianmai.core.appending import Decide
from dianmai.core.chaining import chain
from dianmai.core.engine import Answered, Asked, Engine
from dianmai.core.errors import NotFound, Refusal
from dianmai.core.ids import lane_of
from dianmai.core.journal import Committed, Line
from dianmai.core.placing import Placing
from dianmai.core.transactions import Transaction
from tests.core.test_known import statements_of
from tests.core.trial import Say, body, make_people, make_stream


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


async def test_who_decides_slowly_on_newer_members_does_not_pass_who_decided_on_older_ones(
    core: Engine, other: Engine
) -> None:
    [sender, late] = await make_people(core, 2)
    await make_stream(core, "chat:1", [sender])
    await in_order(core, sender, [asked("chat:1", "first")])
    heard: list[Committed] = []
    other.listeners.add(heard.extend)

    async def join(tx: Transaction) -> None:
        tx.join("chat:1", [late.id])

    await other.write(join)

    def deciding(wish: Asked) -> Decide:
        operation, ask = core._understood(sender, wish)
        return core._decide(operation, sender, ask, wish)

    quick, slow = deciding(asked("chat:1", "A")), deciding(asked("chat:1", "B"))

    async def slowly() -> Any:
        core.listeners.heard(heard)  # what the bus tells while pictures are looked up
        return await slow()

    ended: dict[int, Any] = {}
    await core._appends.in_order([quick, slowly], ended.__setitem__)
    assert all(isinstance(how, Answered) for how in ended.values())
    assert await texts(core, "chat:1") == ["first", "A", "B"]


async def test_a_batch_that_is_split_keeps_the_order_of_a_stream_that_was_busy(
    core: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sender] = await make_people(core, 1)
    beside = next(s for s in (f"chat:{n}" for n in range(2, 99)) if lane_of(s) % 2 == lane_of("chat:1") % 2)
    for stream in ("chat:1", beside):
        await make_stream(core, stream, [sender])
    await in_order(core, sender, [asked("chat:1", "0"), asked(beside, "0")])
    holder = await core.database.own_connection()
    await holder.execute("BEGIN")
    await holder.execute("SELECT FROM stream WHERE stream = 'chat:1' FOR UPDATE")
    lock, looked = Placing.lock, [0]

    async def lock_then_let_go(self: Placing, connection: Any, streams: Sequence[str], *, skip_busy: bool) -> Any:
        found = await lock(self, connection, streams, skip_busy=skip_busy)
        looked[0] += 1
        if looked[0] == 2:  # the first half has looked
            await holder.execute("ROLLBACK")
        return found

    def poisoned(installation: bytes, heads: Any, at: Any, lines: Sequence[Line]) -> Any:
        if any(line.nonce.startswith("nonce-poison") for line in lines):
            raise ValueError("poison")
        return chain(installation, heads, at, lines)

    monkeypatch.setattr(Placing, "lock", lock_then_let_go)
    monkeypatch.setattr(placing, "chain", poisoned)
    wishes = [asked("chat:1", "A"), asked(beside, "x"), asked(beside, "poison"), asked("chat:1", "B")]
    ended = await in_order(core, sender, wishes)
    await holder.close()
    assert [type(how) for how in ended] == [Answered, Answered, ValueError, Answered]
    assert await texts(core, "chat:1") == ["0", "A", "B"]


async def test_one_answer_that_cannot_be_made_takes_no_other_with_it(
    core: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sender] = await make_people(core, 1)
    await make_stream(core, "chat:1", [sender])
    answered, made = Engine._answered, [0]

    def second_fails(self: Engine, act: Any, answer: Any) -> Answered:
        made[0] += 1
        if made[0] == 2:
            raise ValueError("a bug in one answer")
        return answered(self, act, answer)

    monkeypatch.setattr(Engine, "_answered", second_fails)
    ended = await in_order(core, sender, [asked("chat:1", c) for c in "abcd"])
    assert [type(how) for how in ended] == [Answered, ValueError, Answered, Answered]
