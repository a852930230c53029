"""Bad rows of HR files: bad inputs 29–34, 38, 55, 56, and everything else a row may get wrong.

Nothing of such a file is ever imported; every bad row is named.
"""

import datetime

import pytest

from dianmai.org.hr_sync.standing import Standing, StandingPerson, StandingUnit
from tests.org.hr_files import HEADINGS, POSITIONS, ROSTER, changed, csv_file, refusal, rows_refused, wanted

pytestmark = pytest.mark.anyio


async def test_one_number_for_two_people_is_refused() -> None:
    code, rows = await rows_refused(csv_file(changed(4, no="A0002")))
    assert (code, rows) == ("doubled_employee_no", [("4", "工号", "A0002", "doubled_employee_no")])


async def test_the_same_row_twice_is_refused() -> None:
    code, rows = await rows_refused(csv_file([*ROSTER, ROSTER[2]]))
    assert (code, rows) == ("doubled_row", [("8", "工号", "A0003", "doubled_row")])


async def test_one_phone_for_two_people_is_refused_on_both_rows() -> None:
    code, rows = await rows_refused(csv_file(changed(4, phone="138 0000 0002")))
    assert code == "doubled_phone"
    assert rows == [(n, "手机", "13800000002", "doubled_phone") for n in ("3", "4")]


async def test_several_rows_with_one_number_are_several_positions() -> None:
    person = (await wanted(csv_file())).people["A0005"]
    assert [(holding.unit[-1], holding.position) for holding in person.holdings] == [
        ("南京路店", "督导"),
        ("徐家汇店", "督导"),
    ]


async def test_rows_of_one_person_must_agree() -> None:
    code, rows = await rows_refused(csv_file(changed(7, phone="13900000000")))
    assert (code, rows) == ("conflicting_value", [("7", "手机", "13900000000", "conflicting_value")])


async def test_everything_wrong_is_said_at_once_with_a_reason_each() -> None:
    rows = changed(3, joined="昨天")
    rows[2][1] = "\u3164"
    rows[3][2] = "110"
    refused = await refusal(csv_file(rows))
    assert (refused.code, refused.status, refused.field) == ("rows_refused", 422, "入职日期")
    assert [(row["row"], row["code"]) for row in refused.rows or []] == [
        ("3", "invalid_date"),
        ("4", "blank_text"),
        ("5", "invalid_phone"),
    ]
    assert (refused.rows or [])[2]["reason"] == "手机号“110”无效"
    assert "3" in refused.body("zh-CN", "r").message


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "blank_text"),
        ("　", "blank_text"),
        ("\u200b", "blank_text"),
        ("\u3164", "blank_text"),
        ("\u2800", "blank_text"),
        ("明" * 81, "text_too_long"),
        ("王" + "\u0301" * 9, "too_many_combining_marks"),
        ("王\u202e敏", "bidi_control"),
        ("王\x1b]0;敏", "control_character"),
        ("王\x00敏", "control_character"),
        ("аdmin", "name_too_similar"),  # Cyrillic а
        ("系统管理员 ", "name_too_similar"),
        ("ＡＤＭＩＮ", "name_too_similar"),
    ],
)
async def test_names_that_hide_or_pretend_are_refused(name: str, code: str) -> None:
    found, rows = await rows_refused(csv_file(changed(3, name=name)))
    assert (found, rows[0][0], rows[0][1], rows[0][3]) == (code, "3", "姓名", code)


@pytest.mark.parametrize("name", ["👨‍👩‍👧‍👦", "🇨🇳", "𠮷", "𫠊", "欧", "José", "O'Brien", "=cmd", "阿依古丽·买买提"])
async def test_rare_names_are_taken_as_they_are(name: str) -> None:
    assert (await wanted(csv_file(changed(3, name=name)))).people["A0002"].name == name


async def test_a_name_is_the_same_composed_or_not() -> None:
    content = csv_file(changed(7, name="吴芳"))
    assert len((await wanted(content)).people) == 5
    rows = changed(6, name="José")
    rows[5][1] = "Jose\u0301"
    assert (await wanted(csv_file(rows))).people["A0005"].name == "José"


async def test_units_are_the_same_composed_wide_or_spaced() -> None:
    found = await wanted(csv_file(changed(4, path="总部／华东大区/上海/ 南京路店")))
    assert len([unit for unit in found.units.values() if unit.kind == "store"]) == 2


@pytest.mark.parametrize(
    ("path", "code", "column"),
    [
        ("总部/华东大区/上海/南京路店/南京路店", "org_cycle", "部门路径"),
        ("总部/华东大区/总部", "org_cycle", "部门路径"),
        ("总部/上海/华东大区", "org_cycle", "部门路径"),
        ("华东大区/上海", "two_tops", "部门路径"),
        ("/".join(["总部", *map(str, range(10))]), "path_too_deep", "部门路径"),
        ("", "unknown_org_unit", "部门路径"),
        (" / ", "unknown_org_unit", "部门路径"),
    ],
)
async def test_impossible_places_are_refused(path: str, code: str, column: str) -> None:
    found, rows = await rows_refused(csv_file(changed(4, path=path, code="")))
    assert (found, rows[0][0], rows[0][1], rows[0][3]) == (code, "4", column, code)


async def test_a_store_below_a_store_is_refused() -> None:
    path = "总部/华东大区/上海/南京路店/徐家汇店"
    code, rows = await rows_refused(csv_file(changed(5, path=path)[:4]))
    assert (code, rows) == ("store_in_store", [("5", "部门路径", path, "store_in_store")])


