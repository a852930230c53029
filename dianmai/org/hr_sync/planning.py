"""Compares a checked file with the organisation: pure, so that the same two give the same plan on every machine."""

from collections import Counter
from datetime import date
from typing import Literal

from dianmai.core.errors import Language
from dianmai.org import names
from dianmai.org.hr_sync.brake import brakes
from dianmai.org.hr_sync.checking import Wanted, WantedPerson
from dianmai.org.hr_sync.matching import matched_units
from dianmai.org.hr_sync.new_positions import position_codes
from dianmai.org.hr_sync.plan import Plan, PlannedHolding, PlannedPerson, PlannedUnit, Steps, UnitRef
from dianmai.org.hr_sync.standing import Path, Standing, StandingPerson
from dianmai.wire.org import ImportChange

ORDER = (
    "leave",
    "unit_closed",
    "return",
    "join",
    "move",
    "rename",
    "changed",
    "unit_new",
    "unit_changed",
    "position_new",
)
"""Changes are listed with those first that a careful reader looks for first."""

ChangeKind = Literal[
    "join", "move", "leave", "rename", "return", "changed", "unit_new", "unit_changed", "unit_closed", "position_new"
]


def plan_changes(wanted: Wanted, standing: Standing, today: date, language: Language) -> Plan:
    """What has to change so that the organisation is as the file says. Whoever is not in the file leaves."""
    planning = _Planning(wanted, standing, today)
    planning.plan_units()
    planning.plan_people()
    steps = planning.steps
    notes = list(wanted.notes)
    if planning.strangers_gone:
        count = planning.strangers_gone
        notes.append(
            f"{count} 名离职人员不在系统中，已略过" if language == "zh-CN" else f"{count} leavers were never here"
        )
    changes = sorted(planning.changes, key=lambda change: ORDER.index(change.kind))
    return Plan(
        steps=steps,
        changes=changes,
        counts=dict(Counter(change.kind for change in changes)),
        notes=notes,
        brakes=brakes(steps, standing),
        rows=wanted.rows,
        people_before=sum(person.state != "left" for person in standing.people.values()),
        stores_before=sum(unit.kind == "store" and not unit.closed for unit in standing.units.values()),
        units_touched=sorted({*steps.units_closed, *(u.unit for u in steps.units_changed if isinstance(u.unit, int))}),
    )


