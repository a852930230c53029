"""A stream's first members are known with the commit that opens it: they hear it without the database being asked."""

import pytest

from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.edge import store
from tests.core.trial import Line
from tests.edge.conftest import Edge


async def test_an_order_to_an_audience_reaches_everyone_without_asking_who_hears_it(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, eve = await edge.people(3)
    a, b, till, e = [await edge.socket(p) for p in (ann, bob, await edge.device(bob), eve)]

    async def asked(*_: object) -> store.Members:
        raise AssertionError("who hears the stream was known")

    monkeypatch.setattr(store, "members", asked)

    async def publish(tx: Transaction) -> None:
        tx.open("notice:1", lasting=False)
        tx.join("notice:1", [ann.id, bob.id], from_start=True)
        tx.append(Draft("notice:1", "trial.line", Line(text="下架"), counts=True))

    await edge.app.engine.write(publish)
    for socket in (a, b, till):
        joined = await socket.frame("streams")
        assert joined["joined"] == [{"stream": "notice:1", "head": 0, "head_no": 0, "read_no": 0}]
        assert [entry["seq"] for entry in await socket.entries("notice:1", 1)] == [1]
    assert await e.silence() == []
