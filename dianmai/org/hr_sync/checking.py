"""Checks a whole file before anything is compared or changed: one bad row and nothing is imported."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from dianmai.core.errors import Language
from dianmai.org import names
from dianmai.org.hr_sync import kinds
from dianmai.org.hr_sync.kinds import WantedUnit, wanted_units
from dianmai.org.hr_sync.layout import Column, Layout, laid_out
from dianmai.org.hr_sync.rows import Line, RowReader
from dianmai.org.hr_sync.standing import Path, Standing
from dianmai.org.hr_sync.table import Table
from dianmai.org.hr_sync.tree import Tree
from dianmai.org.hr_sync.troubles import Troubles


class WantedHolding(NamedTuple):
    unit: Path
    position: str  # as the file calls it


class WantedPerson(msgspec.Struct, frozen=True):
    """A person as the file wants it. Holdings in the file's order: the first is the main one."""

    employee_no: str
    name: str
    phone: str | None
    holdings: tuple[WantedHolding, ...]
    joined_on: date | None
    last_day: date | None
    manager: str | None
    gone: bool


class Wanted(msgspec.Struct, frozen=True):
    """All that a file says. `says` are the optional columns it has: what it does not speak of stays as it is."""

    people: dict[str, WantedPerson]
    units: dict[Path, WantedUnit]
    says: frozenset[str]
    notes: list[str]
    rows: int


def check(table: Table, standing: Standing, language: Language) -> Wanted:
    """What the file wants, or one refusal that lists everything wrong with it."""
    layout, rows = laid_out(table)
    troubles = Troubles()
    tree = Tree(layout, standing, troubles)
    reader = RowReader(layout, standing, troubles, rows)
    lines = reader.lines(rows, tree)
    units = wanted_units(tree, layout, troubles)
    people = _people(lines, layout, troubles)
    _check_phones(people, lines, layout, troubles)
    _check_managers(people, lines, layout, troubles)
    _check_reuse(people, lines, standing, layout, troubles)
    troubles.refuse_any(language)
    notes = _notes(table, layout, people, language) + kinds.notes(units, standing, language)
    return Wanted(people=people, units=units, says=frozenset(layout.places), notes=notes, rows=len(rows))


def _people(lines: Sequence[Line], layout: Layout, troubles: Troubles) -> dict[str, WantedPerson]:
    """Several rows with one employee number are several positions of one person; they must agree about the person."""
    rows_of: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        rows_of[line.employee_no].append(line)
    people: dict[str, WantedPerson] = {}
    for employee_no, own in rows_of.items():
        here = [line for line in own if not line.gone]
        first = (here or own)[0]
        seen: dict[WantedHolding, int] = {}
        for line in here:
            holding = WantedHolding(line.path, line.position)
            if holding in seen:
                troubles.add(line.row, layout.heading("employee_no"), employee_no, "doubled_row", str(seen[holding]))
            seen.setdefault(holding, line.row)
        _require_agreement(first, own, layout, troubles)
        people[employee_no] = WantedPerson(
            employee_no=employee_no,
            name=first.name,
            phone=next((line.phone for line in own if line.phone), None),
            holdings=tuple(seen),
            joined_on=next((line.joined for line in own if line.joined), None),
            last_day=next((line.left for line in own if line.left), None),
            manager=next((line.manager for line in own if line.manager), None),
            gone=not here,
        )
    return people


def _require_agreement(first: Line, own: Sequence[Line], layout: Layout, troubles: Troubles) -> None:
    for line in own:
        if names.same(line.name) != names.same(first.name):
            troubles.add(line.row, layout.heading("employee_no"), line.employee_no, "doubled_employee_no")
            continue
        facts: list[tuple[Column, object, object]] = [
            ("phone", line.phone, first.phone),
            ("joined", line.joined, first.joined),
            ("left", line.left, first.left),
            ("manager", line.manager, first.manager),
        ]
        for column, mine, theirs in facts:
            if mine and theirs and mine != theirs:
                troubles.add(line.row, layout.heading(column), mine, "conflicting_value", str(first.row))


def _check_phones(people: dict[str, WantedPerson], lines: Sequence[Line], layout: Layout, troubles: Troubles) -> None:
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for person in people.values():
        if person.phone and not person.gone:
            holders[person.phone].add(person.employee_no)
    for line in lines:
        if line.phone and len(holders[line.phone]) > 1:
            troubles.add(line.row, layout.heading("phone"), line.phone, "doubled_phone")


def _check_managers(people: dict[str, WantedPerson], lines: Sequence[Line], layout: Layout, troubles: Troubles) -> None:
    manager_of = {person.employee_no: person.manager for person in people.values() if person.manager}
    judged: set[str] = set()
    for line in lines:
        if line.manager and line.manager not in people:
            troubles.add(line.row, layout.heading("manager"), line.manager, "unknown_manager")
        way = [line.employee_no]
        while (above := manager_of.get(way[-1])) is not None and above not in judged and above not in way:
            way.append(above)
        if above is not None and above in way:
            circle = [*way[way.index(above) :], above]
            hint = " → ".join(f"{people[no].name}({no})" for no in circle)
            troubles.add(line.row, layout.heading("manager"), line.manager, "org_cycle", hint)
        judged.update(way)


def _check_reuse(
    people: dict[str, WantedPerson], lines: Sequence[Line], standing: Standing, layout: Layout, troubles: Troubles
) -> None:
    """A leaver's number with another name and another phone is another person: whose chats would they inherit?"""
    for line in lines:
        known = standing.people.get(line.employee_no)
        if known is None or known.state != "left" or people[line.employee_no].gone:
            continue
        other_phone = not (line.phone and line.phone == known.phone)
        if names.same(known.name) != names.same(line.name) and other_phone:
            troubles.add(line.row, layout.heading("employee_no"), line.employee_no, "employee_no_reused", known.name)


def _notes(table: Table, layout: Layout, people: dict[str, WantedPerson], language: Language) -> list[str]:
    zh = language == "zh-CN"
    notes: list[str] = []
    if layout.ignored:
        listed = "、".join(layout.ignored[:10])
        notes.append(f"没有用到的列：{listed}" if zh else f"Columns not used: {listed}")
    if table.other_sheets:
        count = table.other_sheets
        notes.append(f"只读取了第一张表，另有 {count} 张" if zh else f"Only the first sheet was read; {count} more")
    if no_phone := sum(person.phone is None and not person.gone for person in people.values()):
        notes.append(f"{no_phone} 人没有手机号" if zh else f"{no_phone} people have no phone number")
    return notes
