"""What the edge asks the database about streams."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from dianmai.core.db import Queries
from dianmai.core.engine import Engine
from dianmai.core.transactions import Transaction
from dianmai.edge import store
from tests.core.trial import make_people, make_stream


async def test_who_has_left_does_not_make_a_small_stream_large(core: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob, *gone = await make_people(core, 6)
    await make_stream(core, "chat:1", [ann, bob, *gone])

    async def leave(tx: Transaction) -> None:
        tx.leave("chat:1", [one.id for one in gone])

    await core.write(leave)
    monkeypatch.setattr(store, "SMALL", 3)
    asked: list[str] = []

    async def fetch(query: str, *given: Any) -> Any:
        asked.append(query)
        return await core.database.pool.fetch(query, *given)

    async def members(known: int) -> store.Members:
        asked.clear()
        return await store.members(cast("Queries", SimpleNamespace(fetch=fetch)), "chat:1", {ann.id, gone[0].id}, known)

    epoch = await core.database.pool.fetchval("SELECT member_epoch FROM stream WHERE stream = 'chat:1'")
    followed = await members(epoch - 1)
    assert (set(followed.states), followed.left, followed.epoch) == ({ann.id}, set(), epoch)
    assert asked == [store._SOME_MEMBERS]
    missed = await members(epoch - 2)
    assert (set(missed.states), missed.left, missed.epoch) == ({ann.id}, {gone[0].id}, epoch)
    assert asked == [store._SOME_MEMBERS, store._MEMBERS]


async def test_a_stream_without_members_has_an_epoch_all_the_same(core: Engine) -> None:
    [ann] = await make_people(core, 1)
    await make_stream(core, "chat:1", [])
    epoch = await core.database.pool.fetchval("SELECT member_epoch FROM stream WHERE stream = 'chat:1'")
    found = await store.members(core.database.pool, "chat:1", {ann.id}, 0)
    assert (found.states, found.left, found.epoch) == ({}, set(), epoch)
