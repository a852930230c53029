"""What is wrong with single rows: collected over the whole file, said in one refusal with row, column and value."""

from typing import Final, NamedTuple

from dianmai.core.errors import Invalid, Language, describe, described

MOST_LISTED: Final = 200


class Trouble(NamedTuple):
    """One thing wrong in one row. `column` is the heading as the file spells it."""

    row: int
    column: str
    value: str
    code: str
    hint: str = ""


class Troubles:
    """Collects what is wrong, then refuses once."""

    def __init__(self) -> None:
        self._found: list[Trouble] = []

    def add(self, row: int, column: str, value: object, code: str, hint: str = "") -> None:
        self._found.append(Trouble(row, column, str(value)[:80], code, hint))

    def __len__(self) -> int:
        return len(self._found)

    def refuse_any(self, language: Language) -> None:
        """Raises the refusal that lists everything found; nothing when all rows are good.

        Its code is the rows' own when they share one, else `rows_refused`.
        """
        if not self._found:
            return
        found = sorted(set(self._found))
        codes = {trouble.code for trouble in found}
        first = found[0]
        raise Invalid(
            codes.pop() if len(codes) == 1 else "rows_refused",
            field=first.column,
            rows=[_as_row(trouble, language) for trouble in found[:MOST_LISTED]],
            count=len(found),
            row=first.row,
            value=first.value,
            hint=first.hint,
            limit=80 if codes == {"text_too_long"} else None,
        )


def _as_row(trouble: Trouble, language: Language) -> dict[str, str]:
    text = described()[trouble.code][0 if language == "zh-CN" else 1]
    facts = {"field": trouble.column, "value": trouble.value, "hint": trouble.hint, "limit": 80, "count": 1}
    return {
        "row": str(trouble.row),
        "column": trouble.column,
        "value": trouble.value,
        "code": trouble.code,
        "reason": text.format_map({**facts, "row": trouble.row}),
    }


describe(
    {
        "rows_refused": (
            "有 {count} 处需要改正（第一处在第 {row} 行“{field}”），没有导入任何内容",
            "{count} things need correcting (the first in row {row}, “{field}”); nothing was imported",
        ),
        "doubled_employee_no": (
            "工号 {value} 用在了不同的人身上",
            "Employee number {value} is given to different people",
        ),
        "doubled_phone": ("手机号 {value} 用在了不同的人身上", "Phone number {value} is given to different people"),
        "doubled_row": ("与第 {hint} 行完全相同", "The same as row {hint}"),
        "employee_no_reused": (
            "工号 {value} 曾属于已离职的{hint}；工号不能再给别人",
            "Employee number {value} belonged to {hint}, who has left; numbers are never given to somebody else",
        ),
        "invalid_employee_no": ("工号“{value}”无效", "“{value}” is not an employee number"),
        "invalid_store_code": ("门店编码“{value}”无效", "“{value}” is not a store code"),
        "invalid_phone": ("手机号“{value}”无效", "“{value}” is not a phone number"),
        "invalid_date": ("日期“{value}”无效", "“{value}” is not a date"),
        "invalid_state": ("状态“{value}”无效，请写“在职”或“离职”", "State “{value}” is not known; write 在职 or 离职"),
        "invalid_unit_kind": ("部门类型“{value}”无效", "Unit kind “{value}” is not known"),
        "invalid_time_zone": ("没有时区“{value}”{hint}", "There is no time zone “{value}”{hint}"),
        "lossy_number": (
            "“{value}”被表格软件存成了数字，可能丢了开头的 0 或末尾的数字；请把这一列设为文本再填",
            "“{value}” was stored as a number and may have lost digits; format the column as text and enter it again",
        ),
        "org_cycle": ("上下级成环：{hint}", "Goes in a circle: {hint}"),
        "store_in_store": ("门店不能在另一家门店之下：{hint}", "A store cannot be below another store: {hint}"),
        "unknown_org_unit": ("没有这个部门或门店：“{value}”", "There is no unit or store “{value}”"),
        "unknown_manager": (
            "文件里没有工号为 {value} 的上级",
            "No manager with employee number {value} is in the file",
        ),
        "store_code_conflict": (
            "门店编码 {value} 用在了两家门店：{hint}",
            "Store code {value} is given to two stores: {hint}",
        ),
        "name_taken": (
            "同一部门下已有“{value}”，但门店编码不同：{hint}",
            "“{value}” is there already with another store code: {hint}",
        ),
        "conflicting_value": ("与第 {hint} 行不一致", "Contradicts row {hint}"),
        "two_tops": (
            "部门路径要从同一个总部开始，这一行是“{value}”",
            "All paths must begin with the same top unit; here it is “{value}”",
        ),
        "path_too_deep": ("部门路径最多 10 级", "A path may have at most 10 levels"),
        "too_many_cells": ("这一行比表头多出了内容，可能有多余的分隔符", "This row has more cells than the header"),
        "name_too_similar": ("“{value}”与系统保留的名称太像", "“{value}” looks too much like a protected name"),
    }
)
