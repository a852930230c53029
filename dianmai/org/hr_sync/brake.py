"""The brake: an import that looks like an accident needs to be confirmed, and one change is never allowed."""

from typing import Final

from dianmai.core.errors import Conflict, Language, describe
from dianmai.org.hr_sync.plan import Brake, Plan, Steps
from dianmai.org.hr_sync.standing import Standing

SMALL: Final = 10  # below this any one person is a large share
MOST_SHARE: Final = 5  # one in five


def brakes(steps: Steps, standing: Standing) -> list[Brake]:
    """Why these steps need a second look; empty when they do not."""
    people = sum(person.state != "left" for person in standing.people.values())
    stores = {unit.id for unit in standing.units.values() if unit.kind == "store" and not unit.closed}
    closing = len(stores.intersection(steps.units_closed))
    found: list[Brake] = []
    if people >= SMALL and len(steps.leavers) * MOST_SHARE > people:
        found.append("mass_leave")
    if len(stores) >= SMALL and closing * MOST_SHARE > len(stores):
        found.append("mass_closing")
    if _importers(standing) and not _importers_after(steps, standing):
        found.append("last_importer")
    return found


def require_confirmed(plan: Plan, *, confirmed: bool) -> None:
    """Refuses a braked plan until it is confirmed, and one that leaves nobody who may import even then."""
    if not plan.brakes:
        return
    if not confirmed:
        raise Conflict("mass_change_needs_confirmation", field="confirm_mass_change", rows=None, **_counts(plan))
    if "last_importer" in plan.brakes:
        raise Conflict("last_importer")


def brake_words(plan: Plan, language: Language) -> str | None:
    """Why the plan needs confirming, for its reader."""
    if not plan.brakes:
        return None
    zh = language == "zh-CN"
    counts = _counts(plan)
    words = {
        "mass_leave": f"{counts['leavers']}/{counts['people']} 人将离职"
        if zh
        else f"{counts['leavers']} of {counts['people']} people would leave",
        "mass_closing": f"{counts['closing']}/{counts['stores']} 家门店将关闭"
        if zh
        else f"{counts['closing']} of {counts['stores']} stores would close",
        "last_importer": "将没有任何人能再导入人事文件" if zh else "nobody could import the HR file any more",
    }
    return ("；" if zh else "; ").join(words[brake] for brake in plan.brakes)


def _importers(standing: Standing) -> set[str]:
    granting = {position.code for position in standing.positions.values() if "import" in position.rights}
    return {
        person.employee_no
        for person in standing.people.values()
        if person.state != "left" and any(holding.position in granting for holding in person.holdings)
    }


def _importers_after(steps: Steps, standing: Standing) -> bool:
    granting = {position.code for position in standing.positions.values() if "import" in position.rights}
    if any(holding.position in granting for holding in steps.holdings):
        return True
    ended = set(steps.holdings_ended)
    leaving = set(steps.leavers)
    return any(
        holding.position in granting and holding.id not in ended
        for person in standing.people.values()
        if person.id not in leaving and person.state != "left"
        for holding in person.holdings
    )


def _counts(plan: Plan) -> dict[str, int]:
    return {
        "leavers": plan.counts.get("leave", 0),
        "people": plan.people_before,
        "closing": sum(change.kind == "unit_closed" for change in plan.changes),
        "stores": plan.stores_before,
    }


describe(
    {
        "mass_change_needs_confirmation": (
            "变动过大：{leavers}/{people} 人离职，{closing} 个部门或门店关闭。确认无误后再应用",
            "A very large change: {leavers} of {people} people leave, {closing} units close. Confirm it to apply it",
        ),
        "last_importer": (
            "这样就没有人能再导入人事文件了，不能应用",
            "This would leave nobody who may import the HR file; it cannot be applied",
        ),
        "plan_changed": (
            "文件或组织架构在预览之后有变动，请重新预览",
            "The file or the organisation has changed since the preview; preview it again",
        ),
    }
)
