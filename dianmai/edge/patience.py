"""How much a socket may send, and how often it may be wrong."""

from typing import Final

RATE: Final = 200.0
BURST: Final = 400.0
TROUBLES: Final = 20
TROUBLES_S: Final = 60.0


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
