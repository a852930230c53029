"""Leaving: from the commit on, nothing of a leaver's is accepted anywhere; what they wrote stays the company's."""

from collections.abc import Sequence
from datetime import date

from dianmai.core.access import end_access
from dianmai.core.transactions import Transaction
from dianmai.org import finding_store
from dianmai.org.hr_sync import store


async def leave(tx: Transaction, people: Sequence[int], today: date) -> None:
    """Ends the positions and the access of these people. The caller tells followers (`org.changed`)."""
    if not people:
        return
    await store.note_leavers(tx.db, people, today)
    await finding_store.set_person_words(tx.db, dict.fromkeys(people, ""))
    await end_access(tx, people)
