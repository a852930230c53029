"""A company for the tests of managed groups: units, people and the positions they hold, changed as HR changes them."""

from collections.abc import Iterable

from dianmai.chat.follow import followers
from dianmai.core.access import Actor, create_actors, end_access
from dianmai.core.engine import Engine
from dianmai.core.followers import Followers
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.wire.org import OrgChanged


class Company:
    """Changes the organisation and lets the groups follow at once, one change at a time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.followers = Followers(engine, followers)

    async def open_unit(self, kind: str, name: str, parent: int | None = None) -> int:
        pool = self.engine.database.pool
        unit: int = await pool.fetchval(
            "INSERT INTO unit (kind, name, parent, line) VALUES ($1, $2, $3, '{}') RETURNING id", kind, name, parent
        )
        await self._place(unit, parent)
        await self.tell(units=[unit])
        return unit

    async def move_unit(self, unit: int, parent: int) -> None:
        """Puts a unit without units below it under another one."""
        pool = self.engine.database.pool
        await pool.execute("UPDATE unit SET parent = $2 WHERE id = $1", unit, parent)
        await pool.execute("DELETE FROM unit_above WHERE unit = $1", unit)
        await self._place(unit, parent)
        await self.tell(units=[unit])

    async def rename_unit(self, unit: int, name: str) -> None:
        await self.engine.database.pool.execute("UPDATE unit SET name = $2 WHERE id = $1", unit, name)
        await self.tell(units=[unit])

    async def close_unit(self, unit: int) -> None:
        await self.engine.database.pool.execute("UPDATE unit SET closed_at = now() WHERE id = $1", unit)
        await self.tell(units=[unit])

    async def hire(self, name: str, *holdings: tuple[str, int]) -> Actor:
        async def work(tx: Transaction) -> int:
            [person] = await create_actors(tx, "person", 1)
            await tx.db.execute(
                "INSERT INTO person (id, employee_no, name) VALUES ($1::bigint, 'E' || $1, $2)", person, name
            )
            await self._hold(tx, person, holdings)
            return person

        return Actor(await self.engine.write(work), "person")

    async def move(self, person: Actor, *holdings: tuple[str, int]) -> None:
        async def work(tx: Transaction) -> None:
            await tx.db.execute("UPDATE holding SET held = false WHERE person = $1", person.id)
            await self._hold(tx, person.id, holdings)

        await self.engine.write(work)

    async def leave(self, person: Actor) -> None:
        async def work(tx: Transaction) -> None:
            await tx.db.execute("UPDATE person SET state = 'left', left_at = now() WHERE id = $1", person.id)
            await tx.db.execute("UPDATE holding SET held = false WHERE person = $1", person.id)
            await end_access(tx, [person.id])
            self.changed(tx, people=[person.id])

        await self.engine.write(work)

    async def tell(self, *, units: Iterable[int] = (), people: Iterable[int] = ()) -> None:
        async def work(tx: Transaction) -> None:
            self.changed(tx, units=units, people=people)

        await self.engine.write(work)

    async def settle(self) -> None:
        """Lets the groups follow until they are level."""
        await self.engine.database.pool.execute(
            "INSERT INTO follower (name, lane) SELECT 'managed_groups', generate_series(0, 15) ON CONFLICT DO NOTHING"
        )
        while await self.followers.step(followers[0]):
            pass

    async def groups(self, person: Actor) -> dict[str, str]:
        """The titles of the groups somebody is in, with their streams."""
        rows = await self.engine.database.pool.fetch(
            "SELECT c.title_zh, c.stream FROM member m JOIN conversation c USING (stream)"
            " WHERE m.actor = $1 AND m.left_at IS NULL ORDER BY c.title_zh",
            person.id,
        )
        return {row[0]: row[1] for row in rows}

    async def _place(self, unit: int, parent: int | None) -> None:
        pool = self.engine.database.pool
        await pool.execute(
            "INSERT INTO unit_above (unit, above, depth) SELECT $1::bigint, above, depth + 1 FROM unit_above"
            " WHERE unit = $2 UNION ALL SELECT $1, $1, 0",
            unit,
            parent,
        )
        await pool.execute(
            "UPDATE unit SET line = ARRAY(SELECT above FROM unit_above WHERE unit = $1 ORDER BY depth DESC),"
            " store = CASE kind WHEN 'store' THEN id END WHERE id = $1",
            unit,
        )

    async def _hold(self, tx: Transaction, person: int, holdings: Iterable[tuple[str, int]]) -> None:
        for rank, (position, unit) in enumerate(holdings):
            await tx.db.execute(
                "INSERT INTO holding (person, unit, position, rank, seat, from_date, held)"
                " VALUES ($1, $2, $3, $4, $2, '2026-01-01', true)",
                person,
                unit,
                position,
                rank,
            )
        self.changed(tx, people=[person])

    def changed(self, tx: Transaction, *, units: Iterable[int] = (), people: Iterable[int] = ()) -> None:
        tx.append(Draft("org", "org.changed", OrgChanged(people=list(people), units=list(units), cause="hr_import")))
