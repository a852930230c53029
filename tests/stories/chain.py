"""Changing the named world as a chain does: with another HR file."""

from collections.abc import Sequence
from pathlib import Path

from dianmai import org
from dianmai.app import Running
from dianmai.org.demo_chain import Row, to_csv, world_rows
from tests.world import Member, Store

PEOPLE = world_rows()
_PATH, _STORE = 3, 5


def without(*gone: Member) -> list[Row]:
    """The file without these people."""
    return [row for row in PEOPLE if row[0] not in {member.employee_no for member in gone}]


def moved(member: Member, to: Store) -> list[Row]:
    """The file with one person in another store, in the same position."""
    there = next(row for row in PEOPLE if row[0] == to.manager.employee_no)
    return [_placed(row, there) if row[0] == member.employee_no else row for row in PEOPLE]


def joined(name: str, like: Member) -> list[Row]:
    """The file with somebody new, in the unit and position of `like`."""
    new = next(row for row in PEOPLE if row[0] == like.employee_no)
    return [*PEOPLE, ("A90001", name, "13900000001", *new[3:])]


async def import_people(server: Running, place: Path, rows: Sequence[Row]) -> dict[str, int]:
    """Brings the organisation level with these rows; answers everybody's person id by name."""
    file = place / "people.csv"
    file.write_bytes(to_csv(rows))
    await org.import_hr(server.app.engine, file, confirm=lambda _: True)
    people = await server.app.engine.database.pool.fetch("SELECT name, id FROM person")
    return {row["name"]: row["id"] for row in people}


def _placed(row: Row, there: Row) -> Row:
    return tuple(there[n] if n in (_PATH, _STORE) else cell for n, cell in enumerate(row))
