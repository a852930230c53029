"""The live board: how far a notice is, from HQ down to the person, and who has not."""

from collections.abc import Sequence

from dianmai.core.clock import millis
from dianmai.core.errors import Invalid
from dianmai.core.operations import Act, reading
from dianmai.notices import store_board
from dianmai.notices.rules import STATES
from dianmai.notices.scope import Scope, scope_of
from dianmai.notices.store_board import Recipient, UnitSum
from dianmai.notices.streams import receipts_stream
from dianmai.wire.notices import Board, BoardPerson, BoardRow, GetBoard, GetMissing, Missing
from dianmai.wire.org import PersonBrief

PEOPLE_SHOWN = 500


@reading("notices.board", by_itself=True)
async def board(act: Act, ask: GetBoard) -> Board:
    """How far a notice is below a unit: its total, its children with most missing first, its own recipients.

    The publisher sees everyone; who holds `see_board` for a unit sees that unit and what was below it when the notice
    was published, and every number counts only what they see. Without `unit` it begins at the top they may see. The
    asking socket hears `counts` of the notice from now on. At most 500 people; `notices.missing` pages through all.
    Refusals: `not_found` (404) to who may not follow the notice or the unit.
    """
    scope = await scope_of(act, ask.notice, ask.unit)
    sums = {s.unit: s for s in await store_board.sums(act.db, scope.notice, tuple(scope.tops), scope.path, scope.depth)}
    act.listen(receipts_stream(ask.notice), numbers=scope.everyone)
    path = [row(sums[unit]) for unit in scope.path]
    children = [s for unit, s in sums.items() if unit not in scope.path]
    return Board(
        notice=ask.notice,
        total=path[-1],
        line=path[:-1],
        rows=[row(s) for s in most_missing_first(children, scope)],
        people=await _own_people(act, scope),
        receipts_stream=receipts_stream(ask.notice),
        at=millis(act.now),
    )


@reading("notices.missing")
async def missing(act: Act, ask: GetMissing) -> Missing:
    """Who below a unit has not yet reached `state`, by unit and name, `limit` at a time.

    Where no confirmation is asked for, `confirmed` means read. `next` is the `after` to continue with: whoever has not
    yet is on some page, even when others do meanwhile. Refusals: `not_found` (404) to who may not follow the notice or
    the unit, `invalid_cursor` (400) for an `after` that no page gave.
    """
    scope = await scope_of(act, ask.notice, ask.unit)
    state = min(STATES.index(ask.state), scope.notice.owes)
    tops = tuple(scope.tops)
    after = await store_board.place_of(act.db, ask.notice, tops, scope.shown, ask.after) if ask.after else None
    if ask.after and after is None:
        raise Invalid("invalid_cursor", field="after", status=400)
    found = await store_board.missing(act.db, ask.notice, tops, scope.shown, state, after, ask.limit + 1)
    page = found[: ask.limit]
    return Missing(
        people=[person(r) for r in page],
        total=await store_board.count_missing(act.db, ask.notice, tops, scope.shown, state),
        next=page[-1].person if len(found) > len(page) else None,
    )


def most_missing_first(sums: Sequence[UnitSum], scope: Scope) -> list[UnitSum]:
    """Rows in the order a manager works through them."""

    def missing_of(s: UnitSum) -> int:
        return s.recipients - (s.confirmed if scope.notice.must_confirm else s.read)

    return sorted(sums, key=lambda s: (-missing_of(s), s.name, s.unit))


def row(s: UnitSum) -> BoardRow:
    return BoardRow(
        unit=s.unit,
        name=s.name,
        kind=s.kind,
        recipients=s.recipients,
        delivered=s.delivered,
        read=s.read,
        confirmed=s.confirmed,
        stores=s.stores,
        stores_done=s.stores_done,
    )


def person(r: Recipient) -> BoardPerson:
    """A recipient as they were when the notice was published."""
    return BoardPerson(
        person=PersonBrief(id=r.person, name=r.name, title=r.title, unit=r.unit_name),
        state=STATES[r.state],
        delivered_at=None if r.delivered_at is None else millis(r.delivered_at),
        read_at=None if r.read_at is None else millis(r.read_at),
        confirmed_at=None if r.confirmed_at is None else millis(r.confirmed_at),
        left=r.left,
    )


async def _own_people(act: Act, scope: Scope) -> list[BoardPerson]:
    # A unit above those followed is only a way down to them: its own people are not for this reader.
    if scope.tops.isdisjoint(scope.lines[scope.shown]):
        return []
    found = await store_board.unit_recipients(act.db, scope.notice.id, scope.shown, PEOPLE_SHOWN)
    return [person(r) for r in found]
