"""What is allowed with a notice, and how a recipient's state moves. Pure: no database, no clock."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dianmai.core.access import Actor
from dianmai.core.errors import Invalid, NotAllowed, NotFound, describe
from dianmai.wire.notices import RecipientState

QUEUED, DELIVERED, READ, CONFIRMED = range(4)
STATES: tuple[RecipientState, ...] = ("queued", "delivered", "read", "confirmed")
LATEST_DEVICE_CLOCK = 4_102_444_800_000  # 2100

describe(
    {
        "audience_out_of_scope": (
            "所选范围中有 {people} 人不在您可以发通知的部门内",
            "{people} people of this audience are outside the units you may publish to",
        ),
        "deadline_past": ("截止时间已经过去", "The deadline has already passed"),
        "no_recipients": ("所选范围内没有人", "Nobody is in this audience"),
        "invalid_cursor": ("列表无法从这里继续，请重新打开", "The list cannot go on from here; please open it again"),
        "chased_just_now": ("刚刚提醒过，请稍后再提醒", "They were reminded just now; please wait a moment"),
    }
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one session says of one recipient: the state reached, which session, what its device's clock showed."""

    state: int
    credential: int | None
    device_at: int | None


def require_may_publish(granted: Collection[int]) -> None:
    """Who may publish to no unit may not publish."""
    if not granted:
        raise NotAllowed("forbidden")


def require_all_in_scope(granted: Collection[int], recipient_lines: Iterable[Sequence[int]]) -> None:
    """Every recipient's unit must lie at or below a unit for which the actor may publish."""
    units = frozenset(granted)
    outside = sum(1 for line in recipient_lines if units.isdisjoint(line))
    if outside:
        raise NotAllowed("audience_out_of_scope", field="audience", people=outside)


def require_deadline_ahead(deadline: datetime | None, now: datetime) -> None:
    """A deadline lies in the future."""
    if deadline is not None and deadline <= now:
        raise Invalid("deadline_past", field="deadline")


def require_may_give_receipts(actor: Actor) -> None:
    """Only a person, out of a session of their own, says that they received, read or confirmed."""
    if actor.kind != "person" or actor.credential is None:
        raise NotAllowed("forbidden")


def tops_of_board(lines: Mapping[int, Sequence[int]], granted: Collection[int]) -> frozenset[int]:
    """The highest of the granted units that the notice reached. `lines` lead from the top down to each unit.

    Lines are those of the moment of publishing: who follows a unit follows it as it was then.
    """
    seen = lines.keys() & granted
    return frozenset(unit for unit in seen if seen.isdisjoint(lines[unit][:-1]))


def require_may_follow(tops: Collection[int]) -> None:
    """Who may follow no unit of a notice does not learn that there is one."""
    if not tops:
        raise NotFound("not_found", field="notice")


def board_top(tops: Collection[int], lines: Mapping[int, Sequence[int]]) -> int:
    """Where the board begins: the one unit followed, or the lowest above all that are followed."""
    first, *others = (lines[top] for top in sorted(tops))
    shared = [unit for unit in first if all(unit in line for line in others)]
    return shared[-1] if shared else first[-1]


def require_may_see_unit(unit: int, tops: Collection[int], lines: Mapping[int, Sequence[int]]) -> None:
    """A board shows what lies at or below the units followed, and what lies between them and its top."""
    below = not frozenset(tops).isdisjoint(lines.get(unit, ()))
    between = board_top(tops, lines) in lines.get(unit, ()) and any(unit in lines[top] for top in tops)
    if not (below or between):
        raise NotFound("not_found", field="unit")


def merged(receipts: Iterable[Receipt]) -> dict[int, Receipt]:
    """For each state, the receipt that first claims it or more: confirming implies reading, reading receiving."""
    by_state: dict[int, Receipt] = {}
    for receipt in receipts:
        by_state.setdefault(receipt.state, receipt)
    for state in (READ, DELIVERED):
        if state + 1 in by_state:
            by_state.setdefault(state, by_state[state + 1])
    return by_state


def advanced(state: int, claimed: int, owes: int) -> int:
    """The state after a claim: forward only, and never beyond what the notice asks of the recipient."""
    return max(state, min(claimed, owes))


def device_clock(shown: int | None) -> int | None:
    """A device's clock as it is recorded: evidence beside the server's time, never instead of it."""
    return None if shown is None else min(max(shown, 0), LATEST_DEVICE_CLOCK)
