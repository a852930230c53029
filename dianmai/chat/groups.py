"""Which managed groups there are, and whom each is for: pure.

Groups come from the organisation alone: all hands, the managers nation-wide, those of each region and city company,
each store. Making groups by hand is not offered: it would bring back members nobody looks after.
"""

from typing import Final, NamedTuple

from dianmai.wire.org import Audience, AudiencePart, UnitKind

MANAGERS: Final = ("region_manager", "city_manager", "area_manager", "store_manager")
"""Positions that meet in the managers' groups: nation-wide, of a region, of a city company."""


class Group(NamedTuple):
    """A group as it should be. `key` says what it was made from and never changes; `unit` None: the whole company."""

    key: str
    unit: int | None
    rule: Audience
    title_zh: str
    title_en: str


ALL_HANDS: Final = Group("all_hands", None, Audience(parts=[AudiencePart()]), "全体员工", "All hands")
ALL_MANAGERS: Final = Group(
    "all_managers", None, Audience(parts=[AudiencePart(positions=list(MANAGERS))]), "全国店长群", "All store managers"
)
COMPANY_WIDE: Final = (ALL_HANDS, ALL_MANAGERS)


def group_of(unit: int, kind: UnitKind, name: str) -> Group | None:
    """The group that belongs to a unit; None for kinds of units that have none."""
    match kind:
        case "store":
            return Group(f"store:{unit}", unit, Audience(parts=[AudiencePart(units=[unit])]), name, name)
        case "region" | "city":
            rule = Audience(parts=[AudiencePart(units=[unit], positions=list(MANAGERS))])
            return Group(f"unit_managers:{unit}", unit, rule, f"{name}店长群", f"{name} managers")
        case _:
            return None
