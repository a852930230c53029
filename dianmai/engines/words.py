"""How the end of a process is said to an operator."""

import signal


def ending(status: int) -> str:
    """An exit status in words; negative ones are signals."""
    return f"exit status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"
