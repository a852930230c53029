"""Everything that leaves the server for the outside goes through here: one client, asked for one address at a time.

It finds the name's addresses itself, looks at every one of them (`addresses.py`), connects to what it has looked at and
to nothing else, and does so anew for each redirect. Who asks says how many bytes, seconds and which types it can use.
What lies inside is out of reach, unless the installation's settings allow it (`egress_allow`).
"""

from dianmai.egress.allowing import Allowed, allowed, no_exception
from dianmai.egress.fetching import Egress, Failed, Fetched, Wanted
from dianmai.egress.places import Blocked, Place, place_of

__all__ = [
    "Allowed",
    "Blocked",
    "Egress",
    "Failed",
    "Fetched",
    "Place",
    "Wanted",
    "allowed",
    "no_exception",
    "place_of",
]
