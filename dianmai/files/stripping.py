"""Takes out of a picture what its maker does not see: place, device, time, comments. Pixels stay as they are."""

import struct
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_HIDDEN = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
_WEBP_HIDDEN = {b"EXIF", b"XMP "}
_JPEG_KEPT = {0xE0, 0xE2, 0xEE}  # JFIF, colour profile, Adobe's colour transform


def stripped(content: bytes) -> bytes:
    """The picture without hidden data. Raises ValueError when it is cut off."""
    if content.startswith(_PNG):
        return _PNG + b"".join(_png_chunks(content))
    if content.startswith(b"\xff\xd8"):
        return b"\xff\xd8" + b"".join(_jpeg_segments(content))
    if content[:4] == b"RIFF":
        return _webp(content)
    return content


def _png_chunks(content: bytes) -> Iterator[bytes]:
    place = len(_PNG)
    while True:
        size, kind = struct.unpack_from("!I4s", content, place)
        end = place + 12 + size
        if end > len(content):
            raise ValueError("cut off")
        if kind not in _PNG_HIDDEN:
            yield content[place:end]
        if kind == b"IEND":
            return
        place = end


def _jpeg_segments(content: bytes) -> Iterator[bytes]:
    place = 2
    while True:
        if content[place] != 0xFF:
            raise ValueError("no marker")
        kind = content[place + 1]
        if kind == 0xFF:
            place += 1
            continue
        if kind == 0xDA:
            yield content[place:]
            return
        end = place + 2 + struct.unpack_from("!H", content, place + 2)[0]
        hidden = (0xE0 <= kind <= 0xEF and kind not in _JPEG_KEPT) or kind == 0xFE
        if not hidden:
            yield content[place:end]
        place = end


def _webp(content: bytes) -> bytes:
    chunks: list[bytes] = []
    place = 12
    while place + 8 <= len(content):
        kind, size = struct.unpack_from("<4sI", content, place)
        end = place + 8 + size + (size & 1)
        chunk = content[place:end]
        if kind == b"VP8X":
            # The flags that announce EXIF and XMP.
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
        if kind not in _WEBP_HIDDEN:
            chunks.append(chunk)
        place = end
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body
