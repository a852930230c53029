"""Giving out a file: decided anew for every request, never as something that could run in our name."""

import re

from dianmai.core.doors import Knock, Reply
from dianmai.core.operations import Act
from dianmai.files import holding, naming
from dianmai.files.holding import Readers
from dianmai.files.storage import Storage

SHOWN = ("picture", "video", "voice")
"""What a page of ours shows or plays; its media type is one of a few that can do nothing else."""

_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$", re.ASCII)


async def download(storage: Storage, readers: Readers, act: Act, knock: Knock) -> Reply:
    """GET /files/{file}: the bytes, whole or a range of them. Refuses `not_found` unless the person may read it now."""
    file = await holding.may_read_through(act, knock.path["file"], readers)
    picture = file.kind == "picture"
    etag = f'"{file.sha256.hex()}"'
    headers = {
        "content-disposition": naming.disposition(file.name, inline=picture),
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, no-cache",
        "etag": etag,
        "accept-ranges": "bytes",
    }
    media_type = file.media_type if file.kind in SHOWN else "application/octet-stream"
    if knock.headers.get("if-none-match") == etag:
        return Reply(b"", media_type, 304, headers)
    part = _part(knock.headers.get("range", ""), file.size)
    if part is None:
        headers["content-length"] = str(file.size)
        return Reply(storage.part(file.id, 0, file.size), media_type, 200, headers)
    start, end = part
    if start >= end:
        return Reply(b"", media_type, 416, {**headers, "content-range": f"bytes */{file.size}"})
    headers |= {"content-range": f"bytes {start}-{end - 1}/{file.size}", "content-length": str(end - start)}
    return Reply(storage.part(file.id, start, end), media_type, 206, headers)


def _part(header: str, size: int) -> tuple[int, int] | None:
    """The one range asked for, as start and end; None for the whole file (also when several are asked for)."""
    asked = _RANGE.match(header)
    if asked is None or asked.groups() == ("", ""):
        return None
    first, last = asked.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
