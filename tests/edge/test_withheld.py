"""What becomes of things said before somebody joined: they hear that it happens, and nothing of what it says."""

from typing import Any

import pytest

from dianmai.core.journal import Committed, Draft, Placed
from dianmai.core.transactions import Transaction
from dianmai.edge import frames
from tests.core.trial import Line
from tests.edge.client import Socket
from tests.edge.conftest import Edge, Person

STREAM = "chat:1"


async def append(edge: Edge, *lines: tuple[str, int | None]) -> None:
    """Lines in one commit, each with the entry it is about."""

    async def work(tx: Transaction) -> None:
        for text, target in lines:
            tx.append(Draft(STREAM, "trial.line", Line(text=text), target=target))

    await edge.app.engine.write(work)


async def join(edge: Edge, person: Person) -> None:
    async def work(tx: Transaction) -> None:
        tx.join(STREAM, [person.id])

    await edge.app.engine.write(work)


async def heard(socket: Socket, count: int) -> list[tuple[int, Any]]:
    return [(entry["seq"], entry["body"].get("text")) for entry in await socket.entries(STREAM, count)]


async def told(edge: Edge, person: Person, op: str, body: bytes) -> list[tuple[int, Any]]:
    answered = await edge.post(op, body, authorization=f"Bearer {person.token}")
    mine = [entry for entry in answered.json["entries"] if entry["stream"] == STREAM]
    return [(entry["seq"], entry["body"].get("text")) for entry in mine]


async def test_who_has_joined_since_reads_nothing_of_what_is_about_earlier_things(edge: Edge) -> None:
    ann, bob, eve = await edge.people(3)
    await edge.stream(STREAM, [ann])
    await append(edge, ("secret", None), ("also secret", None))
    await join(edge, bob)
    await append(edge, ("hello bob", None))
    await join(edge, eve)
    a, b, e = [await edge.socket(person) for person in (ann, bob, eve)]
    await append(edge, ("more secret", 1))
    await append(edge, ("hello all", None), ("hello again bob", 3), ("most secret", 2), ("right", 5))
    everything = [(4, "more secret"), (5, "hello all"), (6, "hello again bob"), (7, "most secret"), (8, "right")]
    for_bob = [(seq, None if "secret" in text else text) for seq, text in everything]
    for_eve = [(4, None), (5, "hello all"), (6, None), (7, None), (8, "right")]
    assert await heard(a, 5) == everything
    assert await heard(b, 5) == for_bob
    assert await heard(e, 5) == for_eve
    for person, seen in ((ann, everything), (bob, for_bob), (eve, for_eve)):
        for op, body in (
            ("sync.catch_up", b'{"known":{"chat:1":3}}'),
            ("sync.entries", b'{"stream":"chat:1","after":3}'),
        ):
            assert await told(edge, person, op, body) == seen, op


async def test_what_was_not_heard_and_is_read_afterwards_says_no_more(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await edge.people(2)
    await edge.stream(STREAM, [ann])
    b = await edge.socket(bob)
    await append(edge, ("secret", None))
    await join(edge, bob)
    await b.frame("streams")
    held: list[Committed] = []
    with monkeypatch.context() as patch:
        patch.setattr(edge.app.sockets.fanout, "deliver", held.extend)
        await append(edge, ("more secret", 1))
        await append(edge, ("hello", None))
    edge.app.sockets.fanout.deliver(held[-1:])  # what lies before it is read from the database
    assert await heard(b, 2) == [(2, None), (3, "hello")]


async def test_however_many_have_joined_at_whatever_time_it_is_encoded_once_for_all_of_them(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, *others = await edge.people(6)
    await edge.stream(STREAM, [ann])
    for number, person in enumerate(others):
        await append(edge, (f"line {number}", None))
        await join(edge, person)
    a, *sockets = [await edge.socket(person) for person in (ann, *others)]
    encoded: list[list[int]] = []
    encode = frames.entries_frames

    def counting(stream: str, entries: list[Placed]) -> list[bytes]:
        if stream == STREAM:
            encoded.append([entry.seq for entry in entries])
        return encode(stream, entries)

    monkeypatch.setattr(frames, "entries_frames", counting)
    await append(edge, ("line 0, better", 1))
    for socket in sockets:
        assert await heard(socket, 1) == [(6, None)]
    assert await heard(a, 1) == [(6, "line 0, better")]
    assert encoded == [[6], [6]]
