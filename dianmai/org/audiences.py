"""Audiences: the people who hold certain positions below certain units whose stores have certain attributes.

The keystone: groups, notices and tasks all address audiences, and all resolve them here, from the tables, inside the
transaction that acts on the answer.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from dianmai.core.db import Queries
from dianmai.core.errors import Language
from dianmai.core.operations import Act, reading
from dianmai.org import audience_store, store
from dianmai.org.people import briefs
from dianmai.org.rights import require_right
from dianmai.wire.org import Audience, AudiencePreview, PreviewAudience, UnitCount

SAMPLE = 20


class AudiencePerson(NamedTuple):
    """Somebody in an audience, with the best-ranked position by which they are in it.

    `unit` is where they belong by it: for one position in several units, the lowest unit above them all. `line` are
    that unit's ids from the top down, itself included; `store` is the store it is or belongs to. A named person
    without a position has no unit.
    """

    person: int
    name: str
    position: str
    title: str
    unit: int | None
    unit_name: str
    line: list[int]
    store: int | None
    activated: bool


@reading("org.preview_audience")
async def preview_audience(act: Act, ask: PreviewAudience) -> AudiencePreview:
    """How many people and stores an audience reaches now, who of them cannot be reached yet, and where they are.

    Needs the right `publish` over any unit. `by_unit` splits the people by the units just below the one they all share.
    Refusals: `forbidden`.
    """
    await require_right(act, "publish")
    people = await audience_people(act.db, ask.audience, language=act.language)
    shared = _shared([row.line for row in people if row.line])
    counts = Counter(row.line[min(shared, len(row.line) - 1)] for row in people if row.line)
    units = await store.units(act.db, list(counts))
    return AudiencePreview(
        people=len(people),
        stores=len({row.store for row in people if row.store is not None}),
        not_activated=sum(not row.activated for row in people),
        sample=await briefs(act.db, [row.person for row in people[:SAMPLE]], act.language),
        by_unit=[
            UnitCount(unit=unit, name=units[unit].name, kind=units[unit].kind, people=count)
            for unit, count in counts.most_common(200)
        ],
    )


async def audience_people(
    db: Queries, audience: Audience, *, only: Sequence[int] | None = None, language: Language
) -> list[AudiencePerson]:
    """Everybody in the audience now, each once, in order of id; `only`: of these people, who is in it.

    Leavers are in no audience. An audience without parts and people is empty; a part that narrows nothing is the whole
    company. One statement, whatever the size.
    """
    rows = await audience_store.people(
        db,
        msgspec.json.encode([msgspec.structs.asdict(part) for part in audience.parts]).decode(),
        audience.people,
        audience.without,
        only,
    )
    return [
        AudiencePerson(
            person=row.person,
            name=row.name,
            position=row.position or "",
            title=(row.title_zh if language == "zh-CN" else row.title_en) or "",
            unit=row.unit,
            unit_name=row.unit_name or "",
            line=row.line or [],
            store=row.store,
            activated=row.state == "active",
        )
        for row in rows
    ]


def _shared(lines: Sequence[Sequence[int]]) -> int:
    """How many units from the top all lines share."""
    if not lines:
        return 0
    shortest = min(len(line) for line in lines)
    return next((depth for depth in range(shortest) if len({line[depth] for line in lines}) > 1), shortest)
