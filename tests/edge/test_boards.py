"""Boards stop telling numbers to whoever may see something else now, and have them ask again."""

from typing import Any

import pytest

from dianmai.edge.connection import Connection
from tests.edge.client import Socket
from tests.edge.conftest import Edge, Person

RECEIPTS = "notice:1/receipts"


class Watched:
    """Two people who watch a board, and somebody by whom it moves."""

    def __init__(self, edge: Edge, people: list[Person], sockets: list[Socket]) -> None:
        self.edge = edge
        self.people = people
        self.moved, self.other, self.by = sockets
        self.count = 0

    async def counts(self) -> None:
        self.count += 1
        await self.by.do("trial.count", {"stream": RECEIPTS, "counts": {"read": self.count}}, f"count-{self.count:04}")

    async def reorganise(self, *people: Person) -> None:
        await self.by.do("trial.reorganise", {"people": [p.id for p in people]}, f"org-{self.count:08}")


@pytest.fixture
async def watched(edge: Edge) -> Watched:
    people = await edge.people(3)
    await edge.stream(RECEIPTS, [], heard_by="counts")
    sockets = [await edge.socket(p) for p in people]
    for socket in sockets[:2]:
        await socket.do("trial.listen", {"stream": RECEIPTS})
    return Watched(edge, people, sockets)


async def counts_heard(socket: Socket) -> list[dict[str, Any]]:
    return [f["counts"] for f in await socket.silence() if f["t"] == "counts"]


async def test_who_holds_another_position_now_hears_no_more_until_they_have_asked(watched: Watched) -> None:
    await watched.counts()
    assert (await watched.moved.frame("counts"))["counts"] == {"read": 1}
    await watched.reorganise(watched.people[0])
    assert await watched.moved.frame("counts") == {"t": "counts", "stream": RECEIPTS, "seq": 1, "counts": {}}
    await watched.counts()
    # The other one has heard the second numbers: so these have gone out, and not to who was moved.
    assert [(await watched.other.frame("counts"))["counts"] for _ in range(2)] == [{"read": 1}, {"read": 2}]
    assert await counts_heard(watched.moved) == []
    await watched.moved.do("trial.listen", {"stream": RECEIPTS})
    await watched.counts()
    assert (await watched.moved.frame("counts"))["counts"] == {"read": 3}


async def test_what_concerns_others_changes_nothing(watched: Watched) -> None:
    await watched.reorganise(watched.people[2])
    await watched.counts()
    assert (await watched.moved.frame("counts"))["counts"] == {"read": 1}


async def test_who_was_let_in_just_before_rights_moved_asks_again(watched: Watched) -> None:
    fanout = watched.edge.app.sockets.fanout
    [connection] = [c for c in fanout.connections if c.actor.id == watched.people[2].id]
    assert isinstance(connection, Connection)
    decided = fanout.rights_moved
    await watched.reorganise(watched.people[0])
    fanout.listen(connection, RECEIPTS, numbers=True, decided=decided)
    assert await counts_heard(watched.by) == [{}]
    await watched.counts()
    await watched.other.frame("counts")
    assert await counts_heard(watched.by) == []
