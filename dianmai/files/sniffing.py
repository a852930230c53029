"""What a file is, by its first bytes; names and declared types are only compared with it."""

import mimetypes
from collections.abc import Callable
from typing import cast

import puremagic

from dianmai.core.errors import Invalid
from dianmai.files import words as words
from dianmai.files.inert import active_type
from dianmai.files.naming import extension

HEAD_BYTES = 8 * 1024
PICTURES = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jfif"),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
}
NO_FILMS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")  # pictures in the same kind of box
_by_content = cast("Callable[..., str]", puremagic.from_string)  # pyright: ignore[reportUnknownMemberType] - no types
_PICTURE_EXTENSIONS = {e for extensions in PICTURES.values() for e in extensions}


def picture_type(head: bytes) -> str | None:
    """The media type of one of the four kinds of picture we show; None for everything else."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def film_type(head: bytes, *, voice: bool) -> str | None:
    """The media type of a film or a voice that browsers play; None for everything else."""
    what = "audio" if voice else "video"
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return f"{what}/webm"
    if head[4:8] == b"ftyp" and head[8:12] not in NO_FILMS:
        return "video/quicktime" if head[8:12] == b"qt  " and not voice else f"{what}/mp4"
    if head.startswith(b"OggS") and voice:
        return "audio/ogg"
    return None


def media_type(head: bytes, name: str, declared: str) -> tuple[str, bool]:
    """The file's media type and whether it is a picture. Refuses what claims to be a picture and is none."""
    suffix = extension(name)
    found = picture_type(head)
    if found is not None and (suffix in _PICTURE_EXTENSIONS or not suffix):
        return found, True
    if found is None and (suffix in _PICTURE_EXTENSIONS or declared.partition(";")[0].strip() in PICTURES):
        raise Invalid("type_mismatch", field="name")
    return active_type(head) or _guessed(head, name), False


def _guessed(head: bytes, name: str) -> str:
    try:
        guessed = _by_content(head, mime=True, filename=name)
    except (puremagic.PureError, ValueError):
        guessed = ""
    return guessed or mimetypes.guess_type(name)[0] or "application/octet-stream"
