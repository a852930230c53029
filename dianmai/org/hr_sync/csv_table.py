"""CSV as HR systems and spreadsheet programs really write it: any encoding, any separator, any line ends."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Final

from dianmai.org.hr_sync.layout import columns_known
from dianmai.org.hr_sync.table import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Row, Table, refused

SEPARATORS: Final = ",;\t，|"
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_csv(content: bytes) -> Table:
    """The rows of a CSV file. Refuses what cannot be read for certain rather than guessing a name wrong."""
    text = _decoded(content)
    rows: list[Row] = []
    unfinished = False
    for number, cells in _split(text):
        if not any(cells):
            continue
        if len(cells) > MOST_COLUMNS:
            raise refused("too_many_columns")
        if len(rows) > MOST_ROWS:
            raise refused("too_many_rows")
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise refused("cell_too_long")
        unfinished = bool(rows) and len(cells) < len(rows[0].cells)
        rows.append(Row(number, list(cells)))
    if unfinished and not text.endswith(("\n", "\r")):
        raise refused("file_truncated")
    return Table(rows=rows)


def _decoded(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding)
    for encoding, side in (("utf-16-le", 1), ("utf-16-be", 0)):
        if content[side:200:2].count(0) > len(content[side:200:2]) // 3:
            return _strictly(content, encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and columns_known(_header(content[: error.start].decode("utf-8"))):
            raise refused("file_truncated") from None
    # GBK takes nearly any bytes: only a header it makes sense of proves it. GB 18030 is its superset.
    for cut in (0, 1):
        try:
            text = content[: len(content) - cut].decode("gb18030")
        except UnicodeDecodeError:
            continue
        if columns_known(_header(text)) and not any("\ue000" <= ch <= "\uf8ff" for ch in text):
            if cut:
                raise refused("file_truncated")
            return text
    raise refused("encoding_unknown")


def _strictly(content: bytes, encoding: str) -> str:
    if encoding != "utf-8" and len(content) % 2:
        raise refused("file_truncated")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise refused("file_truncated" if error.end >= len(content) else "encoding_unknown") from None


def _split(text: str) -> Iterator[tuple[int, list[str]]]:
    separator = max(SEPARATORS, key=lambda mark: columns_known(_header(text, mark)))
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True)
    start = 1
    try:
        for cells in reader:
            yield start, [cell.strip() for cell in cells]
            start = reader.line_num + 1
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise refused("file_truncated") from None
        raise refused("cell_too_long" if "limit" in str(error) else "bad_quoting") from None


def _header(text: str, separator: str | None = None) -> list[str]:
    """The first line that is not blank, split roughly: only to see whether it makes sense."""
    start = text[:20_000].lstrip("\ufeff \t\r\n,;")
    first = start.splitlines()[0] if start else ""
    if separator is None:
        return max((_header(text, mark) for mark in SEPARATORS), key=columns_known)
    return [cell.strip(' "') for cell in first.split(separator)]
