"""Fills a fresh installation through the product's own code: an HR file comes in, groups follow, sessions are issued.

The server under test runs meanwhile: its followers make the groups. Sessions are issued without a password, since
thousands of sign-ins would measure the password hash.
"""

import asyncio
import csv
import io
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from dianmai import chat, org
from dianmai.core.access import issue_credential
from dianmai.core.db import Database, Queries
from dianmai.core.engine import Engine
from dianmai.core.transactions import Transaction
from dianmai.org import demo_chain

HEADINGS = ("工号", "姓名", "部门路径", "岗位", "门店编码")
LEVEL_S = 60.0
NOTICE: dict[str, Any] = {
    "title": "中秋节门店陈列要求",
    "text": "各门店：\n\n1. 月饼礼盒放在入口第一列货架；\n2. 海报周五营业前贴好；\n"
    "3. **冷柜温度每两小时记录一次**。\n\n做完请确认。",
    "audience": {"parts": [{}]},
    "must_confirm": True,
    "urgency": "normal",
}


@dataclass(frozen=True)
class Group:
    """Conversations that everybody here is in, and everybody's session token."""

    streams: list[str]
    tokens: list[str]

    @property
    def stream(self) -> str:
        return self.streams[0]


@dataclass(frozen=True)
class Chain:
    """A chain with a session for everybody, the publisher's first, and a notice to all of them."""

    tokens: list[str]
    stores: int
    notice: dict[str, Any]


async def one_group(dsn: str, people: int) -> Group:
    """A store of this many people, whose group they all are in."""
    return await conversations(dsn, people, 1)


async def conversations(dsn: str, people: int, count: int) -> Group:
    """People who all hold a position in each of `count` stores, and so meet in as many groups."""
    rows = [
        (
            f"B{person:05}",
            f"员工{in_characters(person)}",
            f"总部/华东大区/上海/第{in_characters(store)}店",
            "店员",
            f"B{store:03}",
        )
        for person in range(1, people + 1)
        for store in range(1, count + 1)
    ]
    async with engine_on(dsn) as engine:
        await import_rows(engine, [HEADINGS, *rows])
        await become_level(engine.database.pool)
        db = engine.database.pool
        streams = [row[0] for row in await db.fetch(_STORE_GROUPS, people)]
        if len(streams) != count:
            raise RuntimeError(f"{count} groups of {people} were to be made, there are {len(streams)}")
        actors = [row[0] for row in await db.fetch(_MEMBERS, streams[0])]
        return Group(streams, await tokens_for(engine, actors))


async def whole_chain(dsn: str, stores: int) -> Chain:
    """The demonstration chain of this many stores; 王敏 of operations publishes."""
    async with engine_on(dsn) as engine:
        await import_rows(engine, [demo_chain.HEADINGS, *demo_chain.chain_rows(stores)])
        await become_level(engine.database.pool)
        db = engine.database.pool
        people = [row[0] for row in await db.fetch(_PEOPLE)]
        first = await publisher(engine, people)
        people.remove(first)
        return Chain(await tokens_for(engine, [first, *people]), stores, NOTICE)


@asynccontextmanager
async def engine_on(dsn: str) -> AsyncGenerator[Engine]:
    """The product's engine in this process, beside the server's: for what may not take its time over the network."""
    engine = Engine(Database(dsn, size=4), chat.operations, chat.folds)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


async def import_rows(engine: Engine, rows: Sequence[Sequence[str]]) -> None:
    """Brings an HR file of these rows in, its headings first."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        Path(file.name).write_text("\ufeff" + out.getvalue(), encoding="utf-8")
        await org.import_hr(engine, Path(file.name), confirm=lambda _: True, confirm_mass_change=True)


async def become_level(db: Queries, patience_s: float = LEVEL_S) -> None:
    """Waits until the server's followers have followed everything."""
    until = time.monotonic() + patience_s
    while not await db.fetchval(_IS_LEVEL):
        if time.monotonic() > until:
            raise TimeoutError(f"the followers are not level after {patience_s:.0f} s")
        await asyncio.sleep(0.1)


async def publisher(engine: Engine, people: Sequence[int]) -> int:
    """Somebody who may publish to the whole company."""
    db = engine.database.pool
    for person in people:
        granted = (await org.rights_of(db, person)).get("publish", [])
        if granted and len(await org.line(db, granted[0])) == 1:
            return person
    raise RuntimeError("nobody may publish to the whole company")


async def tokens_for(engine: Engine, actors: Sequence[int]) -> list[str]:
    """A session's token for each of these people."""

    async def work(tx: Transaction) -> list[str]:
        lifetime = timedelta(days=1)
        return [(await issue_credential(tx, actor, "session", lifetime=lifetime))[1] for actor in actors]

    return await engine.write(work)


def in_characters(number: int) -> str:
    """A number in characters, since names take no digits."""
    return "".join("零一二三四五六七八九"[int(digit)] for digit in str(number))


_STORE_GROUPS = """
SELECT stream FROM conversation WHERE key LIKE 'store:%' AND members = $1 AND closed_at IS NULL ORDER BY unit"""
_MEMBERS = "SELECT actor FROM member WHERE stream = $1 AND left_at IS NULL ORDER BY actor"
_PEOPLE = "SELECT id FROM actor WHERE kind = 'person' AND active ORDER BY id"
_IS_LEVEL = """
SELECT count(*) > 0 AND bool_and(f.pos = l.pos) FROM follower f JOIN lane l USING (lane)"""
