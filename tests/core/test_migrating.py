"""The schema is brought up to date once, in one line for whoever watches, and never over a history that differs."""

import asyncpg
import pytest

from dianmai.core import migrating
from dianmai.core.errors import Unavailable
from tests.postgres import Databases


async def history(dsn: str, statement: str, *values: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


async def test_an_empty_database_gets_everything_and_hears_of_it_in_one_line(databases: Databases) -> None:
    with databases.copy("template0") as dsn:
        said: list[str] = []
        applied = await migrating.migrate(dsn, said.append)
        assert applied == [name for name, _ in migrating.files()]
        assert len(said) == 1
        assert applied[-1] in said[0]
        assert await migrating.migrate(dsn, said.append) == []
        assert len(said) == 1


async def test_a_program_starts_on_the_schema_of_the_next_version(dsn: str) -> None:
    await history(dsn, "INSERT INTO migration (name, checksum) VALUES ('9999_later.sql', 'x')")
    assert await migrating.migrate(dsn) == []


@pytest.mark.parametrize(("name", "breaking"), [("9999_later.sql", "true"), ("0001_between.sql", "false")])
async def test_a_database_that_has_broken_with_this_version_is_left_alone(dsn: str, name: str, breaking: str) -> None:
    await history(dsn, f"INSERT INTO migration (name, checksum, breaking) VALUES ('{name}', 'x', {breaking})")
    with pytest.raises(Unavailable) as refused:
        await migrating.migrate(dsn)
    assert refused.value.code == "schema_newer"


async def test_a_changed_migration_stops_before_anything_is_applied(dsn: str) -> None:
    first, *_, last = (name for name, _ in migrating.files())
    await history(dsn, "UPDATE migration SET checksum = 'x' WHERE name = $1", last)
    # The first one is missing as well, and applying it again would fail on what is there.
    await history(dsn, "DELETE FROM migration WHERE name = $1", first)
    with pytest.raises(Unavailable) as refused:
        await migrating.migrate(dsn)
    assert refused.value.code == "schema_changed"
