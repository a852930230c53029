"""Which unit of the file is which unit of the organisation: by store code, by path, and through renames."""

from collections import defaultdict
from collections.abc import Iterable

from dianmai.org import names
from dianmai.org.hr_sync.checking import Wanted
from dianmai.org.hr_sync.kinds import WantedUnit
from dianmai.org.hr_sync.standing import Path, Standing, StandingUnit


def matched_units(wanted: Wanted, standing: Standing) -> dict[Path, int]:
    """The standing unit of each wanted one; those that are missing in the answer are new.

    A store is its code, wherever it moves and whatever it is called, even after years closed. Any other unit is its
    place and name. One that disappears while another appears beside it with most of its people was renamed.
    """
    found: dict[Path, int] = {}
    taken: set[int] = set()
    codes = {unit.code for unit in wanted.units.values() if unit.code}
    renames = _Renames(wanted, standing)
    for path, unit in wanted.units.items():
        known = _by_code(unit, standing) or _by_place(path, unit, found, codes, standing)
        if known is None or known.id in taken:
            known = renames.of(path, unit, found, taken)
        if known is not None:
            found[path] = known.id
            taken.add(known.id)
    return found


def _by_code(unit: WantedUnit, standing: Standing) -> StandingUnit | None:
    return standing.by_code.get(unit.code) if unit.code else None


def _by_place(
    path: Path, unit: WantedUnit, found: dict[Path, int], codes: set[str], standing: Standing
) -> StandingUnit | None:
    if len(path) == 1:
        return standing.top
    parent = found.get(path[:-1])
    known = standing.children.get((parent, path[-1])) if parent is not None else None
    if known is None or known.code is None or known.code == unit.code:
        return known
    # Another code at the same place: a corrected code, unless the old code now belongs to another unit of the file.
    return None if known.code in codes else known


class _Renames:
    """Finds the unit that disappears beside one that appears, by the people they share."""

    def __init__(self, wanted: Wanted, standing: Standing) -> None:
        self._wanted = wanted
        self._standing = standing
        self._people_wanted: dict[Path, set[str]] | None = None
        self._people_standing: dict[int, set[str]] = {}

    def of(self, path: Path, unit: WantedUnit, found: dict[Path, int], taken: set[int]) -> StandingUnit | None:
        """The unit that was renamed into `path`; None when `path` is simply new."""
        parent = found.get(path[:-1])
        if parent is None or unit.code is not None:
            return None
        rivals = [
            other
            for other in self._standing.units.values()
            if other.parent == parent
            and not other.closed
            and other.id not in taken
            and other.code is None
            and (*path[:-1], names.same(other.name)) not in self._wanted.units
        ]
        return max(
            (other for other in rivals if self._mostly_same(path, other.id)),
            key=lambda other: len(self._wanted_people()[path] & self._standing_people()[other.id]),
            default=None,
        )

    def _mostly_same(self, path: Path, unit: int) -> bool:
        new, old = self._wanted_people()[path], self._standing_people()[unit]
        return 2 * len(new & old) > max(len(new), len(old))

    def _wanted_people(self) -> dict[Path, set[str]]:
        if self._people_wanted is None:
            self._people_wanted = defaultdict(set)
            for person in self._wanted.people.values():
                for holding in person.holdings:
                    for depth in range(1, len(holding.unit) + 1):
                        self._people_wanted[holding.unit[:depth]].add(person.employee_no)
        return self._people_wanted

    def _standing_people(self) -> dict[int, set[str]]:
        if not self._people_standing:
            self._people_standing = defaultdict(set)
            for person in self._standing.people.values():
                for holding in person.holdings:
                    for unit in _upward(holding.unit, self._standing):
                        self._people_standing[unit].add(person.employee_no)
        return self._people_standing


def _upward(unit: int, standing: Standing) -> Iterable[int]:
    here: int | None = unit
    while here is not None:
        yield here
        here = standing.units[here].parent
