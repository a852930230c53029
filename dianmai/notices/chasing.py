"""Chasing: one press asks everyone again who has not done it."""

from datetime import timedelta

from dianmai import org
from dianmai.core.errors import TooMany
from dianmai.core.journal import Draft
from dianmai.core.limits import Limit, declare
from dianmai.core.operations import Act, writing
from dianmai.notices import store_board, store_chasing
from dianmai.notices.scope import scope_of
from dianmai.notices.streams import notice_stream
from dianmai.wire.notices import Chase, Chased, ChasedBody

ONCE_IN = timedelta(minutes=1)
declare(
    Limit(
        "times the same people are asked again", 1, "notice and unit in a minute", "chased_just_now", ["notices.chase"]
    )
)


@writing("notices.chase")
async def chase(act: Act, ask: Chase) -> Chased:
    """Asks everyone below a unit again who has not confirmed (or read, where no confirmation is asked for).

    One entry for all, which every recipient's client holds against its own state; `people` says how many it meant, not
    counting who has left the company. Without `unit`, everyone the actor may follow. When nobody is missing, nothing is
    sent. Needs a nonce. Refusals: `not_found` (404) to who may not follow the notice or the unit, `chased_just_now`
    (429) within a minute of the last time for the same notice and unit.
    """
    scope = await scope_of(act, ask.notice, ask.unit)
    tops = tuple(scope.tops)
    people = await store_board.count_missing(act.db, ask.notice, tops, scope.shown, scope.notice.owes, present=True)
    if not people:
        return Chased(people=0)
    units = scope.asked_units()
    wait = await store_chasing.chase(act.db, ask.notice, units or [0], ONCE_IN)
    if wait is not None:
        raise TooMany("chased_just_now", retry_after_ms=wait)
    (by,) = await org.briefs(act.db, [act.actor.id], act.language)
    body = ChasedBody(notice=ask.notice, units=units, people=people, by=by)
    act.tx.append(Draft(notice_stream(ask.notice), "notice.chased", body, counts=True))
    return Chased(people=people)
