"""Whose progress somebody may follow: of which units of a notice, as they were when it was published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dianmai import org
from dianmai.core.errors import NotFound
from dianmai.core.operations import Act
from dianmai.notices import rules, store_board
from dianmai.notices.store_board import FollowedNotice


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a notice the actor follows: everything below `tops`, shown at or below `shown`.

    `lines` are those of the tops and of `shown`, from the top of the company down.
    """

    notice: FollowedNotice
    tops: frozenset[int]
    shown: int
    lines: Mapping[int, Sequence[int]]

    @property
    def whole(self) -> bool:
        """Every recipient of the notice is shown."""
        return self.everyone and self.shown in self.tops

    @property
    def everyone(self) -> bool:
        """The actor may see the numbers of all recipients, whichever unit is shown."""
        return all(len(self.lines[top]) == 1 for top in self.tops)

    def asked_units(self) -> list[int]:
        """The units that cover exactly whom this scope means; none for everyone."""
        if self.whole:
            return []
        if not self.tops.isdisjoint(self.lines[self.shown]):
            return [self.shown]
        return sorted(top for top in self.tops if self.shown in self.lines[top])

    @property
    def path(self) -> Sequence[int]:
        """The units from the top the actor may see down to the one shown."""
        line = self.lines[self.shown]
        top = rules.board_top(self.tops, self.lines)
        return line[line.index(top) :]

    @property
    def depth(self) -> int:
        """How many units there are from the top of the company down to the one shown."""
        return len(self.lines[self.shown])


async def scope_of(act: Act, notice: int, unit: int | None) -> Scope:
    """The actor's scope below `unit` (by default the top they may see); `not_found` to who may follow nothing."""
    found = await store_board.followed_notice(act.db, notice)
    if found is None:
        raise NotFound("not_found", field="notice")
    everything = found.publisher == act.actor.id
    granted = () if everything else await granted_board(act)
    lines = await store_board.lines(act.db, notice, granted, unit, roots=everything)
    tops = rules.tops_of_board(lines, [u for u, line in lines.items() if len(line) == 1] if everything else granted)
    rules.require_may_follow(tops)
    shown = rules.board_top(tops, lines) if unit is None else unit
    if shown not in lines:
        lines = {**lines, **await store_board.lines(act.db, notice, (), shown, roots=False)}
    rules.require_may_see_unit(shown, tops, lines)
    return Scope(found, tops, shown, lines)


async def may_follow(act: Act, notice: int) -> bool:
    """Whether the notice's board, and with it the notice, is open to the actor."""
    try:
        await scope_of(act, notice, None)
    except NotFound:
        return False
    return True


async def granted_board(act: Act) -> Sequence[int]:
    """The units for which the actor holds the right to see boards."""
    rights = await org.rights_of(act.db, act.actor.id)
    return rights.get("see_board", ())
