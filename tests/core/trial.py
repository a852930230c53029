"""A few operations and actors with which the engine is tried without any feature."""

from datetime import timedelta

import msgspec

from dianmai.core import syncing
from dianmai.core.access import Actor, create_actors, issue_credential
from dianmai.core.engine import Engine
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, Append, appending, reading, writing
from dianmai.core.transactions import Transaction
from dianmai.wire.base import Ask, Told


class Say(Ask, frozen=True):
    stream: str
    text: str


class Said(Told, frozen=True):
    seq: int
    no: int


class Line(Told, frozen=True):
    text: str


class Nothing(Ask, frozen=True):
    pass


class Whoami(Told, frozen=True):
    id: int


@appending("trial.say")
async def say(act: Act, ask: Say) -> Append[Said]:
    """Appends a line to a stream the actor hears."""
    membership = await act.streams.membership(ask.stream, act.actor)
    draft = Draft(ask.stream, "trial.line", Line(text=ask.text), counts=True)
    return Append([draft], lambda placed: Said(seq=placed[0].seq, no=placed[0].no or 0), [membership.guard])


@writing("trial.write")
async def write(act: Act, ask: Say) -> Said:
    """Appends a line in a transaction of its own."""
    act.tx.append(Draft(ask.stream, "trial.line", Line(text=ask.text), counts=True))
    return Said(seq=0, no=0)


@reading("trial.whoami")
async def whoami(act: Act, ask: Nothing) -> Whoami:
    """Says who asks."""
    return Whoami(id=act.actor.id)


trial_operations = [say, write, whoami, *syncing.operations]


async def make_people(engine: Engine, count: int) -> list[Actor]:
    """Actors with a live credential each."""

    async def work(tx: Transaction) -> list[Actor]:
        ids = await create_actors(tx, "person", count)
        credentials = [await issue_credential(tx, actor, "session", lifetime=timedelta(days=1)) for actor in ids]
        return [Actor(actor, "person", c[0]) for actor, c in zip(ids, credentials, strict=True)]

    return await engine.write(work)


async def make_stream(engine: Engine, stream: str, members: list[Actor]) -> None:
    """A stream these actors hear from its start."""

    async def work(tx: Transaction) -> None:
        tx.open(stream)
        tx.join(stream, [m.id for m in members], from_start=True)

    await engine.write(work)


def body(struct: msgspec.Struct) -> bytes:
    return msgspec.json.encode(struct)
