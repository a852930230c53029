"""Positions that a file names: known ones by any of their names, others made anew, without rights."""

import hashlib
import re

from dianmai.org import names, pinyin
from dianmai.org.hr_sync.checking import Wanted
from dianmai.org.hr_sync.plan import NewPosition
from dianmai.org.hr_sync.standing import Standing


def position_codes(wanted: Wanted, standing: Standing) -> tuple[dict[str, str], list[NewPosition]]:
    """The code of each position the file names (by its compared name), and the positions to be made."""
    codes = dict(standing.position_called)
    taken = set(standing.positions)
    new: list[NewPosition] = []
    spelled = {names.same(h.position): h.position for person in wanted.people.values() for h in person.holdings}
    for key, name in sorted(spelled.items()):
        if key not in codes:
            codes[key] = _new_code(name, taken)
            taken.add(codes[key])
            new.append(NewPosition(codes[key], name))
    return codes, new


def _new_code(name: str, taken: set[str]) -> str:
    """A readable code that nobody has: 生鲜组长 becomes shengxianzuzhang."""
    plain = re.sub(r"[^a-z0-9]", "", pinyin.spelled(name)[0])[:32]
    suffix = hashlib.sha256(names.same(name).encode()).hexdigest()[:6]
    if plain and plain not in taken:
        return plain
    return f"{plain or 'position'}_{suffix}"
