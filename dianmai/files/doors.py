"""The doors of the files."""

from collections.abc import Sequence
from functools import partial

from dianmai.core.doors import Door
from dianmai.files.downloading import download
from dianmai.files.holding import Readers
from dianmai.files.storage import Storage
from dianmai.files.uploading import LARGEST, upload


def doors(storage: Storage, readers: Readers) -> Sequence[Door]:
    """POST /files?name=… and GET /files/{file}, on this storage; `readers` are let in by the features."""
    return [
        Door("POST", "/files", partial(upload, storage), max_bytes=LARGEST),
        Door("GET", "/files/{file}", partial(download, storage, readers)),
    ]
