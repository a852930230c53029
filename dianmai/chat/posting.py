"""Who may write in a group: decided from what comes with the membership, so that most groups cost nothing to ask.

What a group has decided stands in its stream's rules as `Posting`; a group that has decided nothing has none.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from dianmai import org
from dianmai.chat import card_store, rules
from dianmai.chat.card_store import CardRow
from dianmai.core.access import Actor
from dianmai.core.db import Queries
from dianmai.core.errors import Conflict, NotAllowed, Refusal, TooMany
from dianmai.core.kept import Keepable
from dianmai.core.operations import Act
from dianmai.core.streams import Membership
from dianmai.wire.chat import GroupRole


class Posting(Struct, frozen=True, omit_defaults=True):
    """What a group has decided on who writes there. Who administers `unit` (None: the company) manages the group."""

    post_by: GroupRole = "everyone"
    mention_all_by: GroupRole = "everyone"
    slow_s: int = 0
    closed: bool = False
    unit: int | None = None
    led_by: int | None = None
    pin_by: GroupRole = "everyone"


def rules_of(row: CardRow) -> str:
    """A group's decisions as its stream keeps them."""
    posting = Posting(
        post_by=row.post_by,
        mention_all_by=row.mention_all_by,
        slow_s=row.slow_s,
        closed=row.closed_at is not None and row.kind == "temporary",
        pin_by=row.pin_by,
    )
    if posting == Posting():
        return ""
    return msgspec.json.encode(msgspec.structs.replace(posting, unit=row.unit, led_by=row.led_by)).decode()


def posting_of(decided: str) -> Posting:
    """What stands in a stream's rules."""
    return _POSTING.decode(decided) if decided else _FREE


async def require_may_post(act: Act, membership: Membership) -> None:
    """Refuses where the group is closed, others may write there, or it is too soon after the person's last message.

    What is stored already is let through: asking once more gets the first answer.
    """
    if not membership.rules:
        return
    refusal = await _against(act, membership, posting_of(membership.rules))
    if refusal is not None and not await card_store.stored(act.db, membership.stream, act.actor.id, act.nonce or ""):
        raise refusal


async def require_may_change(act: Act, membership: Membership) -> None:
    """Refuses new words in an old message where the person could write no new one. They take no turn."""
    refusal = await _barred(act, posting_of(membership.rules))
    if refusal is not None:
        raise refusal


async def require_may_pin(act: Act, membership: Membership) -> None:
    """Refuses to pin or unpin where the person may not write, or the group leaves it to others."""
    posting = posting_of(membership.rules)
    refusal = await _barred(act, posting)
    if refusal is not None:
        raise refusal
    if not await stands(act, posting, posting.pin_by):
        raise NotAllowed("pinning_restricted")


async def require_may_post_in_all(act: Act, memberships: Sequence[Membership], messages: int) -> None:
    """The same for several conversations at once; where people must pause between messages, refuses more than one.

    A turn is taken in one of them only when none of them refuses.
    """
    slow: list[Membership] = []
    for membership in memberships:
        posting = posting_of(membership.rules)
        refusal = await _barred(act, posting)
        if refusal is not None:
            raise refusal
        if await _paces(act, posting):
            if messages > 1:
                raise Conflict("one_at_a_time", field="to")
            slow.append(membership)
    for take in (False, True):
        for membership in slow:
            refusal = await _too_soon(act, membership, posting_of(membership.rules), take=take)
            if refusal is not None:
                raise refusal


def require_open(membership: Membership) -> None:
    """Refuses in a group that is over."""
    rules.require_open(closed=posting_of(membership.rules).closed)


async def may_mention_all(act: Act, membership: Membership) -> bool:
    """Whether the actor may call everybody in the group at once."""
    posting = posting_of(membership.rules)
    return await stands(act, posting, posting.mention_all_by)


async def may_post(act: Act, decided: str) -> bool:
    """Whether the actor may write where these rules hold, but for the pause between messages."""
    posting = posting_of(decided)
    return not posting.closed and await stands(act, posting, posting.post_by)


async def may_pin(act: Act, decided: str) -> bool:
    """Whether the actor may pin messages where these rules hold."""
    return await may_post(act, decided) and await stands(act, posting_of(decided), posting_of(decided).pin_by)


async def manages(act: Act, stream: str) -> bool:
    """Whether the actor, who is in a conversation, manages it: by its unit, or as who leads it."""
    row = await card_store.card(act.db, stream, act.actor.id)
    return row is not None and await stands(act, Posting(unit=row.unit, led_by=row.led_by), "managers")


async def stands(act: Act, posting: Posting, role: GroupRole) -> bool:
    """Whether the actor has this role in a group: who manages it, or who administers the company."""
    if role == "everyone" or act.actor.kind == "system":
        return True
    if role == "managers" and act.actor.id == posting.led_by:
        return True
    unit = posting.unit if role == "managers" else None
    known = await act.streams.kept.value(_ADMINISTER)
    return await known.ask(act.actor, unit, lambda: org.administers(act.db, act.actor, unit))


async def _against(act: Act, membership: Membership, posting: Posting) -> Refusal | None:
    barred = await _barred(act, posting)
    if barred is not None:
        return barred
    return await _too_soon(act, membership, posting) if await _paces(act, posting) else None


async def _paces(act: Act, posting: Posting) -> bool:
    """Whether the actor must pause between messages there."""
    return posting.slow_s > 0 and not await stands(act, posting, "managers")


async def _too_soon(act: Act, membership: Membership, posting: Posting, *, take: bool = True) -> Refusal | None:
    pace = act.streams.pace
    wait = await pace.wait_s(membership.stream, act.actor.id, act.nonce or "", posting.slow_s, take=take)
    if wait <= 0:
        return None
    return TooMany("slow_mode", retry_after_ms=math.ceil(wait * 1000), seconds=math.ceil(wait), pause=posting.slow_s)


async def _barred(act: Act, posting: Posting) -> Refusal | None:
    if posting.closed:
        return Conflict("group_closed")
    if not await stands(act, posting, posting.post_by):
        return NotAllowed("posting_restricted")
    return None


class _Administering:
    """Who administers what, as far as it was asked since the organisation last changed."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int | None], bool] = {}

    async def ask(self, actor: Actor, unit: int | None, look: Callable[[], Awaitable[bool]]) -> bool:
        key = (actor.id, unit)
        if key not in self._known:
            self._known[key] = await look()
        return self._known[key]


async def _nothing_yet(db: Queries) -> _Administering:
    return _Administering()


_ADMINISTER: Final = Keepable("org", _nothing_yet)
_POSTING = msgspec.json.Decoder(Posting)
_FREE = Posting()
