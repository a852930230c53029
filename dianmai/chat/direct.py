"""Direct conversations: one for every two people, made on first use."""

from dianmai.chat import rules, store
from dianmai.core.operations import Act, writing
from dianmai.wire.chat import OpenDirect, Opened


@writing("chat.open_direct")
async def open_direct(act: Act, ask: OpenDirect) -> Opened:
    """The direct conversation with a person: the same stream for both, made on first use.

    With oneself it holds notes to oneself. One that exists is answered also when the other person has left. Refuses
    `not_found` (no such person), `person_left`.
    """
    low, high = sorted((act.actor.id, ask.person))
    existing = await store.pair(act.db, low, high)
    if existing is not None:
        return Opened(stream=existing)
    rules.require_reachable(await store.still_here(act.db, ask.person))
    made = await store.add_pair(act.db, low, high, act.actor.id)
    if made is None:
        # Both opened it at once: the insert has waited for the other one's commit, so the pair is there now.
        return Opened(stream=await store.pair(act.db, low, high) or "")
    act.tx.open(made)
    act.tx.join(made, {low, high}, from_start=True)
    return Opened(stream=made)
