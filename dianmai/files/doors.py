"""The doors of the files."""

from collections.abc import Sequence
from functools import partial

from dianmai.core.doors import Door
from dianmai.files import resuming
from dianmai.files.downloading import download
from dianmai.files.holding import Readers
from dianmai.files.storage import Storage
from dianmai.files.uploading import LARGEST, upload


def doors(storage: Storage, readers: Readers) -> Sequence[Door]:
    """What comes in whole or in parts, and what goes out, on this storage; `readers` are let in by the features."""
    return [
        Door("POST", "/files", partial(upload, storage), max_bytes=LARGEST),
        Door("GET", "/files/{file}", partial(download, storage, readers)),
        Door("POST", "/uploads", partial(resuming.begin, storage), max_bytes=resuming.LARGEST_ASK, writes=True),
        Door("GET", "/uploads/{upload}", resuming.ask_how_far),
        Door("PUT", "/uploads/{upload}", partial(resuming.take_part, storage), max_bytes=resuming.LARGEST_PART),
        Door("DELETE", "/uploads/{upload}", partial(resuming.give_up, storage)),
        Door("POST", "/uploads/{upload}/file", partial(resuming.finish, storage)),
    ]
