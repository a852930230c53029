"""Reads the text of one document in a process of its own; started as a script, imports nothing of Dianmai.

`python text_child.py EXTENSION LIMIT`: document on stdin, its text on stdout, at most LIMIT characters. A document is
untrusted: it may unfold into gigabytes or never end. Here the kernel's limits hold, and whatever happens, only this
process ends; what was read until then counts.
"""

import io
import os
import re
import resource
import sys
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from xml.parsers import expat

MEMORY = 512 * 2**20
PROCESSOR_S = 10
MOST_UNPACKED = 64 * 2**20
MOST_PARTS = 2_000
CHUNK = 64 * 2**10
_SPACES = re.compile(r"\s+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\x00-\x08\x0e-\x1f\x7f]+")


def main() -> None:
    """Says the text."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    left = int(sys.argv[2])
    try:
        for piece in _READERS[sys.argv[1]](sys.stdin.buffer.read()):
            text = _SPACES.sub(" ", unicodedata.normalize("NFKC", _UNSEEN.sub("", piece))).strip()
            if text:
                said = (text + "\n")[:left].encode("utf-8", "ignore")
                sys.stdout.buffer.write(said)
                sys.stdout.buffer.flush()
                left -= len(text) + 1
            if left <= 0:
                break
    except Exception:  # whatever a hostile file provokes is one answer: there is no more text
        sys.exit(3)


def _pdf(content: bytes) -> Iterator[str]:
    from pypdf import PdfReader

    for page in PdfReader(io.BytesIO(content)).pages:
        yield page.extract_text()


def _docx(content: bytes) -> Iterator[str]:
    names = r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml"
    return _office(content, names, text="t", ends=("p", "br", "tab"))


def _pptx(content: bytes) -> Iterator[str]:
    return _office(content, r"ppt/(slides/slide|notesSlides/notesSlide)\d+\.xml", text="t", ends=("p", "br"))


def _table(content: bytes) -> Iterator[str]:
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        for name in book.sheet_names:
            yield name
            for row in book.get_sheet_by_name(name).iter_rows():
                yield " ".join(str(cell) for cell in row if cell != "")


def _text(content: bytes) -> Iterator[str]:
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030"):
        try:
            yield from content.decode(encoding).splitlines()
        except UnicodeDecodeError:
            continue
        return


def _office(content: bytes, names: str, text: str, ends: tuple[str, ...]) -> Iterator[str]:
    """The text of an Office document's parts in the order of their numbers, a paragraph at a time."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        parts = [entry for entry in container.infolist() if re.fullmatch(names, entry.filename)]
        for entry in sorted(parts, key=_place)[:MOST_PARTS]:
            yield from _paragraphs(_unpacked(container, entry), text, ends)


def _place(entry: zipfile.ZipInfo) -> tuple[bool, int, str]:
    number = re.search(r"(\d+)\.xml$", entry.filename)
    return "notes" in entry.filename, int(number[1]) if number else 0, entry.filename


def _unpacked(container: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    unpacked = 0
    with container.open(entry) as unpacking:
        while chunk := unpacking.read(CHUNK):
            unpacked += len(chunk)
            if unpacked > MOST_UNPACKED:
                return
            yield chunk


def _paragraphs(chunks: Iterable[bytes], text: str, ends: tuple[str, ...]) -> Iterator[str]:
    said: list[str] = []
    whole: list[str] = []
    inside = 0

    def begin(name: str, _: object) -> None:
        nonlocal inside
        inside += name.rpartition(":")[2] == text

    def end(name: str) -> None:
        nonlocal inside
        local = name.rpartition(":")[2]
        inside -= local == text
        if local in ends:
            whole.append("".join(said))
            said.clear()

    def say(words: str) -> None:
        if inside:
            said.append(words)

    def refuse(*_: object) -> None:
        raise ValueError("documents of Office declare no entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, say
    parser.StartDoctypeDeclHandler = refuse
    for chunk in chunks:
        parser.Parse(chunk, False)
        yield from whole
        whole.clear()
    yield "".join(said)


_READERS = {
    "pdf": _pdf,
    "docx": _docx,
    "pptx": _pptx,
    **dict.fromkeys(("xlsx", "xlsm", "xls", "ods"), _table),
    **dict.fromkeys(("txt", "csv", "md"), _text),
}


if __name__ == "__main__":
    main()
