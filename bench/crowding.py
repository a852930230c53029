"""A whole company that talks: stores of twenty, everybody in eighteen direct conversations besides the groups.

Made with the product's own operations, many in one transaction: forty-five thousand commits would take longer than
what is measured.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg
import msgspec

from bench.seeding import HEADINGS, LEVEL_S, become_level, engine_on, import_rows, in_characters, tokens_for
from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.operations import Act
from dianmai.core.transactions import Transaction
from dianmai.engines import Engine as Cluster
from dianmai.wire.chat import OpenDirect, Send

T = TypeVar("T")

IN_A_STORE = 20
COLLEAGUES = 9  # to each side of everybody: twice as many direct conversations
IN_ONE_TRANSACTION = 1_000
SAID_AT_ONCE = 400
TEXT = "the shelf by the door is full again, the milk has to go to the front before nine, please have a look " * 2


@dataclass(frozen=True)
class Crowd:
    """People with a session each, the conversation all are in, the others, and who is in which direct conversation."""

    people: list[int]
    tokens: list[str]
    everybody: str
    stores: dict[str, int]  # a member of each store's group
    directs: dict[str, int]  # a member of each direct conversation
    others: str  # a store's group, of people who are not in the crowd
    others_tokens: list[str]


async def crowd(dsn: str, people: int, others: int) -> Crowd:
    """A company of this many people in stores, and one store of others."""
    stores = people // IN_A_STORE
    places = [store for store in range(1, stores + 1) for _ in range(IN_A_STORE)] + [stores + 1] * others
    rows = [
        (
            f"B{number:05}",
            f"员工{in_characters(number)}",
            f"总部/华东大区/上海/第{in_characters(store)}店",
            "店员",
            f"B{store:04}",
        )
        for number, store in enumerate(places, 1)
    ]
    async with engine_on(dsn) as engine:
        await import_rows(engine, [HEADINGS, *rows])
        await become_level(engine.database.pool)
        db = engine.database.pool
        groups = [(row[0], row[1]) for row in await db.fetch(_STORES, IN_A_STORE)]
        (other_group,) = [row[0] for row in await db.fetch(_STORES, others)]
        strangers = [row[0] for row in await db.fetch(_MEMBERS, other_group)]
        everyone = [row[0] for row in await db.fetch(_PEOPLE, strangers)]
        couples = [(one, everyone[(at + far) % len(everyone)]) for at, one in enumerate(everyone) for far in _FAR]
        directs = await open_directs(engine, couples)
        tokens = await tokens_for(engine, [*everyone, *strangers])
        everybody = await db.fetchval(_EVERYBODY)
    return Crowd(
        everyone,
        tokens[: len(everyone)],
        everybody,
        dict(groups),
        dict(zip(directs, (couple[0] for couple in couples), strict=True)),
        other_group,
        tokens[len(everyone) :],
    )


async def pairs(dsn: str, count: int) -> tuple[list[str], list[str]]:
    """Direct conversations of two people each, and the tokens, two for each."""
    rows = [
        (f"B{n:05}", f"员工{in_characters(n)}", "总部/华东大区/上海/第一店", "店员", "B001")
        for n in range(1, 2 * count + 1)
    ]
    async with engine_on(dsn) as engine:
        await import_rows(engine, [HEADINGS, *rows])
        await become_level(engine.database.pool)
        people = [row[0] for row in await engine.database.pool.fetch(_PEOPLE, [])]
        streams = await open_directs(engine, list(zip(people[::2], people[1::2], strict=True)))
        return streams, await tokens_for(engine, people)


async def open_directs(engine: Engine, couples: Sequence[tuple[int, int]]) -> list[str]:
    """The direct conversation of each two people."""
    opening = engine.operations["chat.open_direct"]
    streams: list[str] = []
    for some in _chunks(couples, IN_ONE_TRANSACTION):

        async def work(tx: Transaction, some: Sequence[tuple[int, int]] = some) -> list[str]:
            opened: list[str] = []
            for one, other in some:
                act = Act(Actor(one, "person"), tx.now, tx.db, engine.streams, transaction=tx)
                opened.append((await opening.run(act, OpenDirect(person=other))).stream)
            return opened

        streams += await engine.write(work)
    return streams


async def say_in(engine: Engine, said: Sequence[tuple[str, int]]) -> None:
    """Lets these people say something, each in a conversation, all through the group commit."""

    async def one(stream: str, author: int, number: int) -> None:
        body = msgspec.json.encode(Send(stream=stream, text=TEXT))
        await engine.answer(Actor(author, "person"), Asked("chat.send", body, f"bench-{number}"))

    for some in _chunks(list(enumerate(said)), SAID_AT_ONCE):
        await asyncio.gather(*(one(stream, author, number) for number, (stream, author) in some))


async def settle(cluster: Cluster, patience_s: float = LEVEL_S) -> None:
    """Brings the installation where a running one is: all followed, statistics, visibility, nothing left to tidy."""
    async with _connected(cluster.dsn) as connection:
        await become_level(connection, patience_s)
        await connection.execute("VACUUM ANALYZE")
    async with _connected(cluster.admin_dsn) as connection:
        await connection.execute("CHECKPOINT")


@asynccontextmanager
async def _connected(dsn: str) -> "AsyncGenerator[asyncpg.Connection[Any]]":
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


def _chunks(everything: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (everything[at : at + size] for at in range(0, len(everything), size))


_FAR = range(1, COLLEAGUES + 1)
_STORES = """
SELECT c.stream, min(m.actor) FROM conversation c JOIN member m USING (stream)
WHERE c.key LIKE 'store:%' AND c.members = $1 AND m.left_at IS NULL GROUP BY c.stream ORDER BY c.stream"""
_EVERYBODY = "SELECT stream FROM conversation WHERE key = 'all_hands'"
_MEMBERS = "SELECT actor FROM member WHERE stream = $1 AND left_at IS NULL ORDER BY actor"
_PEOPLE = """
SELECT id FROM actor WHERE kind = 'person' AND active AND id <> ALL($1::bigint[]) ORDER BY id"""
