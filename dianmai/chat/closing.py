"""The end of temporary groups: a timer closes them. They stay readable; nobody writes there any more."""

from datetime import datetime
from typing import Final

from dianmai.chat import card_store, posting
from dianmai.core import jobs
from dianmai.core.jobs import Job
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.wire.groups import GroupChangedBody
from dianmai.wire.org import PersonBrief

KIND: Final = "chat.close_group"


async def set_end(tx: Transaction, stream: str, ends_at: datetime) -> None:
    """Sets the timer, or moves it."""
    await jobs.schedule(tx, KIND, stream, ends_at)


async def close(tx: Transaction, stream: str, by: PersonBrief | None) -> None:
    """Closes the group and says so in it; nothing happens when it is closed already."""
    row = await card_store.close(tx.db, stream)
    if row is None:
        return
    await jobs.cancel(tx, KIND, stream)
    tx.rule(stream, posting.rules_of(row))
    tx.append(Draft(stream, "group.changed", GroupChangedBody(by=by, closed=True)))


async def _due(tx: Transaction, stream: str, due: datetime, _: bytes) -> None:
    await close(tx, stream, None)


job = Job(KIND, _due)
