"""Reading with a connection for each query."""

from collections.abc import Iterable, Sequence
from typing import Any

from dianmai.core.db import Database, Row


class Reads:
    """Reads with a connection for each query: who waits for something else in between keeps none from the others."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fetch(self, query: str, *args: Any) -> list[Row]:
        async with self._database.reading() as connection:
            return await connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        async with self._database.reading() as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        async with self._database.reading() as connection:
            return await connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        async with self._database.reading() as connection:
            return await connection.execute(query, *args)

    async def executemany(self, command: str, args: Iterable[Sequence[Any]]) -> None:
        async with self._database.reading() as connection:
            await connection.executemany(command, args)
