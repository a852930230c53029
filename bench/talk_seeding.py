"""A million messages in thousands of conversations, as if they had been said and followed: by COPY, into journal and
index alike, with the hash chain and the words that the product's own code makes.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import asyncpg
from pypinyin.phrases_dict import phrases_dict

from bench.ground import say
from dianmai import chat
from dianmai.core.chaining import Head, chain
from dianmai.core.ids import lane_of
from dianmai.core.journal import Draft, Line
from dianmai.search.findable import Said
from dianmai.search.following import text_row

AT_ONCE = 250
ENTRY = (
    "stream", "seq", "lane", "pos", "at", "actor", "nonce", "part", "kind", "target", "no", "salt", "body_hash",
    "hash", "body",
)  # fmt: skip
_DAILY = """
今天 明天 早上 下午 店长 店里 门店 顾客 收银 货架 冷柜 温度 报警 促销 海报 价签 盘点
到货 排班 交接 已经 没有 可以 马上 请 收到 好的 的 了 在 还 不 都 要
我们 大家 一下 时候 问题 完成 确认 需要 安排 处理 照片 会员 活动 价格 系统 检查"""
DAILY = _DAILY.split()


@dataclass(frozen=True)
class Talk:
    """What was said in the conversations of one person: place and text, oldest first."""

    mine: list[tuple[str, int, str]]
    conversations: int
    messages: int


async def fill(dsn: str, person: int, others: Sequence[int], messages: int, conversations: int, own: int) -> Talk:
    """Says `messages` in `conversations` groups of three, in `own` of which the person is."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    chance = random.Random(20261123)
    writer = Sentences(chance)
    mine: list[tuple[str, int, str]] = []
    every = conversations // own
    try:
        installation = (await connection.fetchval("SELECT id FROM installation")).bytes
        await connection.execute("DROP INDEX found_words")
        done = 0
        for first in range(0, conversations, AT_ONCE):
            numbers = range(first, min(conversations, first + AT_ONCE))
            rounds = _share(messages, conversations)
            members = {
                f"chat:{1_000_000 + n}": _members(n, person if n % every == 0 else None, others) for n in numbers
            }
            mine += await _batch(connection, installation, members, rounds, writer, person)
            done += len(numbers) * rounds
            say(f"{done} of {messages} messages are said")
        await connection.execute("SET maintenance_work_mem TO '512MB'")
        await connection.execute(_INDEX)
        for table in ("entry", "found", "member", "stream", "conversation"):
            await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()
    return Talk(mine, conversations, done)


async def _batch(
    connection: "asyncpg.Connection[Any]",
    installation: bytes,
    members: dict[str, list[int]],
    rounds: int,
    writer: "Sentences",
    person: int,
) -> list[tuple[str, int, str]]:
    streams = sorted(members)
    heads = {s: Head(lane_of(s), "members", 0, 0, 1, b"") for s in streams}
    mine: list[tuple[str, int, str]] = []
    entries: list[tuple[Any, ...]] = []
    found: list[tuple[Any, ...]] = []
    async with connection.transaction():
        await connection.execute("SELECT FROM follower ORDER BY name, lane FOR UPDATE")
        rows = await connection.fetch("SELECT lane, pos FROM lane ORDER BY lane FOR UPDATE")
        pos = {row[0]: row[1] for row in rows}
        for number in range(rounds):
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=60 * number)
            texts = [writer.sentence() for _ in streams]
            lines = [
                Line(
                    Draft(s, "chat.message", b"", counts=True),
                    writer.one(members[s]),
                    f"bench-{number:08}",
                    0,
                    _body(t),
                )
                for s, t in zip(streams, texts, strict=True)
            ]
            chained = chain(installation, heads, at, lines)
            places = [pos[lane] + rank for lane, rank in chained.ranks]
            for column, place, text in zip(zip(*chained.columns, strict=True), places, texts, strict=True):
                stream, seq, lane, actor, *rest = column
                entries.append((stream, seq, lane, place, at, actor, *rest))
                row = text_row(chat.findables[0], stream, seq, Said(text))
                if row is not None:
                    found.append((stream, seq, seq, at, actor, text, row.plain, row.words))
                if person in members[stream]:
                    mine.append((stream, seq, text))
            for lane, count in chained.counts.items():
                pos[lane] += count
        await connection.execute(_GROUPS, streams, [len(members[s]) for s in streams])
        await connection.execute(
            _STREAMS, streams, [heads[s].lane for s in streams], [heads[s].seq for s in streams],
            [heads[s].no for s in streams], [heads[s].hash for s in streams],
        )  # fmt: skip
        pairs = [(s, actor) for s in streams for actor in members[s]]
        await connection.execute(_MEMBERS, *map(list, zip(*pairs, strict=True)))
        await connection.copy_records_to_table("entry", records=entries, columns=ENTRY)
        await connection.execute(_STAGING)
        await connection.copy_records_to_table("said", records=found)
        await connection.execute(_FOUND)
        await connection.execute(_LANES, list(pos), list(pos.values()))
        await connection.execute("UPDATE follower f SET pos = l.pos FROM lane l WHERE l.lane = f.lane")
    return mine


