"""A little chain for the notices: head office, two regions, three stores, and people with live sessions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from dianmai.core.access import Actor, allow_access, create_actors, end_access, issue_credential
from dianmai.core.db import Queries
from dianmai.core.engine import Engine
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.wire.org import OrgChanged


@dataclass
class Company:
    """Units by name, people by name."""

    engine: Engine
    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Actor:
        return self.people[name]

    async def add_unit(self, name: str, kind: str, parent: str | None = None, time_zone: str = "Asia/Shanghai") -> None:
        async def work(tx: Transaction) -> int:
            above = None if parent is None else self.units[parent]
            return await _insert_unit(tx.db, name, kind, above, time_zone)

        self.units[name] = await self.engine.write(work)

    async def hire(self, unit: str, position: str, names: Sequence[str]) -> list[Actor]:
        """New people with this position in this unit, each with a session of their own."""

        async def work(tx: Transaction) -> list[Actor]:
            ids = await create_actors(tx, "person", len(names))
            await tx.db.execute(_HIRE, ids, list(names), [f"E{i:06}" for i in ids], self.units[unit], position, DAY)
            sessions = [await issue_credential(tx, i, "session", lifetime=timedelta(days=1)) for i in ids]
            self._tell(tx, ids, "join")
            return [Actor(i, "person", s[0]) for i, s in zip(ids, sessions, strict=True)]

        hired = await self.engine.write(work)
        self.people.update(zip(names, hired, strict=True))
        return hired

    async def move(self, name: str, unit: str, position: str) -> None:
        """Somebody holds another position elsewhere from now on, and nothing else."""

        async def work(tx: Transaction) -> None:
            await tx.db.execute(
                "UPDATE holding SET held = false, until_date = $2 WHERE person = $1", self[name].id, DAY
            )
            await tx.db.execute(_HOLD, self[name].id, self.units[unit], position, DAY)
            self._tell(tx, [self[name].id], "move")

        await self.engine.write(work)

    async def leave(self, name: str) -> None:
        """Somebody leaves the company."""

        async def work(tx: Transaction) -> None:
            await tx.db.execute("UPDATE person SET state = 'left', left_at = now() WHERE id = $1", self[name].id)
            await tx.db.execute(
                "UPDATE holding SET held = false, until_date = $2 WHERE person = $1", self[name].id, DAY
            )
            await end_access(tx, [self[name].id])
            self._tell(tx, [self[name].id], "leave")

        await self.engine.write(work)

    async def come_back(self, name: str, unit: str, position: str) -> None:
        """A leaver is hired again, under the same number, and signs in."""

        async def work(tx: Transaction) -> int:
            await tx.db.execute("UPDATE person SET state = 'active', left_at = NULL WHERE id = $1", self[name].id)
            await tx.db.execute(_HOLD, self[name].id, self.units[unit], position, DAY)
            await allow_access(tx, [self[name].id])
            self._tell(tx, [self[name].id], "return")
            return (await issue_credential(tx, self[name].id, "session", lifetime=timedelta(days=1)))[0]

        self.people[name] = Actor(self[name].id, "person", await self.engine.write(work))

    def _tell(self, tx: Transaction, people: Sequence[int], cause: str) -> None:
        tx.append(Draft("org", "org.changed", OrgChanged(people=list(people), units=[], cause=cause)))


async def little_chain(engine: Engine) -> Company:
    """总部 with 运营部; 华东 with 南京路店 and 徐家汇店; 华北 with 王府井店; a manager and two clerks in each store."""
    company = Company(engine)
    await company.add_unit("总部", "hq")
    await company.add_unit("运营部", "department", "总部")
    for region in ("华东", "华北"):
        await company.add_unit(region, "region", "总部")
    for store, region in STORES.items():
        await company.add_unit(store, "store", region)
    await company.hire("运营部", "hq_operations", ["林悦"])
    await company.hire("运营部", "finance", ["财务小钱"])
    await company.hire("华东", "region_manager", ["华东周总"])
    await company.hire("华北", "region_manager", ["华北吴总"])
    for store in STORES:
        await company.hire(store, "store_manager", [f"{store}店长"])
        await company.hire(store, "clerk", [f"{store}小陈", f"{store}小李"])
    return company


async def _insert_unit(db: Queries, name: str, kind: str, parent: int | None, time_zone: str) -> int:
    unit: int = await db.fetchval(_ADD_UNIT, name, kind, parent, time_zone)
    await db.execute(_PLACE_UNIT, unit, parent)
    await db.execute(_ABOVE, unit)
    return unit


STORES = {"南京路店": "华东", "徐家汇店": "华东", "王府井店": "华北"}
DAY = date(2026, 1, 1)

_ADD_UNIT = "INSERT INTO unit (name, kind, parent, time_zone) VALUES ($1, $2, $3, $4) RETURNING id"
_PLACE_UNIT = """
UPDATE unit SET line = coalesce((SELECT line FROM unit WHERE id = $2), '{}') || id,
  store = CASE WHEN kind = 'store' THEN id ELSE (SELECT store FROM unit WHERE id = $2) END WHERE id = $1"""
_ABOVE = """
INSERT INTO unit_above (unit, above, depth)
SELECT u.id, l.above, cardinality(u.line) - l.place FROM unit u, unnest(u.line) WITH ORDINALITY AS l(above, place)
WHERE u.id = $1"""
_HIRE = """
WITH hired AS (
  INSERT INTO person (id, name, employee_no, state)
  SELECT id, name, no, 'active' FROM unnest($1::bigint[], $2::text[], $3::text[]) AS p(id, name, no) RETURNING id)
INSERT INTO holding (person, unit, seat, position, from_date, held)
SELECT id, $4::bigint, $4::bigint, $5::text, $6::date, true FROM hired"""
_HOLD = "INSERT INTO holding (person, unit, seat, position, from_date, held) VALUES ($1, $2, $2, $3, $4, true)"