class _Planning:
    def __init__(self, wanted: Wanted, standing: Standing, today: date) -> None:
        self._wanted = wanted
        self._standing = standing
        self._today = today
        self._units = matched_units(wanted, standing)
        self._positions, new = position_codes(wanted, standing)
        self.steps = Steps(new, [], [], [], [], [], [], [])
        self.changes: list[ImportChange] = []
        self.strangers_gone = 0
        for position in new:
            self._change("position_new", position.name)

    def plan_units(self) -> None:
        """Makes, changes and closes units."""
        for path, unit in self._wanted.units.items():
            planned = PlannedUnit(
                unit=self._ref(path),
                parent=self._ref(path[:-1]) if len(path) > 1 else None,
                kind=unit.kind,
                name=unit.name,
                code=unit.code,
                time_zone=unit.time_zone,
                attributes=unit.attributes,
            )
            if path not in self._units:
                self.steps.units_new.append(planned)
                self._change("unit_new", self._written(path), after=unit.code or "")
            else:
                self._plan_changed_unit(path, planned, unit.kind_said)
        kept = set(self._units.values())
        for unit in self._standing.units.values():
            if not unit.closed and unit.id not in kept:
                self.steps.units_closed.append(unit.id)
                self._change("unit_closed", "/".join(self._standing.line(unit.id)), before=unit.code or "")

    def plan_people(self) -> None:
        """Joins, returns, changes, moves, and at last who leaves."""
        for wanted in self._wanted.people.values():
            known = self._standing.people.get(wanted.employee_no)
            if self._is_gone(wanted):
                self.strangers_gone += known is None
            elif known is None:
                self._plan_person(wanted, None, "join")
            elif known.state == "left":
                self._plan_person(wanted, known, "return")
            else:
                self._plan_known(wanted, known)
        for known in self._standing.people.values():
            wanted = self._wanted.people.get(known.employee_no)
            if known.state != "left" and (wanted is None or self._is_gone(wanted)):
                self.steps.leavers.append(known.id)
                self.steps.holdings_ended.extend(holding.id for holding in known.holdings)
                self._change("leave", _who(known.name, known.employee_no), before=self._held(known))

    def _plan_changed_unit(self, path: Path, planned: PlannedUnit, kind_said: bool) -> None:
        before = self._standing.units[self._units[path]]
        guess_is_better = before.kind == "department" and planned.kind != "department"
        after = PlannedUnit(
            unit=before.id,
            parent=planned.parent,
            kind=planned.kind if kind_said or guess_is_better else before.kind,
            name=planned.name if names.same(planned.name) != names.same(before.name) else before.name,
            code=planned.code or before.code,
            time_zone=planned.time_zone or before.time_zone,
            attributes=planned.attributes if planned.attributes not in (None, before.attributes) else None,
        )
        facts = (before.parent, before.kind, before.name, before.code, before.time_zone)
        if (after.parent, after.kind, after.name, after.code, after.time_zone) == facts and not (
            before.closed or after.attributes is not None
        ):
            return
        self.steps.units_changed.append(after)
        old_line, new_line = "/".join(self._standing.line(before.id)), self._written(path)
        old = (
            [f"{key}={value}" for key, value in sorted(before.attributes.items())]
            if after.attributes is not None
            else []
        )
        new = [f"{key}={value}" for key, value in sorted((after.attributes or {}).items())]
        before_words = [old_line, before.code, before.kind, before.time_zone, *old, "closed" if before.closed else None]
        after_words = [new_line, after.code, after.kind, after.time_zone, *new]
        gone = [word for word in before_words if word and word not in after_words]
        come = [word for word in after_words if word and word not in before_words]
        self._change("unit_changed", old_line, before=" ".join(gone), after=" ".join(come))

    def _plan_known(self, wanted: WantedPerson, known: StandingPerson) -> None:
        who = _who(known.name, known.employee_no)
        planned = self._planned(wanted, known)
        if planned.name != known.name:
            self._change("rename", who, before=known.name, after=planned.name)
        manager = self._standing.employee_no.get(known.manager) if known.manager else None
        before = (known.phone, known.joined_on, known.last_day, manager)
        after = (planned.phone, planned.joined_on, planned.last_day, planned.manager)
        if before != after:
            pairs = [(str(b or "—"), str(a or "—")) for b, a in zip(before, after, strict=True) if b != a]
            self._change("changed", who, before=" ".join(b for b, _ in pairs), after=" ".join(a for _, a in pairs))
        if before != after or planned.name != known.name:
            self.steps.people.append(planned)
        if self._plan_holdings(wanted, known):
            self._change("move", who, before=self._held(known), after=self._to_hold(wanted))

    def _plan_person(self, wanted: WantedPerson, known: StandingPerson | None, kind: ChangeKind) -> None:
        self.steps.people.append(self._planned(wanted, known))
        self._plan_holdings(wanted, known)
        self._change(kind, _who(wanted.name, wanted.employee_no), after=self._to_hold(wanted))

    def _planned(self, wanted: WantedPerson, known: StandingPerson | None) -> PlannedPerson:
        says = self._wanted.says
        manager = self._standing.employee_no.get(known.manager) if known and known.manager else None
        same_name = known is not None and names.same(known.name) == names.same(wanted.name)
        return PlannedPerson(
            person=known.id if known else None,
            employee_no=wanted.employee_no,
            name=known.name if known and same_name else wanted.name,
            phone=wanted.phone if known is None or "phone" in says else known.phone,
            joined_on=wanted.joined_on or (known.joined_on if known else None),
            last_day=wanted.last_day if known is None or "left" in says or known.state == "left" else known.last_day,
            manager=wanted.manager if known is None or "manager" in says else manager,
            returns=known is not None and known.state == "left",
        )

    def _plan_holdings(self, wanted: WantedPerson, known: StandingPerson | None) -> bool:
        """Plans what positions begin, end or change rank; False when nothing does."""
        held = {(holding.unit, holding.position): holding for holding in known.holdings} if known else {}
        to_hold: list[tuple[UnitRef, str]] = []
        for holding in wanted.holdings:
            ref = (self._ref(holding.unit), self._positions[names.same(holding.position)])
            if ref not in to_hold:
                to_hold.append(ref)
        if list(held) == to_hold:
            return False
        for rank, (unit, position) in enumerate(to_hold):
            kept = held.pop((unit, position), None) if isinstance(unit, int) else None
            standing_rank = known.holdings.index(kept) if known and kept else None
            if kept is None or standing_rank != rank:
                self.steps.holdings.append(
                    PlannedHolding(wanted.employee_no, unit, position, rank, kept.id if kept else None)
                )
        self.steps.holdings_ended.extend(holding.id for holding in held.values())
        return True

    def _is_gone(self, wanted: WantedPerson) -> bool:
        return wanted.gone or (wanted.last_day is not None and wanted.last_day < self._today)

    def _ref(self, path: Path) -> UnitRef:
        return self._units.get(path, path)

    def _written(self, path: Path) -> str:
        return "/".join(self._wanted.units[path[:depth]].name for depth in range(1, len(path) + 1))

    def _held(self, known: StandingPerson) -> str:
        return "；".join(
            f"{'/'.join(self._standing.line(held.unit))} {self._standing.positions[held.position].names[0]}"
            for held in known.holdings
        )

    def _to_hold(self, wanted: WantedPerson) -> str:
        return "；".join(f"{self._written(holding.unit)} {holding.position}" for holding in wanted.holdings)

    def _change(self, kind: ChangeKind, who: str, *, before: str = "", after: str = "") -> None:
        self.changes.append(ImportChange(kind=kind, who=who, before=before, after=after))


def _who(name: str, employee_no: str) -> str:
    return f"{name} {employee_no}"
