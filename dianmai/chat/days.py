"""The days of a conversation: on which of them something was said, to go there."""

from itertools import pairwise

from dianmai.chat import days_store, rules, store
from dianmai.core.clock import millis, moment
from dianmai.core.errors import NotFound
from dianmai.core.operations import Act, reading
from dianmai.wire.days import Day, Days, GetDays


@reading("chat.days")
async def days(act: Act, ask: GetDays) -> Days:
    """On which days of a calendar's page something was said in a conversation, with the first message of each.

    A day reaches from one of `edges` to the next (2–63 of them, rising): where days begin is for the reader's clock to
    say. `first`: when the first message that the person may see was sent (0: there is none). What was taken back has
    its place, and counts. Refuses `not_found` (no such conversation, or not a member), `edges_not_rising`.
    """
    rules.require_rising(ask.edges)
    seen = await store.visible(act.db, ask.stream, act.actor.id)
    if seen is None:
        raise NotFound("not_found", field="stream")
    if seen.first_no is None:
        return Days(days=[])
    edges = [moment(edge) for edge in ask.edges]
    begins = await days_store.first_since(act.db, ask.stream, seen.first_no, seen.head_no, edges)
    return Days(
        days=[
            Day(at=at, no=begins[edge], messages=begins[after] - begins[edge])
            for at, (edge, after) in zip(ask.edges, pairwise(edges), strict=False)
            if begins[after] > begins[edge]
        ],
        first=millis(await days_store.said_at(act.db, ask.stream, seen.first_no)),
    )
