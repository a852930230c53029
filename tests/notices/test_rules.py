"""Who may do what with a notice, as a table; no database."""

import pytest

from dianmai.core.access import NOBODY, SYSTEM, Actor
from dianmai.core.errors import NotAllowed, NotFound
from dianmai.notices import rules

HQ, EAST, NORTH, SHANGHAI, NANJING_LU, XUJIAHUI, WANGFUJING = range(1, 8)
LINES = {
    HQ: [HQ],
    EAST: [HQ, EAST],
    NORTH: [HQ, NORTH],
    SHANGHAI: [HQ, EAST, SHANGHAI],
    NANJING_LU: [HQ, EAST, SHANGHAI, NANJING_LU],
    XUJIAHUI: [HQ, EAST, SHANGHAI, XUJIAHUI],
    WANGFUJING: [HQ, NORTH, WANGFUJING],
}


@pytest.mark.parametrize(
    ("granted", "recipients", "outside"),
    [
        ([HQ], [NANJING_LU, WANGFUJING, HQ], 0),
        ([EAST], [NANJING_LU, XUJIAHUI, EAST], 0),
        ([EAST], [NANJING_LU, WANGFUJING, HQ], 2),
        ([NANJING_LU, XUJIAHUI], [NANJING_LU, XUJIAHUI], 0),
        ([NANJING_LU], [SHANGHAI], 1),
    ],
)
def test_publishing_covers_what_lies_below_ones_units(granted: list[int], recipients: list[int], outside: int) -> None:
    lines = [LINES[unit] for unit in recipients]
    if not outside:
        rules.require_all_in_scope(granted, lines)
        return
    with pytest.raises(NotAllowed) as refused:
        rules.require_all_in_scope(granted, lines)
    assert refused.value.params == {"people": outside}


def test_who_may_publish_nowhere_may_not_publish() -> None:
    with pytest.raises(NotAllowed):
        rules.require_may_publish([])


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (Actor(7, "person", 3), True),
        (Actor(7, "person"), False),
        (Actor(7, "bot", 3), False),
        (Actor(7, "device", 3), False),
        (Actor(7, "guest", 3), False),
        (SYSTEM, False),
        (NOBODY, False),
    ],
)
def test_receipts_come_from_a_persons_own_session(actor: Actor, may: bool) -> None:
    if may:
        rules.require_may_give_receipts(actor)
        return
    with pytest.raises(NotAllowed):
        rules.require_may_give_receipts(actor)


@pytest.mark.parametrize(
    ("granted", "tops", "top", "seen"),
    [
        ([HQ], {HQ}, HQ, set(LINES)),
        ([EAST, NANJING_LU], {EAST}, EAST, {EAST, SHANGHAI, NANJING_LU, XUJIAHUI}),
        ([NANJING_LU], {NANJING_LU}, NANJING_LU, {NANJING_LU}),
        ([NANJING_LU, XUJIAHUI], {NANJING_LU, XUJIAHUI}, SHANGHAI, {SHANGHAI, NANJING_LU, XUJIAHUI}),
        ([NANJING_LU, WANGFUJING], {NANJING_LU, WANGFUJING}, HQ, {HQ, EAST, NORTH, SHANGHAI, NANJING_LU, WANGFUJING}),
        ([NORTH, 99], {NORTH}, NORTH, {NORTH, WANGFUJING}),
    ],
)
def test_a_board_shows_ones_own_part(granted: list[int], tops: set[int], top: int, seen: set[int]) -> None:
    found = rules.tops_of_board(LINES, granted)
    assert found == tops
    assert rules.board_top(found, LINES) == top
    for unit in LINES:
        if unit in seen:
            rules.require_may_see_unit(unit, found, LINES)
        else:
            with pytest.raises(NotFound):
                rules.require_may_see_unit(unit, found, LINES)


def test_who_follows_nothing_does_not_learn_of_the_notice() -> None:
    with pytest.raises(NotFound):
        rules.require_may_follow(rules.tops_of_board(LINES, [99]))
