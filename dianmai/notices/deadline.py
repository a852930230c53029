"""When the deadline comes, how far the notice is goes on record: once, and on the live boards."""

from datetime import datetime

from dianmai.core.clock import millis
from dianmai.core.jobs import Job
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.notices import store_receipts
from dianmai.notices.streams import receipts_stream
from dianmai.wire.notices import DueBody

DEADLINE = "notices.deadline"


async def record_deadline(tx: Transaction, key: str, due: datetime, _: bytes) -> None:
    """Appends `notice.due` with the counts of this moment. The timer is claimed and deleted in this transaction."""
    notice = int(key)
    await store_receipts.lock_counts(tx.db, [notice])
    counts = await store_receipts.counts(tx.db, notice)
    body = DueBody(notice=notice, deadline=millis(due), counts=counts.cumulative())
    tx.append(Draft(receipts_stream(notice), "notice.due", body, nonce=f"{DEADLINE}:{notice}"))


jobs = [Job(DEADLINE, record_deadline)]
