"""From an uploaded file's bytes to its rows, without ever trusting them."""

import asyncio
import sys
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from dianmai.core.errors import Unavailable
from dianmai.org.hr_sync.csv_table import read_csv
from dianmai.org.hr_sync.table import MOST_BYTES, MOST_ROWS, Cell, Row, Table, refused

READING_TIME_S: Final = 15.0
_CHILD: Final = Path(__file__).with_name("xlsx_child.py")
_ZIP: Final = b"PK\x03\x04"
_OLD_OFFICE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_ONE_AT_A_TIME = asyncio.Semaphore(1)


async def read(content: bytes) -> Table:
    """The rows of an HR file: xlsx or CSV, told apart by content, not by name.

    At most 20 MiB and 50,000 rows. Refusals: `file_too_large`, `too_many_rows`, `too_many_columns`, `cell_too_long`,
    `empty_table`, `file_truncated`, `unsafe_file`, `encrypted_file`, `unsupported_format`, `encoding_unknown`.
    """
    if len(content) > MOST_BYTES:
        raise refused("file_too_large")
    if not content.strip(b"\0\t\r\n ,;"):
        raise refused("empty_table")
    if content.startswith(_OLD_OFFICE):
        raise refused("encrypted_file" if _ENCRYPTED in content else "unsupported_format")
    if content.startswith(_ZIP):
        # One workbook at a time: each may take 256 MiB.
        async with _ONE_AT_A_TIME:
            table = await _read_workbook(content)
    elif content.startswith((b"%PDF", b"<", b"\x89PNG", b"{\\rtf", b"\xff\xd8\xff")):
        raise refused("unsupported_format")
    else:
        table = await asyncio.to_thread(read_csv, content)
    if len(table.rows) - 1 > MOST_ROWS:
        raise refused("too_many_rows")
    return table


async def _read_workbook(content: bytes) -> Table:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_CHILD),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await asyncio.wait_for(child.communicate(content), READING_TIME_S)
    except TimeoutError:
        raise Unavailable("reader_busy") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    lines = said.splitlines()
    if child.returncode != 0 or not lines:
        raise refused("unsafe_file")  # the kernel ended it: it wanted more memory or time than any roster needs
    return await asyncio.to_thread(_table, lines)


def _table(lines: list[bytes]) -> Table:
    last = msgspec.json.decode(lines[-1])
    if "refused" in last:
        raise refused(str(last["refused"]))
    rows = [_ROW.decode(line) for line in lines[:-1]]
    if not rows:
        raise refused("empty_table")
    return Table(
        # A line is the row's number and then its cells.
        rows=[Row(number, [_cell(cell) for cell in cells]) for number, *cells in rows],  # pyright: ignore[reportArgumentType]
        other_sheets=last["sheets"] - 1,
    )


def _cell(value: str | float | dict[str, str]) -> Cell:
    if isinstance(value, dict):
        return date.fromisoformat(value["d"])
    return value.strip() if isinstance(value, str) else value


_ROW: Final = msgspec.json.Decoder(list[int | float | str | dict[str, str]])
