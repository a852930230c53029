"""Files: uploaded first, then held by a message or notice."""

from typing import Literal

from dianmai.wire.base import Told

FileKind = Literal["picture", "file"]


class FileRef(Told, frozen=True):
    """A stored file. Pictures carry their size in pixels so that the client can reserve room."""

    id: str
    name: str
    kind: FileKind
    media_type: str
    size: int  # bytes
    width: int | None = None
    height: int | None = None


class Uploaded(Told, frozen=True):
    file: FileRef
