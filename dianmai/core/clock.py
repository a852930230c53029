"""Times. The database's clock is the only one that counts; this is only how times are written."""

from datetime import UTC, datetime
from functools import lru_cache

from dianmai.wire.base import Millis


@lru_cache(maxsize=256)  # all entries of a commit share one moment
def millis(at: datetime) -> Millis:
    """An aware datetime as milliseconds since 1970-01-01 UTC."""
    return round(at.timestamp() * 1000)


def moment(at: Millis) -> datetime:
    """The aware datetime of milliseconds since 1970-01-01 UTC."""
    return datetime.fromtimestamp(at / 1000, UTC)
