"""What the workbook says, in Chinese and English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dianmai.core.errors import Language


@dataclass(frozen=True, slots=True)
class Words:
    """Names of sheets, columns, kinds of units and states; `states` by number."""

    units_sheet: str
    people_sheet: str
    notice: str
    published: str
    deadline: str
    exported: str
    unit_columns: Sequence[str]
    people_columns: Sequence[str]
    kinds: Mapping[str, str]
    states: Sequence[str]
    left: str


def of(language: Language) -> Words:
    return _CHINESE if language == "zh-CN" else _ENGLISH


_CHINESE = Words(
    units_sheet="按部门汇总",
    people_sheet="人员明细",
    notice="通知",
    published="发布时间",
    deadline="截止时间",
    exported="导出时间",
    unit_columns=("部门", "类型", "应收", "已送达", "送达率", "已读", "已读率", "已确认", "确认率", "未完成"),
    people_columns=("大区", "城市", "门店", "部门", "姓名", "岗位", "状态", "送达时间", "阅读时间", "确认时间", "时区"),
    kinds={"hq": "总部", "department": "部门", "region": "大区", "city": "城市", "store": "门店"},
    states=("未送达", "已送达", "已读", "已确认"),
    left="（已离职）",
)
_ENGLISH = Words(
    units_sheet="By unit",
    people_sheet="People",
    notice="Notice",
    published="Published",
    deadline="Deadline",
    exported="Exported",
    unit_columns=("Unit", "Kind", "Recipients", "Delivered", "%", "Read", "%", "Confirmed", "%", "Missing"),
    people_columns=(
        "Region", "City", "Store", "Unit", "Name", "Position", "State", "Delivered", "Read", "Confirmed", "Time zone",
    ),
    kinds={"hq": "Head office", "department": "Department", "region": "Region", "city": "City", "store": "Store"},
    states=("Not delivered", "Delivered", "Read", "Confirmed"),
    left=" (has left)",
)  # fmt: skip
