"""What stands behind the first link of a message, looked up by the server where the company wants it (`link_previews`).

A follower sees the link, a timer fetches (`fetching.py`, through `dianmai/egress` alone) and says what it found in a
later entry, `chat.previewed`. What was found is kept for some hours: many who send the same link cost one look.
Nobody's browser ever asks the outside for anything.
"""

from dianmai.chat.previews.fetching import Looking
from dianmai.chat.previews.following import folds, follower
from dianmai.chat.previews.showing import jobs

__all__ = ["Looking", "folds", "follower", "jobs"]
