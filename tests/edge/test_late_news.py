"""News that comes late, as between processes: the database has moved on when a server hears of it."""

from collections.abc import Awaitable, Callable, Collection, Sequence

import pytest

from dianmai.core.access import allow_access, end_access
from dianmai.core.db import Queries
from dianmai.core.errors import Unavailable
from dianmai.core.journal import Committed, Draft
from dianmai.core.transactions import Transaction
from dianmai.edge import ending, fanout, store
from tests.core.trial import Line
from tests.edge.conftest import Edge

TEXT = {"stream": "chat:1", "text": "早上好"}


def hold_back(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> list[Committed]:
    """From here on nothing is delivered; it is collected instead."""
    held: list[Committed] = []

    def keep(committed: Sequence[Committed]) -> None:
        held.extend(committed)

    monkeypatch.setattr(edge.app.sockets.fanout, "deliver", keep)
    return held


async def test_who_has_left_and_come_back_gets_nothing_of_the_time_between(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await edge.people(2)
    await edge.stream("chat:1", [ann, bob])
    a, b = await edge.socket(ann), await edge.socket(bob)
    await a.do("trial.say", TEXT, "nonce-0001")
    assert [e["seq"] for e in await b.entries("chat:1", 1)] == [1]
    with monkeypatch.context() as patch:
        held = hold_back(edge, patch)
        await a.do("trial.move", {"stream": "chat:1", "leave": [bob.id]}, "nonce-0002")
        await a.do("trial.say", TEXT, "nonce-0003")
        await a.do("trial.move", {"stream": "chat:1", "join": [bob.id]}, "nonce-0004")
    for commit in held:
        edge.app.sockets.fanout.deliver([commit])
    assert await b.frame("streams") == {"t": "streams", "left": ["chat:1"]}
    joined = (await b.frame("streams"))["joined"][0]
    assert (joined["head"], joined["first"]) == (3, 4)
    assert [e["seq"] for e in await b.entries("chat:1", 1)] == [4]
    assert [e["seq"] for e in await a.entries("chat:1", 4)] == [1, 2, 3, 4]


async def test_who_joins_while_the_database_is_away_is_told_when_it_is_back(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await edge.people(2)
    await edge.stream("chat:1", [ann])
    b = await edge.socket(bob)
    answer, away = store.members, [True]

    async def fail_once(db: Queries, stream: str, actors: Collection[int], known: int) -> store.Members:
        if away:
            away.clear()
            raise OSError("away")
        return await answer(db, stream, actors, known)

    monkeypatch.setattr(store, "members", fail_once)
    monkeypatch.setattr(fanout, "AGAIN_S", 0.01)

    async def join(tx: Transaction) -> None:
        tx.join("chat:1", [bob.id])

    await edge.app.engine.write(join)
    assert (await b.frame("streams"))["joined"][0]["stream"] == "chat:1"
    assert not away


@pytest.mark.parametrize("hello_first", [True, False])
async def test_late_word_that_access_ended_leaves_those_alone_who_have_signed_in_since(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, hello_first: bool
) -> None:
    (ann,) = await edge.people(1)
    old = await edge.socket(ann)

    async def end(tx: Transaction) -> None:
        await end_access(tx, [ann.id])

    async def let_in(tx: Transaction) -> None:
        await allow_access(tx, [ann.id])

    with monkeypatch.context() as patch:
        held = hold_back(edge, patch)
        await edge.app.engine.write(end)
        await edge.app.engine.write(let_in)
    again = await edge.device(ann)
    new = await edge.socket(again) if hello_first else await edge.handshake(again)
    edge.app.sockets.fanout.deliver(held)
    assert (await old.closed()).code == 4010
    if not hello_first:
        assert (await new.hello())["t"] == "welcome"
    assert (await new.do("trial.whoami"))["answer"] == {"id": ann.id}


async def test_who_is_not_let_in_yet_is_sent_away_for_good_only_where_the_database_says_so(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ann,) = await edge.people(1)
    with monkeypatch.context() as patch:
        held = hold_back(edge, patch)
        await edge.app.engine.write(lambda tx: end_access(tx, [ann.id], active=True))
    new = await edge.handshake(await edge.device(ann))

    async def away(*_: object) -> None:
        raise Unavailable("storage_unavailable")

    monkeypatch.setattr(ending, "require_alive", away)
    edge.app.sockets.fanout.deliver(held)
    assert (await new.closed()).code == 1013


async def test_the_end_of_access_is_heard_also_when_later_news_came_first(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await edge.people(2)
    a, b = await edge.socket(ann), await edge.handshake(bob)
    with monkeypatch.context() as patch:
        held = hold_back(edge, patch)
        await a.do("trial.end", {"actor": bob.id}, "nonce-0001")
        await edge.app.engine.write(later(bob.id))
    for commit in reversed(held):
        edge.app.sockets.fanout.deliver([commit])
    assert (await b.closed()).code == 4010


def later(person: int) -> Callable[[Transaction], Awaitable[None]]:
    async def work(tx: Transaction) -> None:
        tx.append(Draft(f"person:{person}", "trial.line", Line(text="later")))

    return work


async def test_a_session_whose_end_nobody_told_of_is_found_by_asking(edge: Edge) -> None:
    ann, bob = await edge.people(2)
    a, b = await edge.socket(ann), await edge.socket(bob)
    await edge.app.engine.database.pool.execute("UPDATE credential SET ended_at = now() WHERE actor = $1", bob.id)
    edge.app.sockets._all_asked_at = float("-inf")
    await edge.app.sockets.look_after()
    assert (await b.closed()).code == 4010
    assert (await a.do("trial.whoami"))["t"] == "done"
