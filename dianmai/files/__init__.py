"""Files: uploaded first, then held by the stream of a message or notice; whoever hears that stream may read them.

No address of a file works for anybody by itself: each reading is decided anew. What parses uploaded bytes runs in a
child process. Features call `refs` when they decide and `hold` in the transaction that appends.
"""

from dianmai.files.doors import doors
from dianmai.files.holding import hold, may_read, refs
from dianmai.files.storage import Storage, read_bytes

__all__ = ["Storage", "doors", "hold", "may_read", "read_bytes", "refs"]
