"""Who may do what in the organisation. Pure; all of it stands in the table of `tests/org/test_rules.py`.

Every signed-in person may see the directory: names, positions, units and the tree. A phone number is narrower: it is
for the person's own line, see `may_see_phone`.
"""

from collections.abc import Collection, Mapping, Sequence

from dianmai.core.access import Actor
from dianmai.core.errors import Invalid, NotAllowed, describe
from dianmai.org import names
from dianmai.wire.base import LONGEST_QUERY
from dianmai.wire.org import Right

Rights = Mapping[Right, Collection[int]]
"""What a person may do: each right with the units below which it holds."""

Line = Sequence[int]
"""A unit with all above it, from the top down."""

describe(
    {
        "not_in_unit": ("{name}不在这里任职，不能负责这里的事", "{name} does not work here and cannot answer for it"),
        "same_person": ("负责人和代理人不能是同一个人", "Whoever stands in must be somebody else"),
        "deputy_alone": ("先定负责人，再定代理人", "Choose who is responsible before who stands in"),
        "duplicate_duty": ("“{name}”在清单里重复了", "“{name}” is on the list twice"),
    }
)


def require_colleague(actor: Actor) -> None:
    """Refuses whoever does not work here: bots, devices and guests see no directory."""
    if actor.kind not in ("person", "system"):
        raise NotAllowed("forbidden")


def require_short_query(text: str) -> None:
    """Refuses a search nobody types: each term costs queries."""
    if len(text) > LONGEST_QUERY:
        raise Invalid("query_too_long", field="text", limit=LONGEST_QUERY)


def may(rights: Rights, right: Right, line: Line | None) -> bool:
    """Whether the right holds for the unit at the end of `line`; without a line, whether it holds anywhere."""
    units = rights.get(right, ())
    return bool(units) if line is None else any(unit in units for unit in line)


def require(actor: Actor, rights: Rights, right: Right, line: Line | None) -> None:
    """Refuses an actor without the right. The system itself may do everything."""
    if actor.kind != "system" and not may(rights, right, line):
        raise NotAllowed("forbidden")


def has_authority(actor: Rights, right: Right, lines: Sequence[Line], theirs: Mapping[Right, Sequence[Line]]) -> bool:
    """Whether the right holds for everything a person does, so that using it on them gains nobody anything.

    It must hold over every unit in which they hold a position (`lines`), and what they may do (`theirs`) must not go
    beyond what the actor may. Staff whose right covers the whole company stand above that, except over those who may
    import: who could become one of them could become anybody.
    """
    if not lines or not all(may(actor, right, line) for line in lines):
        return False
    central = any(line[0] in actor.get(right, ()) for line in lines)
    beyond = {name for name, held in theirs.items() if not all(may(actor, name, line) for line in held)}
    return not beyond or (central and "import" not in beyond)


def require_two_people(person: int | None, deputy: int | None) -> None:
    """Refuses whoever stands in for nobody, or for themselves."""
    if deputy is not None and person is None:
        raise Invalid("deputy_alone", field="deputy")
    if deputy is not None and deputy == person:
        raise Invalid("same_person", field="deputy")


def require_distinct_duties(called: Sequence[str], ids: Sequence[int]) -> None:
    """Refuses a list on which two are called the same, or one stands twice."""
    forms = [names.same(name) for name in called]
    for at, name in enumerate(called):
        if forms[at] in forms[:at]:
            raise Invalid("duplicate_duty", field="duties", name=name)
    for at, id in enumerate(ids):
        if id in ids[:at]:
            raise Invalid("duplicate_duty", field="duties", name=str(id))


def may_see_phone(viewer: Sequence[Line], rights: Rights, shown: Sequence[Line], *, self: bool = False) -> bool:
    """Colleagues of one unit, people above and below in one line, and whoever has a right over the shown person's unit.

    A cashier sees the store's and the managers' numbers, not another store's; HQ operations see all.
    """
    if self:
        return True
    over = {unit for units in rights.values() for unit in units}
    for line in shown:
        if over.intersection(line):
            return True
        if any(own[-1] in line or line[-1] in own for own in viewer):
            return True
    return False
