"""Trial operations of the edge's tests: moving members, ending access, listening to counts, being slow, failing."""

import asyncio
from typing import Any

from dianmai.core.access import end_access, end_credential
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, Got, Watch, Whisper, reading, writing
from dianmai.wire.base import Ask, Nothing, Told
from dianmai.wire.org import OrgChanged


class Move(Ask, frozen=True):
    stream: str
    join: list[int] = []
    leave: list[int] = []
    silent: bool = False


class Moved(Told, frozen=True):
    pass


class End(Ask, frozen=True):
    actor: int
    credential: int | None = None


class Count(Ask, frozen=True):
    stream: str
    counts: dict[str, int]


class Counted(Told, frozen=True):
    counts: dict[str, int]


class Listen(Ask, frozen=True):
    stream: str


class Reorganise(Ask, frozen=True):
    people: list[int]


class Big(Ask, frozen=True):
    size: int = 0
    seconds: float = 0


class Text(Told, frozen=True):
    text: str


@writing("trial.move")
async def move(act: Act, ask: Move) -> Moved:
    """Moves members, with an entry that says so unless `silent`."""
    act.tx.join(ask.stream, ask.join)
    act.tx.leave(ask.stream, ask.leave)
    if not ask.silent:
        act.tx.append(Draft(ask.stream, "trial.moved", Moved()))
    return Moved()


@writing("trial.end")
async def end(act: Act, ask: End) -> Moved:
    """Ends all access of an actor, or one credential."""
    if ask.credential is None:
        await end_access(act.tx, [ask.actor])
    else:
        await end_credential(act.tx, ask.actor, ask.credential)
    return Moved()


@writing("trial.count")
async def count(act: Act, ask: Count) -> Moved:
    """Appends numbers to a counts-only stream."""
    act.tx.append(Draft(ask.stream, "trial.counted", Counted(counts=ask.counts)))
    return Moved()


@reading("trial.listen")
async def listen(act: Act, ask: Listen) -> Moved:
    """Lets the asking socket hear counts."""
    act.listen(ask.stream, numbers=True)
    return Moved()


class Watching(Ask, frozen=True):
    stream: str | None
    marks: bool = True
    seconds: float = 0


@reading("trial.watch")
async def watch(act: Act, ask: Watching) -> Moved:
    """Lets the asking socket hear how far others have come in a stream, and what they whisper."""
    await asyncio.sleep(ask.seconds)
    act.aside(Watch(ask.stream, marks=ask.marks, whispers=True))
    return Moved()


@reading("trial.whisper")
async def whisper(act: Act, ask: Listen) -> Moved:
    """Whispers, and says that a device has stored one message."""
    act.aside(Whisper(ask.stream, "typing"))
    act.aside(Got(ask.stream, 1))
    return Moved()


@writing("trial.reorganise")
async def reorganise(act: Act, ask: Reorganise) -> Moved:
    """Says that these people hold other positions now."""
    act.tx.append(Draft("org", "org.changed", OrgChanged(people=ask.people, units=[], cause="trial")))
    return Moved()


@reading("trial.big")
async def big(act: Act, ask: Big) -> Text:
    """Answers much, or late."""
    await asyncio.sleep(ask.seconds)
    return Text(text="店" * ask.size)


@reading("trial.fail")
async def fail(act: Act, ask: Big) -> Text:
    """Fails by a bug."""
    raise RuntimeError("a bug with a secret dm_abcdefghijklmnopqrstuvwxyz012345")


@writing("trial.sign_in", anonymous=True, nonce=False)
async def sign_in(act: Act, ask: Listen) -> Nothing:
    """Hands out a session cookie."""
    act.set_session("dm_trial")
    return Nothing()


@writing("trial.sign_out", nonce=False)
async def sign_out(act: Act, ask: Big) -> Nothing:
    """Takes it back."""
    act.end_session()
    return Nothing()


moving_operations: list[Any] = [
    *(move, end, count, listen, watch, whisper, reorganise),
    *(big, fail, sign_in, sign_out),
]
