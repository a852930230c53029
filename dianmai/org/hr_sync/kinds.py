"""What kind of unit each name in a tree stands for: said by the file, or told by the name and by what lies below."""

import msgspec

from dianmai.core.errors import Language
from dianmai.org.hr_sync.layout import Layout
from dianmai.org.hr_sync.standing import Path, Standing
from dianmai.org.hr_sync.tree import Tree, store_of
from dianmai.org.hr_sync.troubles import Troubles
from dianmai.wire.org import UnitKind

_STORE_ENDS = ("店", "超市", "卖场", "专柜", "store", "shop")
_REGION_ENDS = ("大区", "区域", "战区", "region")
_DEPARTMENT_ENDS = ("部", "中心", "组", "处", "室", "科", "办", "department", "team")


class WantedUnit(msgspec.Struct, frozen=True):
    """A unit as the file wants it. None: the file says nothing about it. `kind_said` is False where kind is a guess."""

    path: Path
    name: str
    kind: UnitKind
    kind_said: bool
    code: str | None
    time_zone: str | None
    attributes: dict[str, str] | None


def wanted_units(tree: Tree, layout: Layout, troubles: Troubles) -> dict[Path, WantedUnit]:
    """All units of a finished tree, top down."""
    stores = {path for path in tree.spelled if _is_store(tree, path)}
    above_stores = {path[:depth] for path in stores for depth in range(1, len(path))}
    _refuse_store_in_store(tree, stores, layout, troubles)
    attributes = tree.stores_attributes(stores)
    zones: dict[Path, str] = {}
    for path, unit in tree.said:
        if unit.time_zone:
            tree.agree(zones, store_of(path, stores) or path, unit.time_zone, unit.row, "time_zone")
    return {
        path: WantedUnit(
            path=path,
            name=tree.spelled[path],
            kind=_kind(tree, path, stores, above_stores),
            kind_said=_is_said(tree, path, stores),
            code=tree.code.get(path),
            time_zone=zones.get(path),
            attributes=attributes.get(path, {}) if path in stores and layout.attributes else None,
        )
        for path in sorted(tree.spelled, key=len)
    }


def notes(units: dict[Path, WantedUnit], standing: Standing, language: Language) -> list[str]:
    """What the reader of the plan should know about guesses."""
    zh = language == "zh-CN"
    guessed = sorted(unit.name for unit in units.values() if unit.kind == "department" and not unit.kind_said)
    known = {standing.line(unit.id)[-1] for unit in standing.by_code.values()}
    codeless = sum(unit.kind == "store" and unit.code is None and unit.name not in known for unit in units.values())
    found: list[str] = []
    if guessed:
        listed = "、".join(guessed[:10])
        found.append(
            f"按部门处理：{listed}（可用“部门类型”列指明）"
            if zh
            else f"Taken for departments: {listed} (a column 部门类型 can say otherwise)"
        )
    if codeless:
        found.append(f"{codeless} 家门店没有门店编码" if zh else f"{codeless} stores have no store code")
    return found


def _is_store(tree: Tree, path: Path) -> bool:
    if path in tree.kind:
        return tree.kind[path] == "store"
    return len(path) > 1 and (path in tree.code or tree.spelled[path].casefold().endswith(_STORE_ENDS))


def _is_said(tree: Tree, path: Path, stores: set[Path]) -> bool:
    name = tree.spelled[path].casefold()
    return len(path) == 1 or path in tree.kind or path in stores or name.endswith((*_REGION_ENDS, *_DEPARTMENT_ENDS))


def _kind(tree: Tree, path: Path, stores: set[Path], above_stores: set[Path]) -> UnitKind:
    if path in tree.kind:
        return tree.kind[path]
    if len(path) == 1:
        return "hq"
    if path in stores:
        return "store"
    if tree.spelled[path].casefold().endswith(_REGION_ENDS):
        return "region"
    if path in above_stores:
        return "city" if len(path) > 2 else "region"
    return "department"


def _refuse_store_in_store(tree: Tree, stores: set[Path], layout: Layout, troubles: Troubles) -> None:
    heading = layout.heading("path")
    for path, unit in tree.said:
        if path in stores and (above := store_of(path[:-1], stores)) is not None:
            troubles.add(unit.row, heading, tree.written(path), "store_in_store", tree.written(above))