async def test_a_store_named_by_its_code_alone_must_exist() -> None:
    found = await wanted(csv_file(changed(4, path="", code="sh002")))  # stands further down
    assert found.people["A0003"].holdings[0].unit[-1] == "徐家汇店"
    code, rows = await rows_refused(csv_file(changed(4, path="", code="SH999")))
    assert (code, rows) == ("unknown_org_unit", [("4", "门店编码", "SH999", "unknown_org_unit")])


async def test_a_store_code_belongs_to_one_store_and_a_store_has_one_code() -> None:
    code, rows = await rows_refused(csv_file(changed(5, code="SH001")))
    assert (code, rows[0][:3]) == ("store_code_conflict", ("5", "门店编码", "SH001"))
    code, rows = await rows_refused(csv_file(changed(4, code="SH009")))
    assert (code, rows[0][:2]) == ("name_taken", ("4", "门店编码"))


@pytest.mark.parametrize(
    ("managers", "code", "value"),
    [
        (("A0002", "A0003", "A0001", "", "", ""), "org_cycle", "A0002"),
        (("A0001", "", "", "", "", ""), "org_cycle", "A0001"),
        (("A9999", "", "", "", "", ""), "unknown_manager", "A9999"),
    ],
)
async def test_managers_in_a_circle_or_unknown_are_refused(managers: tuple[str, ...], code: str, value: str) -> None:
    rows = [(*row, manager) for row, manager in zip(ROSTER, managers, strict=True)]
    found = await refusal(csv_file(rows, (*HEADINGS, "直属上级")))
    assert found.code == code
    assert found.field == "直属上级"
    first = (found.rows or [{}])[0]
    assert (first["row"], first["value"]) == ("2", value)
    if code == "org_cycle":
        assert "王敏(A0001) →" in first["reason"]


@pytest.mark.parametrize(
    ("zone", "hint"), [("Asia/Beijing", "Asia/Shanghai"), ("Mars/Base", ""), ("GMT+8", "Asia/Shanghai")]
)
async def test_unknown_time_zones_are_refused_with_the_one_meant(zone: str, hint: str) -> None:
    refused = await refusal(csv_file([(*row, zone) for row in ROSTER], (*HEADINGS, "时区")))
    assert refused.code == "invalid_time_zone"
    assert hint in (refused.rows or [{}])[0]["reason"]


async def test_a_store_s_facts_must_agree_over_its_people() -> None:
    headings = (*HEADINGS, "时区", "属性:烘焙")
    zones = ("", "Asia/Shanghai", "Asia/Urumqi", "", "", "")
    bakeries = ("", "有", "", "无", "无", "")
    rows = [(*row, zone, bakery) for row, zone, bakery in zip(ROSTER, zones, bakeries, strict=True)]
    code, found = await rows_refused(csv_file(rows, headings))
    assert code == "conflicting_value"
    assert [(row[0], row[1], row[2]) for row in found] == [("4", "时区", "Asia/Urumqi"), ("6", "属性:烘焙", "无")]


@pytest.mark.parametrize("state", ["休假中?", "1"])
async def test_unknown_states_are_refused(state: str) -> None:
    assert (await refusal(csv_file(changed(3, state=state)))).code == "invalid_state"


@pytest.mark.parametrize("no", ["A 1", "工号一", "-1", "A" * 41])
async def test_strange_employee_numbers_are_refused(no: str) -> None:
    code, rows = await rows_refused(csv_file(changed(3, no=no)))
    assert (code, rows[0][:2]) == ("invalid_employee_no", ("3", "工号"))


async def test_a_leaver_s_number_is_not_given_to_somebody_else() -> None:
    top = StandingUnit(1, "hq", "总部", None, None, "Asia/Shanghai", False, {})
    gone = StandingPerson(7, "A0003", "赵六", "13900000009", "left", None, datetime.date(2024, 1, 1), None)
    standing = Standing([top], [gone], POSITIONS)
    code, rows = await rows_refused(csv_file(), standing)
    assert (code, rows) == ("employee_no_reused", [("4", "工号", "A0003", "employee_no_reused")])
    married = Standing([top], [gone._replace(phone="13800000003")], POSITIONS)
    await wanted(csv_file(), married)  # the same phone: the same person under a new name
    same_name = Standing([top], [gone._replace(name="许诺")], POSITIONS)
    await wanted(csv_file(), same_name)


async def test_who_has_left_needs_neither_place_nor_position() -> None:
    found = await wanted(csv_file([*ROSTER, ("A0009", "钱七", "", "", "", "", "", "离职")]))
    assert found.people["A0009"].gone


async def test_kinds_are_told_by_names_codes_and_what_lies_below() -> None:
    kinds = {unit.name: unit.kind for unit in (await wanted(csv_file())).units.values()}
    assert kinds == {
        "总部": "hq",
        "运营部": "department",
        "华东大区": "region",
        "上海": "city",
        "南京路店": "store",
        "徐家汇店": "store",
    }


async def test_a_file_may_say_what_kind_a_unit_is() -> None:
    rows = [(*row, "") for row in ROSTER] + [("A0010", "周一", "", "总部/华北", "经理", "", "", "", "大区")]
    found = await wanted(csv_file(rows, (*HEADINGS, "部门类型")))
    assert found.units["总部", "华北"].kind == "region"
    guessed = await wanted(csv_file([*ROSTER, ("A0010", "周一", "", "总部/华北", "经理", "", "", "")]))
    assert guessed.units["总部", "华北"].kind == "department"
    assert any("华北" in note for note in guessed.notes)
