"""When somebody leaves the company: they stay in the numbers of their notices and are marked as gone."""

from collections.abc import Sequence

import msgspec

from dianmai import org
from dianmai.core.followers import Followed, Follower
from dianmai.core.transactions import Transaction
from dianmai.notices import store_receipts
from dianmai.wire.org import Audience, OrgChanged

_CHANGED = msgspec.json.Decoder(OrgChanged)


async def mark_leavers(tx: Transaction, changes: Sequence[Followed]) -> None:
    """Marks the leavers among the people of these changes, and takes the mark from those who came back."""
    people = sorted({person for change in changes for person in _CHANGED.decode(change.body).people})
    if not people:
        return
    # An audience of named people is all of them who have not left, with or without a position.
    present = {p.person for p in await org.audience_people(tx.db, Audience(people=people), language="zh-CN")}
    await store_receipts.mark_left(tx.db, [person for person in people if person not in present])
    await store_receipts.mark_returned(tx.db, sorted(present))


followers = [Follower("notices.leavers", frozenset({"org.changed"}), mark_leavers)]
