"""What happens because a date has come: positions begin, last days have passed. A timer looks every half hour.

Each unit's own time zone decides when its day turns.
"""

from datetime import datetime, timedelta
from typing import Final

from dianmai.core.jobs import Job, schedule
from dianmai.core.journal import Draft
from dianmai.core.transactions import Transaction
from dianmai.org import store, turning_store
from dianmai.org.hr_sync.store import lock_organisation
from dianmai.org.leaving import leave
from dianmai.wire.org import OrgChanged

KIND: Final = "org.date_turned"
EVERY: Final = timedelta(minutes=30)


async def schedule_turn(tx: Transaction, now: datetime) -> None:
    """Sets the timer for the next full half hour."""
    start_of_hour = now.replace(minute=0, second=0, microsecond=0)
    steps = (now - start_of_hour) // EVERY + 1
    await schedule(tx, KIND, "company", start_of_hour + steps * EVERY)


async def _turn(tx: Transaction, key: str, due: datetime, body: bytes) -> None:
    now = max(due, tx.now)
    await schedule_turn(tx, now)
    await lock_organisation(tx.db)
    begun = await turning_store.begin_holdings(tx.db, now)
    gone = await turning_store.past_last_day(tx.db, now)
    if not begun and not gone:
        return
    await leave(tx, [person for person, _ in gone], max((day for _, day in gone), default=now.date()))
    await store.count_units(tx.db)
    people = sorted({*begun, *(person for person, _ in gone)})
    tx.append(Draft("org", "org.changed", OrgChanged(people=people, units=[], cause="date_turned")))


job = Job(KIND, _turn)
