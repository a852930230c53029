"""Who has a stream open hears how far others have come in it, at most once a second, and what they whisper."""

from typing import Any

import pytest

from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.edge import watching
from dianmai.wire.org import PolicySet
from tests.edge.client import Socket
from tests.edge.conftest import Edge, Person

CHAT = "chat:1"


class Open:
    """Three people of one conversation; the first has it open."""

    def __init__(self, edge: Edge, people: list[Person], sockets: list[Socket]) -> None:
        self.edge = edge
        self.people = people
        self.looking, self.one, self.other = sockets

    async def read(self, socket: Socket, no: int) -> None:
        assert (await socket.do("sync.read", {"stream": CHAT, "no": no}))["t"] == "done"


@pytest.fixture
async def conversation(edge: Edge) -> Open:
    people = await edge.people(3)
    await edge.stream(CHAT, people)
    sockets = [await edge.socket(person) for person in people]
    for n in range(5):
        await sockets[0].do("trial.say", {"stream": CHAT, "text": str(n)}, f"said-{n:05}")
    await sockets[0].do("trial.watch", {"stream": CHAT})
    return Open(edge, people, sockets)


async def heard(socket: Socket, kind: str) -> list[Any]:
    return [frame for frame in await socket.silence() if frame["t"] == kind]


async def test_the_first_mark_comes_at_once_and_later_ones_together(conversation: Open) -> None:
    first, second = (person.id for person in conversation.people[1:])
    await conversation.read(conversation.one, 1)
    assert (await conversation.looking.frame("marks"))["marks"] == [{"person": first, "read": 1}]
    for no in (2, 3, 4):
        await conversation.read(conversation.one, no)
        await conversation.read(conversation.other, no)
    marks: dict[int, int] = {}
    frames = 0
    while marks != {first: 4, second: 4}:
        frames += 1
        marks |= {mark["person"]: mark["read"] for mark in (await conversation.looking.frame("marks"))["marks"]}
    assert frames < 6
    assert await heard(conversation.one, "marks") == []


async def test_what_was_read_while_it_was_being_opened_is_told_afterwards(conversation: Open) -> None:
    await conversation.read(conversation.one, 2)
    opening = await conversation.other.ask("trial.watch", {"stream": CHAT, "seconds": 1.0})
    await conversation.other.do("trial.whoami")
    await conversation.read(conversation.one, 3)
    assert (await conversation.other.answer(opening))["t"] == "done"
    assert (await conversation.other.frame("marks"))["marks"] == [{"person": conversation.people[1].id, "read": 3}]


async def test_without_the_right_to_the_marks_one_hears_only_that_there_are_some(conversation: Open) -> None:
    await conversation.looking.do("trial.watch", {"stream": CHAT, "marks": False})
    await conversation.read(conversation.one, 1)
    assert await conversation.looking.frame("marks") == {"t": "marks", "stream": CHAT}


async def test_when_a_policy_is_set_one_hears_only_that_there_are_marks_until_one_has_asked_again(
    conversation: Open,
) -> None:
    opening = await conversation.other.ask("trial.watch", {"stream": CHAT, "seconds": 0.5})
    await conversation.other.do("trial.whoami")
    body = PolicySet(name="readers_shown_to", before='"everyone"', after='"author"')

    async def set_policy(tx: Transaction) -> None:
        tx.append(Draft("org", "org.policy_set", body))

    await conversation.edge.app.engine.write(set_policy)
    await conversation.other.answer(opening)
    await conversation.read(conversation.one, 1)
    for socket in (conversation.looking, conversation.other):
        assert await socket.frame("marks") == {"t": "marks", "stream": CHAT}
    await conversation.looking.do("trial.watch", {"stream": CHAT})
    await conversation.read(conversation.one, 2)
    assert (await conversation.looking.frame("marks"))["marks"][0]["read"] == 2


async def test_a_whisper_is_for_the_others_who_have_it_open_and_not_for_its_own_person(conversation: Open) -> None:
    await conversation.one.do("trial.watch", {"stream": CHAT})
    await conversation.one.do("trial.whisper", {"stream": CHAT})
    whispered = await conversation.looking.frame("whisper")
    assert whispered == {"t": "whisper", "stream": CHAT, "actor": conversation.people[1].id, "kind": "typing"}
    assert await heard(conversation.one, "whisper") == []
    assert await heard(conversation.other, "whisper") == []


async def test_who_whispers_all_the_time_is_heard_every_other_second(
    conversation: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await conversation.one.do("trial.whisper", {"stream": CHAT})
    assert len(await heard(conversation.looking, "whisper")) == 1
    monkeypatch.setattr(watching, "WHISPER_S", 0.0)
    await conversation.one.do("trial.whisper", {"stream": CHAT})
    await conversation.looking.frame("whisper")


async def test_who_has_left_or_opened_another_hears_nothing_more(conversation: Open) -> None:
    move = {"stream": CHAT, "leave": [conversation.people[0].id]}
    await conversation.one.do("trial.move", move, "move-0001")
    await conversation.looking.frame("streams")
    await conversation.other.do("trial.watch", {"stream": CHAT})
    await conversation.other.do("trial.watch", {"stream": None})
    await conversation.one.do("trial.whisper", {"stream": CHAT})
    await conversation.read(conversation.one, 2)
    for socket in (conversation.looking, conversation.other):
        assert [f for f in await socket.silence() if f["t"] in ("marks", "whisper")] == []


async def test_nothing_is_kept_of_who_is_gone(conversation: Open) -> None:
    kept = conversation.edge.app.sockets.fanout.watching
    assert set(kept._streams) == {CHAT}  # pyright: ignore[reportPrivateUsage]
    await conversation.looking.send_raw(8, b"")
    await conversation.looking.closed()
    await conversation.one.silence()
    assert not kept._streams  # pyright: ignore[reportPrivateUsage]
    assert not kept._watches  # pyright: ignore[reportPrivateUsage]
