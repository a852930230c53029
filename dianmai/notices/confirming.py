"""Delivered, read, confirmed: said by the recipient's own session, never by anyone on their behalf."""

from dianmai.core.operations import Act, Gather, gathering
from dianmai.notices import rules
from dianmai.notices.receipts import Claim, receipts
from dianmai.notices.rules import CONFIRMED, DELIVERED, READ
from dianmai.wire.notices import Confirm, MyState, Read, Receive, Received


@gathering("notices.receive", Received, by_itself=True)
async def receive(act: Act, ask: Receive) -> Gather[Claim]:
    """Says that this device has stored these notices: they count as delivered.

    Sent by the client once the entries are on the device, never by the server on its behalf. `device_at` (ms) is the
    device's own clock, kept as evidence beside the server's. Repeating it changes nothing. Answers where each notice
    stands, leaving out those that are not the person's. Refusals: `forbidden` (403) unless a person's own session
    asks, `not_found` (404) when none of them is theirs.
    """
    rules.require_may_give_receipts(act.actor)
    return Gather(receipts, Claim(ask.notices, DELIVERED, rules.device_clock(ask.device_at), listed=True))


@gathering("notices.read", MyState)
async def read(act: Act, ask: Read) -> Gather[Claim]:
    """Says that the notice's text was in view for its reading time; implies delivered.

    Times are the server's, in ms; `device_at` is recorded beside. Repeating it, or saying it after confirming, changes
    nothing. Refusals: `forbidden` (403) unless a person's own session asks, `not_found` (404) to who is no recipient.
    """
    rules.require_may_give_receipts(act.actor)
    return Gather(receipts, Claim([ask.notice], READ, rules.device_clock(ask.device_at)))


@gathering("notices.confirm", MyState)
async def confirm(act: Act, ask: Confirm) -> Gather[Claim]:
    """Confirms a notice; implies delivered and read. Where no confirmation is asked for it counts as read.

    Times are the server's, in ms; `device_at` is recorded beside. Confirming twice gives the first answer. Refusals:
    `forbidden` (403) unless a person's own session asks, `not_found` (404) to who is no recipient.
    """
    rules.require_may_give_receipts(act.actor)
    return Gather(receipts, Claim([ask.notice], CONFIRMED, rules.device_clock(ask.device_at)))
