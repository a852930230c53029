"""Reads what a page says of itself in a process of its own; started as a script, imports nothing of Dianmai.

`python page_child.py CHARSET URL`: page on stdin, one line of JSON on stdout. A page is written by anybody: whatever it
does to its reader, only this process ends.
"""

import json
import os
import re
import resource
import sys
from html.parser import HTMLParser
from urllib.parse import urljoin

MEMORY = 256 * 2**20
PROCESSOR_S = 2
MOST_READ = 512 * 1024
LONGEST = 2_000
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_WANTED = {
    "title": ("og:title", "twitter:title"),
    "description": ("og:description", "twitter:description", "description"),
    "site": ("og:site_name",),
    "picture": ("og:image:secure_url", "og:image:url", "og:image", "twitter:image"),
}


def main() -> None:
    """Says what the page says."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        said = read(sys.stdin.buffer.read(MOST_READ), sys.argv[1], sys.argv[2])
    except Exception:  # whatever a hostile page provokes is one answer: it says nothing
        sys.exit(3)
    print(json.dumps(said))


def read(content: bytes, charset: str, url: str) -> dict[str, str]:
    """Title, description, site and the picture's address, as far as the page names them."""
    head = _Head()
    head.feed(_decoded(content, charset))
    said: dict[str, str] = {}
    for name, sources in _WANTED.items():
        said[name] = next((head.metas[source] for source in sources if head.metas.get(source)), "")
    said["title"] = said["title"] or "".join(head.title)[:LONGEST]
    if said["picture"]:
        try:
            said["picture"] = urljoin(url, said["picture"])
        except ValueError:
            said["picture"] = ""
    return {name: text.encode("utf-8", "ignore").decode() for name, text in said.items()}


def _decoded(content: bytes, charset: str) -> str:
    named = _META_CHARSET.search(content[:4096])
    for name in (charset, named[1].decode() if named else "", "utf-8-sig"):
        try:
            # What is called gb2312 is written with characters that only its successor knows.
            return content.decode("gb18030" if name.lower() in ("gb2312", "gbk") else name or "utf-8-sig")
        except (LookupError, UnicodeError):
            continue
    # Cut off in the middle of a character, or called something it is not.
    utf_8 = content.decode("utf-8", "replace")
    return utf_8 if utf_8.count("\ufffd") <= 1 + len(utf_8) // 100 else content.decode("gb18030", "replace")


class _Head(HTMLParser):
    """What stands in a page's head; its body is nobody's business."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.metas: dict[str, str] = {}
        self.title: list[str] = []
        self._in_title = False
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = tag == "title" and not self.title
        if tag == "body":
            self._over = True
        if tag != "meta" or self._over:
            return
        given = {name: value or "" for name, value in attrs}
        name = (given.get("property") or given.get("name") or "").strip().lower()
        if name and given.get("content"):
            self.metas.setdefault(name, given["content"][:LONGEST])

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title and not self._over:
            self.title.append(data)


if __name__ == "__main__":
    main()
