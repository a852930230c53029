"""The table of who may do what in the organisation, and the pure parts of finding."""

import pytest

from dianmai.core.access import NOBODY, SYSTEM, Actor
from dianmai.core.errors import Invalid, NotAllowed
from dianmai.org import names, pinyin, rules, words
from dianmai.org.finding_store import FoundPersonRow
from dianmai.org.ranking import Match, Term, match

HQ, EAST, SHANGHAI, STORE, OTHER = 1, 2, 3, 4, 5
LINE = [HQ, EAST, SHANGHAI, STORE]
ANYBODY = Actor(7, "person")


@pytest.mark.parametrize(
    ("rights", "right", "line", "may"),
    [
        ({}, "publish", None, False),
        ({}, "publish", LINE, False),
        ({"publish": [EAST]}, "publish", None, True),
        ({"publish": [EAST]}, "publish", LINE, True),
        ({"publish": [STORE]}, "publish", LINE, True),
        ({"publish": [STORE]}, "publish", LINE[:-1], False),  # not upwards
        ({"publish": [OTHER]}, "publish", LINE, False),
        ({"publish": [HQ]}, "import", LINE, False),
        ({"publish": [HQ]}, "publish", [], False),
    ],
)
def test_a_right_holds_below_its_unit(rights: rules.Rights, right: str, line: list[int] | None, may: bool) -> None:
    assert rules.may(rights, right, line) is may
    if may:
        rules.require(ANYBODY, rights, right, line)
    else:
        with pytest.raises(NotAllowed):
            rules.require(ANYBODY, rights, right, line)


def test_the_system_may_everything_and_nobody_nothing() -> None:
    rules.require(SYSTEM, {}, "import", LINE)
    with pytest.raises(NotAllowed):
        rules.require(NOBODY, {}, "import", LINE)


@pytest.mark.parametrize("kind", ["bot", "device", "guest"])
def test_the_directory_is_for_colleagues(kind: str) -> None:
    rules.require_colleague(ANYBODY)
    rules.require_colleague(SYSTEM)
    with pytest.raises(NotAllowed):
        rules.require_colleague(Actor(7, kind))


@pytest.mark.parametrize(
    ("viewer", "rights", "shown", "sees"),
    [
        ([LINE], {}, [LINE], True),  # the same store
        ([LINE], {}, [LINE[:2]], True),  # above me
        ([LINE[:2]], {}, [LINE], True),  # below me
        ([LINE], {}, [[HQ, EAST, SHANGHAI, OTHER]], False),  # the store next door
        ([LINE], {}, [[HQ, OTHER]], False),  # an HQ department
        ([[HQ, OTHER]], {}, [LINE], False),
        ([[HQ, OTHER]], {"issue_codes": [HQ]}, [LINE], True),
        ([[HQ, OTHER]], {"see_board": [EAST]}, [LINE], True),
        ([], {}, [LINE], False),
        ([LINE], {}, [], False),
    ],
)
def test_phones_are_seen_along_the_line(
    viewer: list[list[int]], rights: rules.Rights, shown: list[list[int]], sees: bool
) -> None:
    assert rules.may_see_phone(viewer, rights, shown) is sees
    assert rules.may_see_phone(viewer, rights, shown, self=True)


@pytest.mark.parametrize(
    ("name", "full", "short"),
    [
        ("李明", "liming", "lm"),
        ("单雨晴", "shanyuqing", "syq"),
        ("重庆8号店", "chongqing8haodian", "cq8hd"),
        ("Bob", "bob", "b"),
    ],
)
def test_names_are_spelled_as_they_are_typed(name: str, full: str, short: str) -> None:
    assert pinyin.spelled(name, surname=True) == (full, short)


def test_both_readings_of_a_surname_find_somebody() -> None:
    found = words.person_words("单雨晴", "A00102", [4], ["clerk"])
    assert {
        "=shanyuqing",
        "=danyuqing",
        "=syq",
        "yuqing",
        "雨晴",
        "=单雨晴",
        "=a00102",
        "102",
        "u:4",
        "p:clerk",
    } <= found


def test_a_store_is_found_with_and_without_its_last_character() -> None:
    found = words.unit_words("徐家汇店", "SH002")
    assert {"=徐家汇店", "=徐家汇", "=xujiahui", "=xjh", "家汇店", "=sh002"} <= found


def test_what_is_typed_cannot_leave_its_quotes() -> None:
    assert words.terms("a'b \\ :* ! (x) | <-> y") == ["a", "b", "x", "-", "y"]
    assert len(words.terms("a b c d e f g h")) == 6


def person(**facts: object) -> FoundPersonRow:
    row = FoundPersonRow(9, "李明", "A00101", "13800001234", "liming", "lm", 210, [1, 2, 3], ["store_manager"])
    return row._replace(**facts)


@pytest.mark.parametrize(
    ("text", "why", "points"),
    [
        ("李明", "name", 100),
        ("a00101", "number", 95),
        ("1234", "phone", 90),
        ("李", "name", 80),
        ("liming", "pinyin", 78),
        ("lm", "initials", 70),
        ("lim", "pinyin", 60),
        ("明", "name", 50),
        ("00101", "number", 45),
        ("ming", "pinyin", 20),
    ],
)
def test_whole_matches_come_before_parts(text: str, why: str, points: int) -> None:
    assert match(person(), [Term(text, {}, {})], sees_phone=True) == Match(points, why)


def test_a_hidden_phone_is_no_match_and_no_reason() -> None:
    assert match(person(), [Term("1234", {}, {})], sees_phone=False) is None


def test_every_term_must_fit() -> None:
    store, manager = Term("xjh", {3: True}, {}), Term("店长", {}, {"store_manager": True})
    assert match(person(), [store, manager], sees_phone=False) == Match(78, "store")
    assert match(person(units=[1]), [Term("徐家汇", {3: True}, {}), manager], sees_phone=False) is None


def test_names_are_compared_without_width_case_and_spaces() -> None:
    assert names.same("ＡＢ 店") == names.same("ab店")
    assert names.trouble("管理员", person=False) is None
    assert names.trouble("管理员") == "name_too_similar"


@pytest.mark.parametrize(
    ("person", "deputy", "code"),
    [(None, None, ""), (1, None, ""), (1, 2, ""), (None, 2, "deputy_alone"), (1, 1, "same_person")],
)
def test_a_deputy_stands_in_for_somebody_else(person: int | None, deputy: int | None, code: str) -> None:
    if not code:
        return rules.require_two_people(person, deputy)
    with pytest.raises(Invalid) as refused:
        rules.require_two_people(person, deputy)
    assert refused.value.code == code
    return None


@pytest.mark.parametrize(
    ("called", "ids", "twice"),
    [
        (["设备", "商品"], [1, 2], False),
        ([], [], False),
        (["设备", "商品"], [1, 1], True),
        (["Ｅquipment", "equip ment"], [], True),
    ],
)
def test_a_list_of_duties_names_each_once(called: list[str], ids: list[int], twice: bool) -> None:
    if not twice:
        return rules.require_distinct_duties(called, ids)
    with pytest.raises(Invalid):
        rules.require_distinct_duties(called, ids)
    return None
