"""Why somebody is in a conversation, in words: the position that put them there, or who let them in."""

from collections.abc import Sequence

import msgspec

from dianmai.chat.card_store import CardRow
from dianmai.core.errors import Language
from dianmai.org import HeldRow
from dianmai.wire.org import Audience, PersonBrief

_RULES = {
    "all_hands": ("全公司在职的人", "Everybody who works in the company"),
    "all_managers": (
        "全公司的店长、区域经理、城市经理和大区经理",
        "Store, area, city and regional managers of the company",
    ),
    "store": ("在这家店任职的人", "Everybody with a position in this store"),
    "unit_managers": (
        "在这里任职的店长、区域经理、城市经理和大区经理",
        "Store, area, city and regional managers of this region",
    ),
}
_TEMPORARY = ("由建群人拉进来的人", "Whom the group's leader has added")


def rule_in_words(row: CardRow, language: Language) -> str:
    """Whom a group is for."""
    words = _TEMPORARY if row.key is None else _RULES.get(row.key.split(":")[0], ("", ""))
    return words[0 if language == "zh-CN" else 1]


def by_position(rule: str, held: Sequence[HeldRow], language: Language) -> str:
    """The first of these positions that the group's audience asks for: `南京路店店长`."""
    for row in held:
        if any(_fits(part.units, part.positions, row) for part in _RULE.decode(rule).parts):
            unit = row.names[-1]
            return f"{unit}{row.title_zh}" if language == "zh-CN" else f"{row.title_en}, {unit}"
    return ""


def by_whom(leads: bool, adder: PersonBrief | None, language: Language) -> str:
    """Who has let somebody into a temporary group, or that they lead it."""
    chinese = language == "zh-CN"
    if leads:
        return "负责这个群" if chinese else "Leads the group"
    if adder is None:
        return ""
    return f"{adder.name}拉进来的" if chinese else f"Added by {adder.name}"


def _fits(units: Sequence[int], positions: Sequence[str], held: HeldRow) -> bool:
    return (not units or bool(set(units).intersection(held.line))) and (not positions or held.position in positions)


_RULE = msgspec.json.Decoder(Audience)
