"""What was uploaded and never sent is removed after a day, what was never finished after three: facts and bytes."""

from datetime import datetime, timedelta
from functools import partial

import structlog

from dianmai.core.jobs import Job, schedule
from dianmai.core.transactions import Transaction
from dianmai.files import store, store_uploads
from dianmai.files.storage import Storage

log = structlog.get_logger()

TIDY = "files.tidy"
EVERY = timedelta(hours=1)
AT_ONCE = 200


async def tidy(storage: Storage, tx: Transaction, key: str, _due: datetime, _body: bytes) -> None:
    """Removes what nothing has held or continued, and comes again; at once when there was more than it takes.

    The bytes go first: when the transaction does not commit, they are looked for again and found gone.
    """
    taken = await store.take_unheld(tx.db, AT_ONCE)
    for file in taken:
        try:
            await storage.remove(file)
        except OSError:
            # Bytes that stay behind are harmless; a timer that fails for good would let everything stay behind.
            log.exception("bytes of a file could not be removed", file=file)
    expired = await store_uploads.take_expired(tx.db, AT_ONCE)
    for upload in expired:
        storage.gathered(upload).unlink(missing_ok=True)
    full = AT_ONCE in (len(taken), len(expired))
    await schedule(tx, TIDY, key, tx.now if full else tx.now + EVERY)


def jobs(storage: Storage) -> list[Job]:
    """The timers of the files, on this storage."""
    return [Job(TIDY, partial(tidy, storage))]
