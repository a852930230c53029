"""What the doctor says of one thing."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    level: Literal["ok", "warn", "bad"]
    """`ok`; `warn`: works, but not as well as it should; `bad`: will not work, or could lose data."""

    meaning: str
    action: str = ""
    """What to do about it; empty when nothing is to be done."""
