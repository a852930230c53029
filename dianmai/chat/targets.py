"""What operations on a message that was said have in common: finding it, and saying where the change stands."""

from collections.abc import Sequence

from dianmai.chat import later_store, rules
from dianmai.chat.later_store import Target
from dianmai.core.clock import millis
from dianmai.core.errors import NotFound
from dianmai.core.journal import Placed
from dianmai.core.operations import Act
from dianmai.core.streams import Membership
from dianmai.wire.chat import Changed


async def find(act: Act, stream: str, seq: int, kind: str, *, pinned: bool = False) -> tuple[Membership, Target]:
    """The message `seq` of a conversation the actor is in, for an entry of this kind about it.

    Refuses `not_found` when it is none they may see. `pinned`: also what is pinned from before they joined.
    """
    rules.require_conversation(stream)
    membership = await act.streams.membership(stream, act.actor)
    look = later_store.pinned_target if pinned else later_store.target
    target = await look(act.db, stream, seq, act.actor.id, act.nonce or "", kind)
    if target is None:
        raise NotFound("not_found", field="seq")
    return membership, target


def where(placed: Sequence[Placed]) -> Changed:
    """Where the entry stands that changed the message."""
    entry = placed[0]
    return Changed(stream=entry.stream, seq=entry.seq, at=millis(entry.at))


def everything(_: bytes) -> bool:
    """For folds that concern every entry of their kind."""
    return True
