"""How large the loads are: the same for both sides."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    online: int = 300
    senders: int = 4
    pairs: int = 100
    sessions: int = 4_000
    missed: int = 20
    at_once: int = 64  # in the middle of signing in
    idle: int = 2_000
    signing_in: int = 4  # with a password, at a time
    settle_s: float = 8.0  # what a server needs only to start, it has given back by then
    rest_s: float = 4.0
    warm_s: float = 2.0
    seconds: float = 5.0
