"""A process of its own that opens an uploaded picture, under limits: nothing it may do harms the server.

`python picture_child.py IN OUT` writes the picture without its hidden data (place, device, time) to OUT
and says in one line of JSON what it found, or the code of the refusal. `… IN OUT SIDE` draws a small copy instead, at
most so many pixels wide and high.
"""

import json
import resource
import sys
from pathlib import Path

# Run by its path and not as part of the package: that would load the whole server into every child.
from stripping import stripped  # pyright: ignore[reportMissingImports, reportUnknownVariableType] - beside us

MOST_PIXELS = 24_000_000
MOST_FRAMES = 200
MEMORY_BYTES = 768 * 1024 * 1024
CPU_S = 8


def main() -> None:
    """Limits itself, then looks."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        said = _look(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, IndexError, KeyError):
        said = {"code": "corrupt_image"}
    print(json.dumps(said))


def _look(source: Path, target: Path, side: int | None) -> dict[str, object]:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    content = source.read_bytes()
    with Image.open(source, formats=("PNG", "JPEG", "WEBP", "GIF")) as picture:
        width, height = picture.size
        if width * height > MOST_PIXELS or _too_many_frames(picture):
            return {"code": "image_too_large", "limit": MOST_PIXELS}
        picture.seek(0)
        orientation = picture.getexif().get(0x0112, 1)
        picture.load()
        if side is not None:
            small = ImageOps.exif_transpose(picture).convert("RGBA" if _has_alpha(picture) else "RGB")
            small.thumbnail((side, side))
            width, height = small.size
            small.save(target, "WEBP", quality=80, exif=b"")
        elif picture.format == "JPEG" and orientation not in (0, 1):
            upright = ImageOps.exif_transpose(picture)
            width, height = upright.size
            upright.save(target, "JPEG", quality=90, exif=b"", icc_profile=picture.info.get("icc_profile"))
        else:
            target.write_bytes(stripped(content))
    return {"width": width, "height": height}


def _has_alpha(picture: object) -> bool:
    return bool(picture.has_transparency_data)  # type: ignore[attr-defined] - Pillow's image, imported late


def _too_many_frames(picture: object) -> bool:
    try:
        picture.seek(MOST_FRAMES)  # type: ignore[attr-defined] - Pillow's image, imported late
    except EOFError:
        return False
    return True


if __name__ == "__main__":
    main()
