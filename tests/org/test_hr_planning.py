"""The difference between a file and the organisation: by example, and by property over random chains."""

from datetime import date

import anyio
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dianmai.core.errors import Conflict
from dianmai.org.hr_sync.brake import require_confirmed
from dianmai.org.hr_sync.checking import check
from dianmai.org.hr_sync.csv_table import read_csv
from dianmai.org.hr_sync.plan import Plan
from dianmai.org.hr_sync.planning import plan_changes
from dianmai.org.hr_sync.reading import read
from dianmai.org.hr_sync.showing import render_plan
from dianmai.org.hr_sync.standing import Standing
from dianmai.wire.org import ImportPlan
from tests.org.carried_out import carried_out, described
from tests.org.hr_files import HEADINGS, ROSTER, Row, changed, csv_file, nobody_yet, xlsx_file

TODAY = date(2026, 11, 22)


def plan_of(rows: list[Row] | tuple[Row, ...], standing: Standing, headings: tuple[str, ...] = HEADINGS) -> Plan:
    return plan_changes(check(read_csv(csv_file(rows, headings)), standing, "en"), standing, TODAY, "en")


def settled(rows: list[Row] | tuple[Row, ...] = ROSTER, headings: tuple[str, ...] = HEADINGS) -> Standing:
    return carried_out(plan_of(rows, nobody_yet(), headings), nobody_yet(), TODAY)


def said(plan: Plan) -> list[tuple[str, str, str, str]]:
    return [(change.kind, change.who, change.before, change.after) for change in plan.changes]


def test_the_first_import_makes_everything() -> None:
    plan = plan_of(ROSTER, nobody_yet())
    assert plan.counts == {"join": 5, "unit_new": 6}
    assert plan.brakes == []


def test_the_same_file_again_changes_nothing() -> None:
    plan = plan_of(ROSTER, settled())
    assert plan.steps.empty
    assert plan.changes == []


def test_moves_renames_and_leavers_are_told_apart() -> None:
    rows = changed(4, path="总部/华东大区/上海/徐家汇店", code="SH002")
    rows[1][1] = "李明达"
    rows[3][2] = "13900000004"
    plan = plan_of([*rows[:3], rows[3]], settled())
    assert said(plan) == [
        ("leave", "吴芳 A0005", "总部/华东大区/上海/南京路店 区域经理；总部/华东大区/上海/徐家汇店 区域经理", ""),
        ("move", "许诺 A0003", "总部/华东大区/上海/南京路店 店员", "总部/华东大区/上海/徐家汇店 店员"),
        ("rename", "李明 A0002", "李明", "李明达"),
        ("changed", "张丽 A0004", "13800000004", "13900000004"),
    ]


def test_who_returns_is_the_same_person() -> None:
    left = carried_out(plan_of(ROSTER[1:], settled()), settled(), TODAY)
    assert left.people["A0001"].state == "left"
    plan = plan_of(ROSTER, left)
    assert plan.counts == {"return": 1, "unit_changed": 1}  # the department was closed with the last who left
    after = carried_out(plan, left, TODAY)
    assert after.people["A0001"].id == settled().people["A0001"].id
    assert after.people["A0001"].state == "invited"


def test_a_store_is_its_code_wherever_it_moves_and_whatever_it_is_called() -> None:
    before = settled()
    rows = [list(row) for row in ROSTER]
    for row in rows:
        row[3] = row[3].replace("上海/徐家汇店", "上海二区/徐汇旗舰店")
    plan = plan_of(rows, before)
    assert plan.counts == {"unit_new": 1, "unit_changed": 1}
    after = carried_out(plan, before, TODAY)
    assert after.by_code["SH002"].id == before.by_code["SH002"].id
    assert "/".join(after.line(after.by_code["SH002"].id)) == "总部/华东大区/上海二区/徐汇旗舰店"


def test_a_renamed_region_keeps_its_cities_and_stores() -> None:
    before = settled()
    rows = [[cell.replace("华东大区", "东部大区") for cell in row] for row in ROSTER]
    plan = plan_of(rows, before)
    assert said(plan) == [("unit_changed", "总部/华东大区", "总部/华东大区", "总部/东部大区")]


