"""Which of the people found is meant most likely, and why they were found. Pure."""

from typing import Final, NamedTuple

from dianmai.org.finding_store import FoundPersonRow
from dianmai.org.words import plain

TOO_MANY_UNITS: Final = 100


class Term(NamedTuple):
    """One word that was typed, with the units and positions it fits, and whether it is their whole name."""

    text: str
    units: dict[int, bool]
    positions: dict[str, bool]

    @property
    def meant_units(self) -> list[int]:
        """The units that were meant: when very many fit, only whole names do."""
        return [unit for unit, whole in self.units.items() if whole or len(self.units) < TOO_MANY_UNITS]

    @property
    def is_vague(self) -> bool:
        """One or two Latin letters: parts of nearly every name, so only beginnings count."""
        return self.text.isascii() and len(self.text) <= 2


class Match(NamedTuple):
    points: int
    why: str


def match(person: FoundPersonRow, terms: list[Term], *, sees_phone: bool) -> Match | None:
    """How well a person fits all terms together; None when only a phone number fits that the reader may not see."""
    matches = [_match_one(person, term, sees_phone) for term in terms]
    found = [one for one in matches if one is not None]
    if len(found) < len(matches):
        return None
    return Match(sum(one.points for one in found), max(found).why)


def _match_one(person: FoundPersonRow, term: Term, sees_phone: bool) -> Match | None:
    text, name, number = term.text, plain(person.name), plain(person.employee_no)
    meant = set(term.meant_units)
    units = [term.units[unit] for unit in person.units if unit in meant]
    positions = [term.positions[position] for position in person.positions if position in term.positions]
    by_phone = text.isdigit() and len(text) >= 4 and (person.phone or "").endswith(text)
    ladder = (
        (text == name, Match(100, "name")),
        (text == number, Match(95, "number")),
        (by_phone and sees_phone, Match(90, "phone")),
        (name.startswith(text), Match(80, "name")),
        (text == person.pinyin, Match(78, "pinyin")),
        (text == person.initials, Match(70, "initials")),
        (person.pinyin.startswith(text), Match(60, "pinyin")),
        (person.initials.startswith(text), Match(55, "initials")),
        (text in name, Match(50, "name")),
        (number.startswith(text) or number.endswith(text), Match(45, "number")),
        (any(units), Match(40, "store")),
        (any(positions), Match(38, "position")),
        (bool(units), Match(30, "store")),
        (bool(positions), Match(28, "position")),
        # Found by another reading of a character, or by a tail of the name's pinyin.
        (text.isascii() and not text.isdigit(), Match(20, "pinyin")),
    )
    return next((one for fits, one in ladder if fits), None)
