"""How much a socket may send, how often it may be wrong, and how long it may take over its goodbye."""

from typing import Final

RATE: Final = 200.0
BURST: Final = 400.0
TROUBLES: Final = 20
TROUBLES_S: Final = 60.0
LINGER_S: Final = 2.0
MISCONDUCT: Final = frozenset({1002, 1003, 1007, 1008, 1009})
MISCONDUCT_LINGER_S: Final = 10.0


def linger_s(code: int) -> float:
    """Seconds from our goodbye to the cutting of the line.

    Who floods us reads last: a line that is cut while they still write takes the reason for it with it.
    """
    return MISCONDUCT_LINGER_S if code in MISCONDUCT else LINGER_S


class Patience:
    """One socket's allowance of frames (200 a second, 400 at once) and of mistakes (20 a minute)."""

    __slots__ = ("_allowance", "_at", "_troubles")

    def __init__(self, now: float) -> None:
        self._allowance = BURST
        self._at = now
        self._troubles: list[float] | None = None

    def frame(self, now: float) -> bool:
        """Counts a frame; False when there were too many."""
        self._allowance = min(BURST, self._allowance + (now - self._at) * RATE)
        self._at = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    def mistake(self, now: float) -> bool:
        """Counts a mistake; False when there were too many."""
        self._troubles = [t for t in self._troubles or () if now - t < TROUBLES_S]
        self._troubles.append(now)
        return len(self._troubles) <= TROUBLES
