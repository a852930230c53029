"""Who may do what in the organisation. Pure; all of it stands in the table of `tests/org/test_rules.py`.

Every signed-in person may see the directory: names, positions, units and the tree. A phone number is narrower: it is
for the person's own line, see `may_see_phone`.
"""

from collections.abc import Collection, Mapping, Sequence

from dianmai.core.access import Actor
from dianmai.core.errors import NotAllowed
from dianmai.wire.org import Right

Rights = Mapping[Right, Collection[int]]
"""What a person may do: each right with the units below which it holds."""

Line = Sequence[int]
"""A unit with all above it, from the top down."""


def may(rights: Rights, right: Right, line: Line | None) -> bool:
    """Whether the right holds for the unit at the end of `line`; without a line, whether it holds anywhere."""
    units = rights.get(right, ())
    return bool(units) if line is None else any(unit in units for unit in line)


def require(actor: Actor, rights: Rights, right: Right, line: Line | None) -> None:
    """Refuses an actor without the right. The system itself may do everything."""
    if actor.kind != "system" and not may(rights, right, line):
        raise NotAllowed("forbidden")


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
