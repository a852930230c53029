"""What the chat does when others' events happen."""

from collections.abc import Sequence

import msgspec

from dianmai.chat.managed_groups import follow_organisation
from dianmai.chat.previews import follower as link_previews
from dianmai.chat.temporary_groups import remove_leavers
from dianmai.core.followers import Followed, Follower
from dianmai.core.transactions import Transaction
from dianmai.wire.org import OrgChanged


async def _follow_leavers(tx: Transaction, followed: Sequence[Followed]) -> None:
    await remove_leavers(tx, sorted({person for one in followed for person in _CHANGED.decode(one.body).people}))


_CHANGED = msgspec.json.Decoder(OrgChanged)
followers = [
    Follower("managed_groups", frozenset({"org.changed"}), follow_organisation),
    Follower("temporary_groups", frozenset({"org.changed"}), _follow_leavers),
    link_previews,
]
