"""P11: what one more of everything costs as the chain grows: a delivery, a resume, a recipient of a notice.

The load stays the same while the installation around it grows: a group of 300 online, 800 people who come back, a
notice to the whole company of whom 800 are online. Counted is CPU of the server and its database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import crowding, fanout, generating, missing, seeding
from bench.auditing import Audit, chain_holds, notice_states
from bench.ground import Ground, calibrate, ground, say
from bench.measuring import Load, fan_out
from bench.processes import Usage, usage
from bench.seeding import Group
from dianmai.engines import Engine as Cluster
from dianmai.org import demo_chain

SIZES = (50, 300, 3_000)
TOGETHER = 300
COMING = 800
IN_ALL, IN_STORE = 20, 12
RUNS = 3
SECONDS = 4.0
PUBLISHED_ALONE = 4_000  # recipients at least, or the clock's hundredths of a second say nothing
SPREAD_S = 8.0
LEVEL_S = 240.0


@dataclass(frozen=True)
class Installed:
    """A chain of one size: the group of 300, the publisher, 800 people of its stores with the cursors they had."""

    people: int
    group: Group
    publisher: str
    coming: list[int]
    tokens: list[str]
    everybody: str
    known: dict[int, dict[str, int]]


async def measure() -> dict[str, Any]:
    """The whole bench, in about five minutes."""
    rows: list[dict[str, Any]] = []
    audit = Audit()
    calibration: dict[str, float] = {}
    where: dict[str, Any] = {}
    for stores in SIZES:
        async with ground() as standing:
            where = standing.environment
            calibration = calibration or await calibrate(standing.engine)
            rows.append(await _at(standing, stores, audit))
            say(str(rows[-1]))
    return {
        "bench": "growth",
        "rows": rows,
        **{f"{key}_ratio": round(rows[-1][key] / rows[0][key], 3) for key in COSTS},
        "asserted": audit.asserted,
        "calibration": calibration,
        "environment": where,
    }


COSTS = ("fanout_cpu_us_per_delivery", "resume_cpu_ms", "notice_cpu_us_per_recipient")


async def _at(standing: Ground, stores: int, audit: Audit) -> dict[str, Any]:
    installed = await _install(standing.engine, stores)
    await crowding.settle(standing.engine, LEVEL_S)
    say(f"{installed.people} people in {stores} stores are ready")
    server, dsn = standing.server, standing.engine.dsn
    online = fanout.online(installed.group.tokens, 16)
    load = Load(installed.group.stream, fanout.SENDERS * 16, SECONDS, window=1)
    runs = [await fan_out(server, dsn, online, load, audit) for _ in range(RUNS)]
    # What was said is made findable behind the senders' backs: it is not to be counted to what comes next.
    await crowding.settle(standing.engine, LEVEL_S)
    resume = await _resume(standing, installed, audit)
    await crowding.settle(standing.engine, LEVEL_S)
    alone, there = await _publish(standing, installed, audit)
    await chain_holds(dsn, installed.everybody, audit)
    return {
        "stores": stores,
        "people": installed.people,
        "fanout_cpu_us_per_delivery": round(median(1e6 / run.deliveries_per_server_cpu_s for run in runs), 3),
        "resume_cpu_ms": round(resume, 3),
        "notice_cpu_us_per_recipient": round(alone + there, 1),
        "notice_publishing_us": round(alone, 1),
        "notice_receipts_us": round(there, 1),
    }


async def _install(cluster: Cluster, stores: int) -> Installed:
    rest = ("",) * (len(demo_chain.HEADINGS) - 6)
    rows = demo_chain.chain_rows(stores)
    rows += [
        (f"X{n:05}", f"员工{seeding.in_characters(n)}", "", "总部/华东大区/上海/大店", "店员", "X001", *rest)
        for n in range(1, TOGETHER + 1)
    ]
    async with seeding.engine_on(cluster.dsn) as engine:
        await seeding.import_rows(engine, [demo_chain.HEADINGS, *rows])
        await crowding.settle(cluster, LEVEL_S)
        db = engine.database.pool
        people = [row[0] for row in await db.fetch(_PEOPLE)]
        together = await db.fetchval(_TOGETHER, TOGETHER)
        members = [row[0] for row in await db.fetch(_MEMBERS, together)]
        publisher = await seeding.publisher(engine, people)
        staff = [row[0] for row in await db.fetch(_STAFF, together)]
        coming = staff[:: max(1, len(staff) // COMING)][:COMING]
        everybody = await db.fetchval(_EVERYBODY)
        tokens = await seeding.tokens_for(engine, [publisher, *coming, *members])
        known = await missing.cursors(cluster.dsn, coming)
        groups = [(row[0], row[1]) for row in await db.fetch(_THEIR_GROUPS, coming)]
        await crowding.say_in(engine, [(everybody, coming[0])] * IN_ALL + groups * IN_STORE)
    last = 1 + len(coming)
    return Installed(len(people), Group([together], tokens[last:]), tokens[0], coming, tokens[1:last], everybody, known)


async def _resume(standing: Ground, installed: Installed, audit: Audit) -> float:
    """CPU milliseconds of one resume."""
    server, dsn = standing.server, standing.engine.dsn
    marks: dict[str, Usage] = {}
    result = generating.run(
        "storm",
        server.port,
        installed.tokens,
        {"stream": installed.everybody, "spread": 0},
        lambda event, pid: marks.__setitem__(event, usage(server.pid, pid)),
        missing.lines(installed.known, await missing.heads(dsn)),
    )
    each = IN_ALL + IN_STORE
    audit.require(result["sessions"] == len(installed.coming), "all are level", times=result["sessions"])
    audit.require(
        result["wrong_sessions"] == result["deaf_sessions"] == 0, "without a hole, and they hear what is next"
    )
    audit.require(result["entries"] >= each * result["sessions"], "they have what they missed", result["entries"])
    return 1000 * _cpu(marks, "measuring", "measured") / result["sessions"]


async def _publish(standing: Ground, installed: Installed, audit: Audit) -> tuple[float, float]:
    """CPU microseconds of a recipient nobody sees, and what those who are online cost each beyond that."""
    times = max(1, -(-PUBLISHED_ALONE // installed.people))
    alone = 0.0
    for _ in range(times):
        # As long as the other: the database tidies up after so many new rows for seconds.
        result, marks = _notice(standing, [installed.publisher], SPREAD_S)
        audit.require(result["recipients"] == installed.people, "everybody is a recipient", times=installed.people)
        alone += _cpu(marks, "publishing", "measured") / installed.people / times
    result, marks = _notice(standing, [installed.publisher, *installed.tokens], SPREAD_S)
    online = 1 + len(installed.tokens)
    audit.require(result["had"] == result["confirmed"] == online, "everybody online had it once", times=online)
    states = await notice_states(standing.engine.dsn, result["notice"])
    expected: Mapping[str, int] = {"delivered": online, "read": online, "confirmed": online}
    audit.require(states == expected, f"the board agrees: {states}", 3)
    return 1e6 * alone, 1e6 * (_cpu(marks, "publishing", "measured") - alone * installed.people) / online


def _notice(standing: Ground, tokens: list[str], spread: float) -> tuple[dict[str, Any], dict[str, Usage]]:
    marks: dict[str, Usage] = {}
    server = standing.server
    wishes = {"body": seeding.NOTICE, "warm": 1.0, "spread": spread, "at_once": 64}
    result = generating.run(
        "notice", server.port, tokens, wishes, lambda event, pid: marks.__setitem__(event, usage(server.pid, pid))
    )
    return result, marks


def _cpu(marks: Mapping[str, Usage], first: str, last: str) -> float:
    spent = marks[last].since(marks[first])
    return spent.server + spent.children


_PEOPLE = "SELECT id FROM actor WHERE kind = 'person' AND active ORDER BY id"
_EVERYBODY = "SELECT stream FROM conversation WHERE key = 'all_hands'"
_TOGETHER = """
SELECT stream FROM conversation WHERE key LIKE 'store:%' AND members = $1 AND closed_at IS NULL"""
_MEMBERS = "SELECT actor FROM member WHERE stream = $1 AND left_at IS NULL ORDER BY actor"
# Who belongs to one store: an area manager hears as many as the chain has there.
_STAFF = """
SELECT m.actor FROM conversation c JOIN member m USING (stream)
WHERE c.key LIKE 'store:%' AND c.stream <> $1 AND m.left_at IS NULL
GROUP BY m.actor HAVING count(*) = 1 ORDER BY m.actor"""
_THEIR_GROUPS = """
SELECT c.stream, min(m.actor) FROM conversation c JOIN member m USING (stream)
WHERE c.key LIKE 'store:%' AND m.left_at IS NULL AND m.actor = ANY($1::bigint[]) GROUP BY c.stream"""
