"""Files: uploaded first, whole or in parts, then held by a message or notice."""

from typing import Annotated, Literal

import msgspec

from dianmai.wire.base import Ask, Count, Nonce, Told

FileKind = Literal["picture", "file", "video", "voice"]
FileIdText = Annotated[str, msgspec.Meta(min_length=8, max_length=64, pattern=r"^(?![^\n]*\n)[A-Za-z0-9_-]+$")]
Sha256Text = Annotated[str, msgspec.Meta(min_length=64, max_length=64, pattern=r"^[0-9a-fA-F]{64}$")]
# One bar each, as loud as its digit in base 36.
Wave = Annotated[str, msgspec.Meta(max_length=80, pattern=r"^(?![^\n]*\n)[0-9a-z]*$")]


class FileRef(Told, frozen=True):
    """A stored file. Pictures and films carry their size in pixels so that the client can reserve room."""

    id: str
    name: str
    kind: FileKind
    media_type: str
    size: int  # bytes
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None  # of films and voices, as the sender's device says
    wave: str | None = None  # of voices: one bar each, as loud as its digit in base 36
    poster: str | None = None  # of films: the file that is the picture to show before it plays
    original: str | None = None  # of pictures: the file that is the picture as it was taken


class Uploaded(Told, frozen=True):
    file: FileRef


class BeginUpload(Ask, frozen=True):
    """Body of `POST /uploads`: what is going to come. Begun again under the same nonce, it is the same upload."""

    nonce: Nonce
    name: Annotated[str, msgspec.Meta(max_length=1_000)]
    size: Count  # bytes
    media_type: Annotated[str, msgspec.Meta(max_length=200)] = ""
    sha256: Sha256Text | None = None  # of the whole, compared in the end
    kind: FileKind | None = None  # none: a picture where it is one, else a file; "file": kept as it is in every case
    width: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None  # of a film, as are the next
    height: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    duration_ms: Annotated[int, msgspec.Meta(ge=0, le=86_400_000)] | None = None
    wave: Wave | None = None
    poster: FileIdText | None = None
    original: FileIdText | None = None


class Upload(Told, frozen=True):
    """How far an upload has come: `got` bytes are safe, whatever happens to the server. The next part begins there."""

    id: str
    size: int
    got: Count
    part: int  # how many bytes the first part should have
    largest_part: int
