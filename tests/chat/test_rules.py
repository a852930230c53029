"""The chat's rules, one by one."""

import pytest

from dianmai.chat import later_rules, rules
from dianmai.core.errors import Refusal
from dianmai.wire.files import FileRef


def code_of(rule: object, *given: object) -> str | None:
    try:
        rule(*given)
    except Refusal as refusal:
        return refusal.code
    return None


PICTURE = FileRef(id="a", name="a.jpg", kind="picture", media_type="image/jpeg", size=1)
SHEET = FileRef(id="b", name="b.xlsx", kind="file", media_type="application/zip", size=1)


@pytest.mark.parametrize(
    ("rule", "given", "code"),
    [
        (rules.require_conversation, ("chat:7",), None),
        (rules.require_conversation, ("person:7",), "not_found"),
        (rules.require_conversation, ("notice:7",), "not_found"),
        (rules.require_conversation, ("org",), "not_found"),
        (rules.require_said, ("早", []), None),
        (rules.require_said, (None, ["a"]), None),
        (rules.require_said, ("说明", ["a"]), None),
        (rules.require_said, (None, []), "blank_text"),
        (rules.require_said, (" \u200b\u3164", []), "blank_text"),
        (rules.require_said, (" ", ["a"]), "blank_text"),
        (rules.require_said, ("a" + "\u0301" * 9, []), "too_many_combining_marks"),
        (rules.require_said, ("a" + "\u0301" * 8, []), None),
        (rules.require_distinct, (["a", "b"],), None),
        (rules.require_distinct, (["a", "a"],), "duplicate_picture"),
        (rules.require_pictures, ([PICTURE],), None),
        (rules.require_pictures, ([PICTURE, SHEET],), "not_a_picture"),
        (rules.require_one_side, (None, None), None),
        (rules.require_one_side, (5, None), None),
        (rules.require_one_side, (None, 0), None),
        (rules.require_one_side, (5, 0), "one_side_only"),
        (later_rules.require_room_to_pin, (20,), None),
        (later_rules.require_room_to_pin, (21,), "too_many_pins"),
        (rules.require_reachable, (True,), None),
        (rules.require_reachable, (False,), "person_left"),
        (rules.require_reachable, (None,), "not_found"),
    ],
)
def test_rules(rule: object, given: tuple[object, ...], code: str | None) -> None:
    assert code_of(rule, *given) == code


@pytest.mark.parametrize(
    ("members", "joined", "left", "announced"),
    [
        (200, 1, 0, True),
        (201, 1, 0, False),
        (201, 201, 0, False),
        (199, 0, 1, True),
        (200, 0, 1, False),
        (0, 0, 5_000, False),
    ],
)
def test_only_groups_in_which_people_know_each_other_say_who_comes_and_goes(
    members: int, joined: int, left: int, announced: bool
) -> None:
    assert rules.announces(members, joined, left) is announced
