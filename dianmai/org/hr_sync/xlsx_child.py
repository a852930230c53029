"""Reads one xlsx workbook in a process of its own; started by `reading.py` as a script, imports nothing of Dianmai.

A workbook is untrusted: a few kilobytes may unfold into gigabytes. Here the kernel's limits hold, and whatever
happens, only this process ends. Workbook on stdin; on stdout one JSON line a row `[row number, cell, …]`, the last
line `{"sheets": n}`. A cell is text, a number or `{"d": "2026-03-01"}`. A refusal is the only line:
`{"refused": code}`.
"""

import datetime
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence

MEMORY = 256 * 2**20
PROCESSOR_S = 5
MOST_ENTRIES = 2_000
MOST_UNPACKED = 128 * 2**20
MOST_RATIO = 100
SMALL = 4 * 2**20  # below this a high ratio harms nobody: empty columns pack very well
MOST_ROWS = 50_000
MOST_ROW_TAGS = 200_000
MOST_COLUMNS = 200
LONGEST_CELL = 2_000
MOST_OUTPUT = 96 * 2**20
CHUNK = 256 * 2**10


class RefusedError(Exception):
    """The workbook cannot be taken; the argument is the error code."""


def main() -> None:
    """Says the rows, or why not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    try:
        _write(sys.stdin.buffer.read())
    except RefusedError as refusal:
        _say({"refused": refusal.args[0]})
    except zipfile.BadZipFile as error:
        missing_end = "not a zip file" in str(error)
        _say({"refused": "file_truncated" if missing_end else "unsafe_file"})
    except Exception:  # whatever a hostile file provokes is one answer: the file cannot be taken
        _say({"refused": "unsafe_file"})


def _write(content: bytes) -> None:
    _check_container(content)
    sheets = 0
    for sheet in _sheets(content):
        sheets += 1
        if sheets == 1:
            sys.stdout.write("".join(sheet))
    _say({"sheets": sheets})


def _check_container(content: bytes) -> None:
    """Unpacks everything once, counting, before any parser sees it: what the headers promise is not believed."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        names = {entry.filename for entry in container.infolist()}
        if len(container.infolist()) > MOST_ENTRIES or any(name.lower().endswith("vbaproject.bin") for name in names):
            raise RefusedError("unsafe_file")
        if any(entry.flag_bits & 1 for entry in container.infolist()):
            raise RefusedError("encrypted_file")
        if "xl/workbook.xml" not in names:
            raise RefusedError("unsupported_format")
        unpacked = 0
        for entry in container.infolist():
            rows = 0
            tail = b""
            with container.open(entry) as unpacking:
                while chunk := unpacking.read(CHUNK):
                    unpacked += len(chunk)
                    seen = tail + chunk.replace(b"\0", b"")
                    if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                        raise RefusedError("unsafe_file")
                    rows += seen.count(b"<row ")
                    tail = seen[-16:]  # a word cut by the chunk's end is seen with the next one
                    if rows > MOST_ROW_TAGS:
                        raise RefusedError("too_many_rows")
                    if unpacked > MOST_UNPACKED or unpacked > max(SMALL, MOST_RATIO * len(content)):
                        raise RefusedError("unsafe_file")


def _sheets(content: bytes) -> Iterator[list[str]]:
    """The lines of each visible sheet that has any content."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        for about in book.sheets_metadata:
            if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
                continue
            sheet = book.get_sheet_by_name(about.name)
            if sheet.start is None:
                continue
            if sheet.width > MOST_COLUMNS:
                raise RefusedError("too_many_columns")
            yield _lines(sheet.iter_rows())


def _lines(rows: Iterator[Sequence[object]]) -> list[str]:
    lines: list[str] = []
    written = 0
    for number, row in enumerate(rows, start=1):
        cells = [_cell(value) for value in row]
        while cells and cells[-1] == "":
            cells.pop()
        if not cells:
            continue
        lines.append(json.dumps([number, *cells], ensure_ascii=False) + "\n")
        written += len(lines[-1])
        if len(lines) > MOST_ROWS + 1:
            raise RefusedError("too_many_rows")
        if written > MOST_OUTPUT:
            raise RefusedError("unsafe_file")
    return lines


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime):
        return {"d": value.date().isoformat()}
    if isinstance(value, datetime.date):
        return {"d": value.isoformat()}
    if isinstance(value, int | float):
        return value
    if len(text := str(value)) > LONGEST_CELL:
        raise RefusedError("cell_too_long")
    return text


def _say(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