class Sentences:
    """Sentences as they are said in stores: daily words over and over, and now and then one of 47,000 others."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._rare = [phrase for phrase in phrases_dict if len(phrase) < 5]
        chance.shuffle(self._rare)
        self._rare_weights = list(accumulate(1 / (rank + 50) for rank in range(len(self._rare))))
        self._daily_weights = list(accumulate(1 / (rank + 5) for rank in range(len(DAILY))))

    def sentence(self) -> str:
        words = [self._word() for _ in range(self._chance.randint(3, 12))]
        if self._chance.random() < 0.3:
            words.insert(len(words) // 2, "，")
        if self._chance.random() < 0.2:
            words.append(str(self._chance.randint(1, 9_999)))
        return "".join(words)

    def one(self, people: Sequence[int]) -> int:
        return self._chance.choice(people)

    def _word(self) -> str:
        words, weights = (
            (self._rare, self._rare_weights) if self._chance.random() < 0.6 else (DAILY, self._daily_weights)
        )
        return self._chance.choices(words, cum_weights=weights)[0]


def queries(talk: Talk, count: int) -> Iterator[str]:
    """Words of two to four characters that somebody of these conversations has said."""
    chance = random.Random(7)
    while count:
        text = chance.choice(talk.mine)[2]
        length = chance.randint(2, 4)
        at = chance.randrange(max(1, len(text) - length))
        word = text[at : at + length]
        if len(word) == length and not any(c in "，0123456789" for c in word):
            count -= 1
            yield word


def common(talk: Talk, count: int) -> list[str]:
    """The pairs of characters said most often."""
    said: dict[str, int] = {}
    for _, _, text in talk.mine:
        for pair in {text[at : at + 2] for at in range(len(text) - 1)}:
            if not any(c in "，0123456789" for c in pair):
                said[pair] = said.get(pair, 0) + 1
    return sorted(said, key=lambda pair: -said[pair])[:count]


def _share(messages: int, conversations: int) -> int:
    return max(1, messages // conversations)


def _members(number: int, person: int | None, others: Sequence[int]) -> list[int]:
    here = {others[(number + step) % len(others)] for step in range(3)}
    return sorted({*here, *([] if person is None else [person])})


def _body(text: str) -> bytes:
    return json.dumps({"text": text}, ensure_ascii=False, separators=(",", ":")).encode()


_GROUPS = """
INSERT INTO conversation (stream, kind, key, rule, title_zh, title_en, members)
SELECT stream, 'group', 'bench:' || stream, '{}', stream, stream, members
FROM unnest($1::text[], $2::integer[]) AS g(stream, members)"""
_STREAMS = """
INSERT INTO stream (stream, lane, heard_by, seq, no, hash)
SELECT stream, lane, 'members', seq, no, hash
FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bytea[]) AS s(stream, lane, seq, no, hash)"""
_MEMBERS = "INSERT INTO member (stream, actor) SELECT * FROM unnest($1::text[], $2::bigint[])"
_STAGING = """
CREATE TEMPORARY TABLE said (stream text, seq bigint, no bigint, at timestamptz, author bigint, text text, plain text,
  words text) ON COMMIT DROP"""
_FOUND = """
INSERT INTO found (stream, seq, kind, no, at, author, text, plain, words)
SELECT stream, seq, 'message', no, at, author, text, plain, array_to_tsvector(string_to_array(words, E'\\n'))
FROM said"""
_LANES = "UPDATE lane l SET pos = n.pos FROM unnest($1::smallint[], $2::bigint[]) AS n(lane, pos) WHERE l.lane = n.lane"
_INDEX = """
CREATE INDEX found_words ON found USING gin (words) WITH (fastupdate = on, gin_pending_list_limit = 512)"""
