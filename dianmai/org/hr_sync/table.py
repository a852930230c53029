"""What both kinds of file are read into: rows of cells with their row numbers, and the refusals of unreadable files."""

from datetime import date
from typing import Final, NamedTuple

import msgspec

from dianmai.core.errors import Invalid, describe

Cell = str | float | date
"""Text as it stands; a number only where the file itself says number; a date only where it says date."""

MOST_BYTES: Final = 20 * 2**20
MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 200
LONGEST_CELL: Final = 2_000


class Row(NamedTuple):
    number: int  # as the spreadsheet program shows it
    cells: list[Cell]


class Table(msgspec.Struct, frozen=True):
    """A file's rows, header first; blank rows are gone. `other_sheets` were not read."""

    rows: list[Row]
    other_sheets: int = 0


def refused(code: str) -> Invalid:
    """The refusal of a whole file."""
    limits = {
        "file_too_large": MOST_BYTES,
        "too_many_rows": MOST_ROWS,
        "too_many_columns": MOST_COLUMNS,
        "cell_too_long": LONGEST_CELL,
    }
    too_big = code in ("file_too_large", "too_many_rows")
    return Invalid(code, field="file", limit=limits.get(code), status=413 if too_big else 422)


describe(
    {
        "file_too_large": ("文件过大，最多 {limit} 字节", "The file is too large; the limit is {limit} bytes"),
        "too_many_rows": ("行数过多，最多 {limit} 行", "Too many rows; the limit is {limit}"),
        "too_many_columns": ("列数过多，最多 {limit} 列", "Too many columns; the limit is {limit}"),
        "cell_too_long": ("有单元格超过 {limit} 个字符", "A cell has more than {limit} characters"),
        "empty_table": ("文件里没有数据行", "The file has no rows of data"),
        "file_truncated": (
            "文件不完整，可能没有上传完，请重新导出再上传",
            "The file is cut off, perhaps by an upload that did not finish; export and upload it again",
        ),
        "unsafe_file": (
            "文件含有宏、异常压缩或损坏的内容，已拒绝读取。请另存为普通 .xlsx 或 CSV",
            "The file has macros or abnormal or damaged content and was not read. Save it as a plain .xlsx or CSV",
        ),
        "encrypted_file": ("文件设有密码，请去掉密码再上传", "The file is encrypted; remove its password first"),
        "unsupported_format": (
            "只支持 .xlsx 和 CSV 文件，请另存为其中一种",
            "Only .xlsx and CSV files can be read; save the file as one of them",
        ),
        "encoding_unknown": (
            "无法识别文字编码，请另存为“CSV UTF-8”或 .xlsx",
            "The text encoding is not recognised; save the file as “CSV UTF-8” or .xlsx",
        ),
        "bad_quoting": (
            "引号不配对，无法分清各列，请另存为 .xlsx 再上传",
            "Quotation marks do not match, so the columns cannot be told apart; save the file as .xlsx",
        ),
        "reader_busy": ("服务器正忙，请稍后再试", "The server is busy; please try again in a moment"),
    }
)
