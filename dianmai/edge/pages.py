"""Serves the built web client out of memory, packed once. Hashed files are kept by browsers for a year."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from dianmai.core.errors import NotFound

STATIC = Path(__file__).parent / "static"
WORTH_PACKING = 1024

_TEXT = ("text/", "application/javascript", "application/json", "application/manifest+json", "image/svg+xml")
_HASHED = re.compile(r"-[A-Za-z0-9_-]{8,}\.\w+$")
_NOT_OURS = ("api/", "files/", "health/", "metrics", "socket")


@dataclass(frozen=True, slots=True)
class _Page:
    body: bytes
    packed: bytes | None
    media_type: str
    etag: str
    lasting: bool


class Pages:
    """The files of the web client, read when they change on the disk."""

    def __init__(self, directory: Path = STATIC) -> None:
        self._directory = directory
        self._pages: dict[str, _Page] = {}
        self._built_at: int | None = None

    def answer(self, request: Request) -> Response:
        """A file of the client; its first page for every address inside the app."""
        path = request.url.path.removeprefix("/")
        self._refresh()
        page = self._pages.get(path)
        if page is None:
            if path.startswith(_NOT_OURS) or "." in path.rpartition("/")[2]:
                raise NotFound("not_found")
            page = self._pages.get("index.html")
        if page is None:
            return Response(_NOT_BUILT, 503, {"cache-control": "no-store"}, "text/html")
        return _response(request, page)

    def _refresh(self) -> None:
        try:
            built_at = (self._directory / "index.html").stat().st_mtime_ns
        except OSError:
            built_at = None
        if built_at != self._built_at:
            files = [f for f in self._directory.rglob("*") if f.is_file()] if built_at is not None else []
            self._pages = {f.relative_to(self._directory).as_posix(): _read(f) for f in files}
            self._built_at = built_at


def _read(file: Path) -> _Page:
    body = file.read_bytes()
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if file.suffix == ".webmanifest":
        media_type = "application/manifest+json"
    packed = None
    if media_type.startswith(_TEXT) and len(body) > WORTH_PACKING:
        packed = gzip.compress(body, 9, mtime=0)
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    return _Page(body, packed, media_type, etag, "assets" in file.parts and bool(_HASHED.search(file.name)))


def _response(request: Request, page: _Page) -> Response:
    headers = {
        "cache-control": "public, max-age=31536000, immutable" if page.lasting else "no-cache",
        "etag": page.etag,
        "vary": "accept-encoding",
    }
    if request.headers.get("if-none-match") == page.etag:
        return Response(b"", 304, headers)
    body = page.body
    if page.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = page.packed
        headers["content-encoding"] = "gzip"
    return Response(body, 200, headers, page.media_type)


_NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>店脉</title>
<body style="font: 18px/1.6 sans-serif; max-width: 40em; margin: 15vh auto; padding: 0 1em">
<h1>网页端尚未构建</h1><p>服务器已在运行。请在源码目录执行 <code>cd web && npm ci && npm run build</code>，
然后刷新本页。</p>
<h1>The web client is not built yet</h1><p>The server is running. In the checkout run
<code>cd web &amp;&amp; npm ci &amp;&amp; npm run build</code>, then reload this page.</p></body></html>""".encode()