def test_a_region_that_is_another_one_is_not_taken_for_a_rename() -> None:
    rows = [*ROSTER[:1], ("A0011", "新人", "", "总部/华南大区/广州/天河店", "店长", "GZ001", "", "在职")]
    plan = plan_of(rows, settled())
    assert plan.counts["unit_closed"] == 4  # 华东大区, 上海 and both stores
    assert plan.counts["unit_new"] == 3


def test_unknown_positions_are_made_without_rights_and_said() -> None:
    plan = plan_of(changed(4, position="生鲜组长"), settled())
    assert ("position_new", "生鲜组长", "", "") in said(plan)
    assert plan.steps.positions[0].code == "shengxianzuzhang"


def test_a_column_that_the_file_does_not_have_changes_nothing() -> None:
    rows = [row[:2] + row[3:6] for row in ROSTER]
    headings = HEADINGS[:2] + HEADINGS[3:6]
    assert plan_of(rows, settled(), headings).steps.empty


def test_attributes_appear_change_and_vanish() -> None:
    headings = (*HEADINGS, "属性:烘焙")
    with_bakery = settled([(*row, "有" if row[5] == "SH001" else "") for row in ROSTER], headings)
    assert with_bakery.by_code["SH001"].attributes == {"烘焙": "有"}
    without = plan_of([(*row, "") for row in ROSTER], with_bakery, headings)
    assert said(without) == [("unit_changed", "总部/华东大区/上海/南京路店", "烘焙=有", "")]
    assert plan_of(ROSTER, with_bakery).steps.empty


def test_a_last_day_in_the_past_is_a_leaver_and_one_to_come_is_not() -> None:
    headings = (*HEADINGS, "离职日期")
    gone = plan_of([(*row, "2026-11-21" if row[0] == "A0003" else "") for row in ROSTER], settled(), headings)
    assert gone.counts == {"leave": 1}
    last = plan_of([(*row, "2026-11-22" if row[0] == "A0003" else "") for row in ROSTER], settled(), headings)
    assert last.counts == {"changed": 1}


def test_managers_are_kept_by_employee_number() -> None:
    headings = (*HEADINGS, "直属上级")
    with_managers = settled([(*row, "A0002" if row[0] == "A0003" else "") for row in ROSTER], headings)
    assert with_managers.people["A0003"].manager == with_managers.people["A0002"].id
    assert plan_of(ROSTER, with_managers).steps.empty


def company(stores: int) -> list[Row]:
    rows: list[Row] = [ROSTER[0]]
    for n in range(stores):
        rows.append((f"B{n:03}", f"店长{n}", "", f"总部/华东大区/上海/{n}号店", "店长", f"S{n:03}", "", "在职"))
    return rows


def test_the_brake_holds_when_more_than_a_fifth_would_leave() -> None:
    rows = company(20)
    fine = plan_of(rows[:-4], settled(rows))
    assert fine.brakes == []
    plan = plan_of(rows[:-5], settled(rows))
    assert plan.brakes == ["mass_leave", "mass_closing"]
    with pytest.raises(Conflict) as refused:
        require_confirmed(plan, confirmed=False)
    assert (refused.value.code, refused.value.status) == ("mass_change_needs_confirmation", 409)
    assert {"leavers": 5, "people": 21, "closing": 5, "stores": 20}.items() <= refused.value.params.items()
    require_confirmed(plan, confirmed=True)


def test_the_brake_lets_a_tiny_company_be() -> None:
    rows = company(8)
    assert plan_of(rows[:-4], settled(rows)).brakes == []


def test_the_last_who_may_import_cannot_leave_even_when_confirmed() -> None:
    plan = plan_of(ROSTER[1:], settled())
    assert plan.brakes == ["last_importer"]
    for confirmed, code in ((False, "mass_change_needs_confirmation"), (True, "last_importer")):
        with pytest.raises(Conflict) as refused:
            require_confirmed(plan, confirmed=confirmed)
        assert refused.value.code == code


def test_the_last_who_may_import_cannot_be_moved_away_either() -> None:
    assert plan_of(changed(2, position="店员"), settled()).brakes == ["last_importer"]
    handed_over = changed(2, position="店员")
    handed_over[2][4], handed_over[2][3], handed_over[2][5] = "运营", "总部/运营部", ""
    assert plan_of(handed_over, settled()).brakes == []


