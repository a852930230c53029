"""Freezing an audience: who the recipients are, and the company above them, in the moment of publishing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dianmai import org
from dianmai.core.operations import Act
from dianmai.notices.store import FrozenUnit, NewRecipient
from dianmai.wire.org import Audience


@dataclass(frozen=True, slots=True)
class Frozen:
    """The recipients, and their units with all units above."""

    recipients: Sequence[NewRecipient]
    units: Sequence[FrozenUnit]

    def lines_but_of(self, person: int) -> Iterator[Sequence[int]]:
        """For each recipient but one the units from the top down to their own."""
        lines = {u.unit: u.line for u in self.units}
        return (lines[r.unit] for r in self.recipients if r.person != person)


async def freeze(act: Act, audience: Audience, publisher_unit: int) -> Frozen:
    """Everyone in the audience now, each once, with the unit and position by which they best fit it.

    Somebody named who holds no position belongs to the company as a whole: to the top above the publisher's unit.
    """
    people = await org.audience_people(act.db, audience, language=act.language)
    placed = people
    if any(p.unit is None for p in people):
        top = (await org.line(act.db, publisher_unit))[0].id
        placed = [p if p.unit is not None else p._replace(unit=top, line=[top]) for p in people]
    lines = {p.unit: p.line for p in placed if p.unit is not None}
    rows = await org.units_by_id(act.db, list({unit for line in lines.values() for unit in line}))
    counts = Counter(p.unit for p in placed)
    return Frozen(
        recipients=[
            NewRecipient(person=p.person, name=p.name, unit=p.unit, position=p.position, title=p.title)
            for p in placed
            if p.unit is not None
        ],
        units=[
            FrozenUnit(
                unit=row.id,
                kind=row.kind,
                name=row.name,
                time_zone=row.time_zone,
                line=row.line,
                store=row.store,
                recipients=counts[row.id],
            )
            for row in rows.values()
        ],
    )
