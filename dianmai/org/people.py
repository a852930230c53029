"""People: the card of one, the brief lines of many."""

import unicodedata
from collections.abc import Sequence

from dianmai.core.db import Queries
from dianmai.core.errors import Language, NotFound
from dianmai.core.operations import Act, reading
from dianmai.core.transactions import Transaction
from dianmai.org import duty_store, rules, store
from dianmai.org.rights import rights_of
from dianmai.org.store import HeldRow, PersonRow
from dianmai.wire.org import GetPerson, HeldPosition, PersonBrief, PersonCard, PersonDuty


@reading("org.person")
async def person(act: Act, ask: GetPerson) -> PersonCard:
    """The card of a person: name, employee number, positions with their units, who leads them, what they answer for.

    Everybody signed in may see it; `phone` is null unless the person is in your unit or your line, or you have a right
    over their unit. Leavers are `not_found`.
    """
    rules.require_colleague(act.actor)
    found = await store.person(act.db, ask.person)
    if found is None or found.state == "left":
        raise NotFound("not_found", field="person")
    return await card(act, found)


async def card(act: Act, found: PersonRow) -> PersonCard:
    """A person's card as the acting person may see it."""
    held = await store.held(act.db, [found.id])
    manager = await briefs(act.db, [found.manager], act.language) if found.manager else []
    return PersonCard(
        id=found.id,
        name=found.name,
        employee_no=found.employee_no,
        phone=found.phone if await _may_see_phone(act, found, held) else None,
        positions=[held_position(row, act.language) for row in held],
        state=found.state,
        manager=manager[0] if manager else None,
        duties=[
            PersonDuty(
                name=row.name_zh if act.language == "zh-CN" else row.name_en,
                unit=row.unit,
                unit_name=row.unit_name,
                deputy=row.deputy,
            )
            for row in await duty_store.duties_of(act.db, found.id)
        ],
    )


async def briefs(db: Queries, people: Sequence[int], language: Language) -> list[PersonBrief]:
    """Brief lines of these people in the given order: name, main position, its unit. Leavers keep their name only.

    Somebody with one position in several units (an area manager) is shown with the lowest unit above them all.
    Ids that are no person's are left out.
    """
    rows = await store.briefs(db, people) if people else {}
    return [
        PersonBrief(
            id=row.id,
            name=row.name,
            title=(row.title_zh if language == "zh-CN" else row.title_en) or "",
            unit=row.unit or "",
        )
        for id in people
        if (row := rows.get(id)) is not None
    ]


async def people_named(db: Queries, among: Sequence[int], text: str, limit: int) -> list[int]:
    """Those of these people in whose name, pinyin, initials or employee number the text is found, by name."""
    return await store.people_named(db, among, text.strip().lower(), limit)


async def anybody(db: Queries) -> bool:
    """Whether anybody has ever been imported, also such as have left since."""
    return await store.anybody(db)


async def person_numbered(db: Queries, employee_no: str) -> PersonRow | None:
    """The person with this employee number; case does not matter. None when there is none."""
    return await store.person_numbered(db, plain_number(employee_no))


def plain_number(typed: str) -> str:
    """An employee number as it is stored, whatever width and case it was typed in."""
    return unicodedata.normalize("NFKC", typed).strip().upper()


async def person_row(db: Queries, person: int) -> PersonRow | None:
    """The person with this id, leavers included."""
    return await store.person(db, person)


async def activate(tx: Transaction, person: int) -> bool:
    """Notes that an invited person has taken the account into use; False when the person is not invited (any more)."""
    return await store.set_state(tx.db, person, "invited", "active")


def held_position(row: HeldRow, language: Language) -> HeldPosition:
    title = row.title_zh if language == "zh-CN" else row.title_en
    return HeldPosition(position=row.position, title=title, unit=row.unit, line=row.names)


async def _may_see_phone(act: Act, shown: PersonRow, held: Sequence[HeldRow]) -> bool:
    if act.actor.kind == "system" or act.actor.id == shown.id:
        return True
    own = [row.line for row in await store.held(act.db, [act.actor.id])]
    rights = await rights_of(act.db, act.actor.id)
    return rules.may_see_phone(own, rights, [row.line for row in held])
