"""A plan on the terminal, for the person who decides on it."""

from typing import Final

from dianmai.core.errors import Language
from dianmai.wire.org import ImportChange, ImportPlan

MOST_SHOWN: Final = 20
_WORDS: Final = {
    "leave": ("离职", "leave"),
    "unit_closed": ("关闭部门或门店", "units close"),
    "return": ("返岗", "return"),
    "join": ("入职", "join"),
    "move": ("调岗", "move"),
    "rename": ("改名", "are renamed"),
    "changed": ("资料变更", "have new details"),
    "unit_new": ("新增部门或门店", "units are new"),
    "unit_changed": ("部门或门店变更", "units change"),
    "position_new": ("新增岗位（无权限）", "positions are new (without rights)"),
}


def render_plan(plan: ImportPlan, language: Language) -> str:
    """The plan as text: counts, the first twenty of each kind, notes, and why it may need confirming."""
    column = 0 if language == "zh-CN" else 1
    if not plan.counts:
        return f"共 {plan.rows} 行，没有变动。\n" if column == 0 else f"{plan.rows} rows, no change.\n"
    lines = [f"共 {plan.rows} 行：" if column == 0 else f"{plan.rows} rows:"]
    for kind, words in _WORDS.items():
        count = plan.counts.get(kind, 0)
        if not count:
            continue
        lines.append(f"\n{words[column]} {count}" if column == 0 else f"\n{count} {words[column]}")
        shown = [change for change in plan.changes if change.kind == kind][:MOST_SHOWN]
        lines += [f"  {_line(change)}" for change in shown]
        if count > len(shown):
            rest = count - len(shown)
            lines.append(f"  … 另有 {rest} 项" if column == 0 else f"  … and {rest} more")
    if plan.notes:
        lines += ["", "提示：" if column == 0 else "Notes:", *(f"  {note}" for note in plan.notes)]
    if plan.brake:
        lines += ["", f"注意：{plan.brake}" if column == 0 else f"Attention: {plan.brake}"]
    # Names come from a file: nothing in them may steer the terminal.
    return "".join(ch for ch in "\n".join(lines) if ch == "\n" or ch.isprintable()) + "\n"


def _line(change: ImportChange) -> str:
    if change.before and change.after:
        return f"{change.who}: {change.before} → {change.after}"
    return f"{change.who}: {change.before or change.after}" if change.before or change.after else change.who
