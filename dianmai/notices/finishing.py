"""Finished notices leave the lists: a week after publishing, a device no longer keeps what its person is done with.

Off the list is not gone: the notice opens by its link and stands in the folder of what was received, as before.
"""

from datetime import datetime, timedelta

from dianmai.core import jobs as timers
from dianmai.core.jobs import Job
from dianmai.core.transactions import Transaction
from dianmai.notices import store_finishing
from dianmai.notices.streams import notice_stream

UNLIST = "notices.unlist"
KEPT = timedelta(days=7)
AGAIN = timedelta(days=1)


async def set_timer(tx: Transaction, notice: int) -> None:
    """Lets a notice that is published now leave the lists in its time."""
    await timers.schedule(tx, UNLIST, str(notice), tx.now + KEPT)


async def unlist(tx: Transaction, key: str, due: datetime, _: bytes) -> None:
    """Takes the notice off the lists of those who are done, and comes again as long as somebody else is to be."""
    notice, stream = int(key), notice_stream(int(key))
    if done := await store_finishing.done(tx.db, notice, stream):
        tx.unlist(stream, done)
    if await store_finishing.anybody_owes(tx.db, notice):
        await timers.schedule(tx, UNLIST, key, max(due, tx.now) + AGAIN)


jobs = [Job(UNLIST, unlist)]