def test_the_plan_is_readable_on_a_terminal() -> None:
    rows = changed(4, name="许\u200d诺")
    plan = plan_of([*rows[:4], ("A0010", "周\u200d一", "", "总部/运营部", "运营", "", "", "")], settled())
    told = ImportPlan(
        digest=plan.digest, rows=plan.rows, counts=plan.counts, changes=plan.changes, notes=["a\x1b[2J"], brake="b"
    )
    text = render_plan(told, "zh-CN")
    assert "离职 1\n  吴芳 A0005" in text
    assert "入职 1\n  周一 A0010: 总部/运营部 运营" in text
    assert "\x1b" not in text
    assert "注意：b" in text
    empty = ImportPlan(digest="", rows=3, counts={}, changes=[], notes=[])
    assert render_plan(empty, "en") == "3 rows, no change.\n"


def test_csv_and_workbook_give_the_same_plan() -> None:
    standing = nobody_yet()
    tables = [anyio.run(read, content) for content in (csv_file(), xlsx_file())]
    plans = [plan_changes(check(table, standing, "en"), standing, TODAY, "en") for table in tables]
    assert plans[0] == plans[1]
    assert plans[0].digest == plans[1].digest


QUICK = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
STORES = (
    ("总部/华东大区/上海/南京路店", "SH001"),
    ("总部/华东大区/上海/徐家汇店", "SH002"),
    ("总部/华东大区/杭州/西湖店", "HZ001"),
    ("总部/华南大区/广州/天河店", "GZ001"),
    ("总部/华南大区/西湖店", "HZ001"),
    ("总部/华东大区/上海/新徐家汇店", "SH002"),
    ("总部/运营部", ""),
    ("总部/商品部/采购组", ""),
    ("总部", ""),
)


@st.composite
def rosters(draw: st.DrawFn) -> list[Row]:
    """A valid roster: everybody with one to three places, each store code at one place only."""
    chosen: dict[str, str] = {}
    for path, code in draw(st.permutations(STORES)):
        if not code or code not in chosen.values():
            chosen[path] = code
    rows: list[Row] = []
    numbers = draw(st.lists(st.integers(0, 30), min_size=1, max_size=20, unique=True))
    for number in numbers:
        name = f"员工{number}"
        phone = f"139{number:04}{draw(st.integers(0, 1)):04}" if draw(st.booleans()) else ""
        holdings = draw(
            st.lists(
                st.tuples(st.sampled_from(sorted(chosen)), st.sampled_from(["店长", "店员", "督导", "运营", "仓管"])),
                min_size=1,
                max_size=3,
                unique=True,
            )
        )
        state = draw(st.sampled_from(["在职", "在职", "在职", "离职"]))
        for path, position in holdings:
            rows.append((f"N{number:03}", name, phone, path, position, chosen[path], "", state))
            if state == "离职":
                break
    return rows


@settings(max_examples=150, deadline=None, derandomize=True, phases=QUICK, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rosters(), min_size=2, max_size=4))
def test_after_any_sequence_of_files_the_organisation_is_as_the_last_one_says(files: list[list[Row]]) -> None:
    standing = nobody_yet()
    for rows in files:
        standing = carried_out(plan_of(rows, standing), standing, TODAY)
        assert plan_of(rows, standing).steps.empty, "applying twice is applying once"
    fresh = carried_out(plan_of(files[-1], nobody_yet()), nobody_yet(), TODAY)
    assert described(standing) == described(fresh)


@settings(max_examples=50, deadline=None, derandomize=True, phases=QUICK, suppress_health_check=[HealthCheck.too_slow])
@given(rosters(), rosters(), st.randoms(use_true_random=False))
def test_the_order_of_people_in_the_file_does_not_matter(before: list[Row], rows: list[Row], chance: object) -> None:
    standing = carried_out(plan_of(before, nobody_yet()), nobody_yet(), TODAY)
    blocks: dict[str, list[Row]] = {}
    for row in rows:
        blocks.setdefault(str(row[0]), []).append(row)
    shuffled = list(blocks.values())
    chance.shuffle(shuffled)
    plans = [plan_of(order, standing) for order in (rows, [row for block in shuffled for row in block])]
    assert plans[0].counts == plans[1].counts
    assert described(carried_out(plans[0], standing, TODAY)) == described(carried_out(plans[1], standing, TODAY))
