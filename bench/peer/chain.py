"""Our side's chain: stores of twenty who come back, a store of those who talk, couples among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench import crowding, missing
from bench.crowding import open_directs, say_in
from bench.peer.sizes import Sizes
from bench.seeding import HEADINGS, become_level, engine_on, import_rows, in_characters, tokens_for
from dianmai import accounts
from dianmai.engines import Engine as Cluster

IN_A_STORE = 20
PASSWORD = "三家店-Bread-4711"


@dataclass(frozen=True)
class Chain:
    """Who talks, who comes back with what cursors, and who signs in with a password."""

    group: str
    talking: list[str]  # tokens of those in the group
    couples: list[str]  # direct conversations of the first two of them, the next two, …
    everybody: str
    returning: list[str]  # tokens
    known: dict[int, dict[str, int]]  # by person: where the device stood before the missed messages
    codes: dict[str, str]  # by employee number: activation codes


async def make(cluster: Cluster, sizes: Sizes) -> Chain:
    """Makes it through the product's own operations, while its server runs."""
    async with engine_on(cluster.dsn) as engine:
        await import_rows(engine, [HEADINGS, *_rows(sizes)])
        await become_level(engine.database.pool)
        db = engine.database.pool
        groups: list[tuple[str, list[int]]] = [(row[0], row[1]) for row in await db.fetch(_GROUPS)]
        ((group, talking),) = [one for one in groups if len(one[1]) == sizes.online]
        stores = [one for one in groups if one[0] != group]
        returning = [person for _, people in stores for person in people]
        couples = list(zip(talking[: 2 * sizes.pairs : 2], talking[1 : 2 * sizes.pairs : 2], strict=True))
        directs = await open_directs(engine, couples)
        known = await missing.cursors(cluster.dsn, returning)
        await say_in(engine, [(stream, people[0]) for stream, people in stores] * sizes.missed)
        codes = {_number(n): (await accounts.issue_code_for(engine, _number(n))).code for n in range(sizes.signing_in)}
        chain = Chain(
            group,
            await tokens_for(engine, talking),
            directs,
            await db.fetchval(_EVERYBODY),
            await tokens_for(engine, returning),
            known,
            codes,
        )
    await crowding.settle(cluster)
    return chain


def missed_lines(chain: Chain, now: dict[str, int]) -> Sequence[str]:
    """What each who comes back lacks: what was said in their store; what ended the storm before is no news."""
    level = {chain.everybody: now[chain.everybody]}
    return missing.lines({person: {**own, **level} for person, own in chain.known.items()}, now)


def _rows(sizes: Sizes) -> list[tuple[str, str, str, str, str]]:
    stores = [0] * sizes.online + [1 + number // IN_A_STORE for number in range(sizes.sessions)]
    return [
        (_number(n), f"员工{in_characters(n)}", f"总部/华东大区/上海/第{in_characters(s)}店", "店员", f"B{s:04}")
        for n, s in enumerate(stores)
    ]


def _number(person: int) -> str:
    return f"B{person:05}"


_GROUPS = """
SELECT c.stream, array_agg(m.actor ORDER BY m.actor) FROM conversation c JOIN member m USING (stream)
WHERE c.key LIKE 'store:%' AND c.closed_at IS NULL AND m.left_at IS NULL GROUP BY c.stream ORDER BY c.stream"""
_EVERYBODY = "SELECT stream FROM conversation WHERE key = 'all_hands'"
