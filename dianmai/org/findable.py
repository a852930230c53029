"""Keeps the words by which people, units and positions are found true after a change of the organisation."""

import asyncio
from collections.abc import Sequence

from dianmai.core.db import Queries
from dianmai.org import finding_store
from dianmai.org.finding_store import FindableRow
from dianmai.org.words import person_words, position_words, unit_words


async def make_findable(db: Queries, people: Sequence[int], units: Sequence[int]) -> None:
    """Writes the words of these people and units anew, and of positions that have none yet.

    Leavers and closed units lose theirs: they are found no more. A unit that moved counts for everybody below it.
    """
    around = await finding_store.people_around(db, units) if units else []
    concerned = sorted({*people, *around})
    rows = await finding_store.findable(db, concerned)
    names = await finding_store.unit_names(db, units)
    positions = await finding_store.position_names(db)
    # Spelling thousands of names takes a second: not on the loop that serves everybody.
    words = await asyncio.to_thread(_of_people, rows)
    await finding_store.set_person_words(db, {**dict.fromkeys(concerned, ""), **words})
    unit_lines = {id: "\n".join(unit_words(name, code)) if is_open else "" for id, name, code, is_open in names}
    await finding_store.set_unit_words(db, unit_lines)
    await finding_store.add_position_words(
        db, {code: "\n".join(position_words(called)) for code, called in positions.items()}
    )


def _of_people(rows: Sequence[FindableRow]) -> dict[int, str]:
    return {row.id: "\n".join(person_words(row.name, row.employee_no, row.units, row.positions)) for row in rows}
