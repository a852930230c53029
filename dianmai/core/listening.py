"""Who is told what is committed: what this process commits, and what it hears of others' commits."""

from collections.abc import Callable, Sequence

import structlog

from dianmai.core.journal import Committed

log = structlog.get_logger()

Listener = Callable[[Sequence[Committed]], None]


class Listeners:
    """Those who listen to one engine. They must be quick and must not fail."""

    def __init__(self) -> None:
        self._here: list[Listener] = []
        self._everywhere: list[Listener] = []

    def add(self, listener: Listener, *, elsewhere: bool = False) -> None:
        """Adds someone to be told what this process commits, and with `elsewhere` what it hears of others' commits:
        doubled, late or never."""
        self._here.append(listener)
        if elsewhere:
            self._everywhere.append(listener)

    def committed(self, committed: Sequence[Committed]) -> None:
        """Tells what this process has committed."""
        if committed:
            _tell(self._here, committed)

    def heard(self, committed: Sequence[Committed]) -> None:
        """Tells what another process has committed."""
        _tell(self._everywhere, committed)


def _tell(listeners: Sequence[Listener], committed: Sequence[Committed]) -> None:
    for listener in listeners:
        try:
            listener(committed)
        except Exception:
            # What is committed stays committed: a listener that fails must not stop the next commit.
            log.exception("listener failed")
