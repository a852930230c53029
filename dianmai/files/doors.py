"""The doors of the files; see `uploading` and `downloading`."""

from collections.abc import Sequence

from dianmai.core.doors import Door
from dianmai.files.storage import Storage


def doors(storage: Storage) -> Sequence[Door]:
    """POST /files?name=… and GET /files/{file}, on this storage."""
    return []
