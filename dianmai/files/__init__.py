"""Files: uploaded first, then held by the entry of a message or notice; whoever sees that entry may read them.

What nothing holds is removed after a day. Small ones come whole (`uploading.py`), large ones in parts (`resuming.py`).

No address of a file works for anybody by itself: each reading is decided anew. What parses uploaded bytes runs in a
child process. Features call `refs` when they decide and `hold` in the transaction that appends.
"""

from dianmai.files.doors import doors
from dianmai.files.holding import Readers, held_by, hold, hold_all, hold_unlisted, let_go, may_read, refs
from dianmai.files.inert import require_inert
from dianmai.files.naming import cleaned, disposition
from dianmai.files.small_copies import keep_small
from dianmai.files.storage import Storage, read_bytes
from dianmai.files.store import Holding
from dianmai.files.tidying import jobs

__all__ = [
    "Holding",
    "Readers",
    "Storage",
    "cleaned",
    "disposition",
    "doors",
    "held_by",
    "hold",
    "hold_all",
    "hold_unlisted",
    "jobs",
    "keep_small",
    "let_go",
    "may_read",
    "read_bytes",
    "refs",
    "require_inert",
]
