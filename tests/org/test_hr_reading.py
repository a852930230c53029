"""HR files that can be read, and those that cannot: bad inputs 53, 54, 57–60, 62."""

import datetime
import io
import resource
import struct
import zipfile
import zlib

import pytest

from dianmai.org.hr_sync.reading import read
from tests.org.hr_files import HEADINGS, ROSTER, changed, csv_file, refusal, rows_refused, wanted, xlsx_file

pytestmark = pytest.mark.anyio

QUICK_S = 2.0  # of work, by this process and its children; what else the machine does is not in it


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
async def test_any_usual_encoding_and_separator_says_the_same(encoding: str, separator: str) -> None:
    plain = await wanted(csv_file())
    assert await wanted(csv_file(encoding=encoding, separator=separator)) == plain
    assert len(plain.people) == 5
    assert plain.people["A0004"].joined_on == datetime.date(2023, 3, 15)


async def test_csv_and_xlsx_say_the_same() -> None:
    assert await wanted(xlsx_file()) == await wanted(csv_file())


async def test_mixed_line_ends_and_blank_lines_do_not_matter() -> None:
    content = csv_file(line_end="\n").replace(b"\n", b"\r\n\r\n", 2).replace(b"A0003", b"A0003", 1) + b",,,,,,,\n\n"
    assert await wanted(content) == await wanted(csv_file())


async def test_gibberish_is_no_known_encoding() -> None:
    refused = await refusal(bytes(range(128, 256)) * 4)
    assert (refused.code, refused.status) == ("encoding_unknown", 422)
    assert "CSV UTF-8" in refused.body("en", "r").message


async def test_a_missing_column_is_named_with_its_row() -> None:
    code, rows = await rows_refused(csv_file([row[1:] for row in ROSTER], HEADINGS[1:]))
    assert (code, rows) == ("missing_column", [("1", "工号", "", "missing_column")])


async def test_a_doubled_heading_is_refused() -> None:
    code, rows = await rows_refused(csv_file([(*row, "x") for row in ROSTER], (*HEADINGS, "员工编号")))
    assert (code, rows) == ("doubled_column", [("1", "员工编号", "员工编号", "doubled_column")])


async def test_headings_may_be_wide_english_or_marked_as_required() -> None:
    headings = ("　工 号*", "Name", "Mobile", "Department Path", "Job Title", "Store Code", "Hire Date", "STATUS")
    assert (await wanted(csv_file(headings=headings))).people == (await wanted(csv_file())).people


async def test_extra_columns_are_ignored_with_a_note() -> None:
    found = await wanted(csv_file([(*row, "A型") for row in ROSTER], (*HEADINGS, "血型")))
    assert found.people == (await wanted(csv_file())).people
    assert any("血型" in note for note in found.notes)


async def test_a_row_with_too_many_cells_is_refused() -> None:
    code, rows = await rows_refused(csv_file([(*ROSTER[0], "总部", "x"), *ROSTER[1:]]))
    assert code == "too_many_cells"
    assert rows[0][0] == "2"


@pytest.mark.parametrize(
    "written", ["2026/13/45", "1900-02-29", "2025-02-30", "入职:昨天", "60", "31.12.2020", "0000-01-01"]
)
async def test_dates_that_are_none_are_refused_by_row(written: str) -> None:
    code, rows = await rows_refused(csv_file(changed(3, joined=written)))
    assert (code, rows) == ("invalid_date", [("3", "入职日期", written, "invalid_date")])


@pytest.mark.parametrize(
    "written", ["2023-03-15", "2023/3/15", "2023.3.15", "20230315", "2023年3月15日", "45000", "２０２３-０３-１５"]
)
async def test_dates_in_any_usual_spelling_are_taken(written: str) -> None:
    found = await wanted(csv_file(changed(3, joined=written)))
    assert found.people["A0002"].joined_on == datetime.date(2023, 3, 15)


@pytest.mark.parametrize("cell", [45000, datetime.date(2023, 3, 15), datetime.datetime(2023, 3, 15, 9, 30)])
async def test_dates_of_a_workbook_are_taken(cell: object) -> None:
    found = await wanted(xlsx_file(changed(3, joined=cell)))
    assert found.people["A0002"].joined_on == datetime.date(2023, 3, 15)


async def test_a_number_that_lost_its_zeros_is_refused() -> None:
    rows = [("00123", *ROSTER[0][1:]), (123, *ROSTER[1][1:])]
    code, found = await rows_refused(xlsx_file(rows))
    assert (code, found) == ("lossy_number", [("3", "工号", "123", "lossy_number")])


async def test_numbers_of_one_width_are_taken_from_number_cells() -> None:
    rows = [(10001, *ROSTER[0][1:]), (10002, "李明", 13812345678, *ROSTER[1][3:])]
    found = await wanted(xlsx_file(rows))
    assert found.people["10002"].phone == "13812345678"


@pytest.mark.parametrize("file", [csv_file, xlsx_file])
@pytest.mark.parametrize("written", ["1.38E+10", "1.38e10"])
async def test_a_phone_in_scientific_notation_is_refused(file: object, written: str) -> None:
    code, rows = await rows_refused(file(changed(3, phone=written)))
    assert (code, rows) == ("lossy_number", [("3", "手机", written, "lossy_number")])


async def test_a_phone_that_was_rounded_is_refused() -> None:
    code, rows = await rows_refused(xlsx_file(changed(3, phone=1.38e10)))
    assert (code, rows[0][:3]) == ("lossy_number", ("3", "手机", "13800000000"))


@pytest.mark.parametrize("text", ['=HYPERLINK("http://evil";"x")', "@SUM(A1)", "+cmd|' /C calc'!A0", "-1+1"])
@pytest.mark.parametrize("file", [csv_file, xlsx_file])
async def test_formulas_stay_text(file: object, text: str) -> None:
    if "," in text or '"' in text:
        text = text.replace('"', "'")
    found = await wanted(file([(*row, text) for row in ROSTER], (*HEADINGS, "属性:备注")))
    stores = [unit for unit in found.units.values() if unit.kind == "store"]
    assert {unit.attributes["备注"] for unit in stores if unit.attributes} == {text}


async def test_a_formula_cell_counts_as_the_value_stored_with_it() -> None:
    content = xlsx_file(changed(3, name='="李"&"明"'), formulas=True)
    found = await wanted(content)  # whoever wrote this file stored 0; nothing is ever evaluated
    assert found.people["A0002"].name == "0"


async def test_a_truncated_csv_is_recognised() -> None:
    whole = csv_file()
    assert (await refusal(whole[:-20])).code == "file_truncated"
    assert (await refusal(csv_file(encoding="utf-16")[:-3])).code == "file_truncated"
    quoted = csv_file([(*row[:-1], f'"{row[-1]}') for row in ROSTER[-1:]])
    assert (await refusal(quoted)).code == "file_truncated"


async def test_a_csv_cut_inside_a_character_is_recognised() -> None:
    whole = csv_file()
    assert (await refusal(whole[: whole.index("南京路".encode()) + 4])).code == "file_truncated"


async def test_a_truncated_workbook_is_recognised() -> None:
    refused = await refusal(xlsx_file()[:-200])
    assert (refused.code, refused.status) == ("file_truncated", 422)


async def test_empty_files_and_bare_headings_are_refused() -> None:
    for content in (b"", b"\r\n\r\n", csv_file([]), xlsx_file([]), b"\0" * 100):
        assert (await refusal(content)).code == "empty_table"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7 ...", "unsupported_format"),
        (b"<html><table>", "unsupported_format"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "unsupported_format"),  # .xls, whatever it is called
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "encrypted_file"),
    ],
)
async def test_other_formats_are_refused(content: bytes, code: str) -> None:
    assert (await refusal(content)).code == code


async def test_a_zip_that_is_no_workbook_is_refused() -> None:
    assert (await refusal(_zip({"word/document.xml": b"<w/>"}))).code == "unsupported_format"


async def test_macros_document_types_and_entities_are_refused() -> None:
    plain = xlsx_file()
    assert (await refusal(_with(plain, {"xl/vbaProject.bin": b"macro"}))).code == "unsafe_file"
    sheet = zipfile.ZipFile(io.BytesIO(plain)).read("xl/worksheets/sheet1.xml")
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    external = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for evil in (bomb, external, bomb.decode().encode("utf-16-le")):
        spoiled = sheet.replace(b"?>", b"?>" + evil, 1)
        assert (await refusal(_with(plain, {"xl/worksheets/sheet1.xml": spoiled}))).code == "unsafe_file"


async def test_a_zip_bomb_is_refused_quickly() -> None:
    bomb = _with(xlsx_file(), {"xl/worksheets/sheet1.xml": b" " * (300 * 2**20)})
    assert len(bomb) < 2**20
    start = work_done()
    assert (await refusal(bomb)).code == "unsafe_file"
    assert work_done() - start < QUICK_S


async def test_a_zip_that_lies_about_its_sizes_is_refused() -> None:
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(b" " * (200 * 2**20)) + packed.flush()
    assert (await refusal(_lying_zip(xlsx_file(), data))).code in ("unsafe_file", "file_truncated")


async def test_a_cell_far_away_does_not_take_memory() -> None:
    plain = xlsx_file()
    sheet = zipfile.ZipFile(io.BytesIO(plain)).read("xl/worksheets/sheet1.xml")
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    start = work_done()
    refused = await refusal(_with(plain, {"xl/worksheets/sheet1.xml": sheet.replace(b"</sheetData>", far)}))
    assert refused.code in ("unsafe_file", "too_many_columns")
    assert work_done() - start < QUICK_S


async def test_one_long_text_shown_in_many_cells_does_not_take_memory() -> None:
    plain = xlsx_file()
    long_text = b"x" * 2_000_000
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 20_000))
    spoiled = {
        "xl/sharedStrings.xml": b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1">'
        b"<si><t>" + long_text + b"</t></si></sst>",
        "xl/worksheets/sheet1.xml": b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<sheetData>" + cells + b"</sheetData></worksheet>",
    }
    start = work_done()
    assert (await refusal(_with(plain, spoiled))).code in ("unsafe_file", "cell_too_long")
    assert work_done() - start < QUICK_S


async def test_too_many_rows_are_refused_in_both_formats() -> None:
    row = ",".join(ROSTER[0])
    refused = await refusal((",".join(HEADINGS) + "\n" + (row + "\n") * 50_001).encode())
    assert (refused.code, refused.limit, refused.status) == ("too_many_rows", 50_000, 413)
    plain = xlsx_file()
    rows = b"".join(b'<row r="%d"/>' % n for n in range(1, 1_048_577))
    body = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + rows
    content = _with(plain, {"xl/worksheets/sheet1.xml": body + b"</sheetData></worksheet>"})
    start = work_done()
    assert (await refusal(content)).code == "too_many_rows"
    assert work_done() - start < QUICK_S


async def test_files_and_cells_that_are_too_large_are_refused() -> None:
    refused = await refusal(b"A" * (20 * 2**20 + 1))
    assert (refused.code, refused.status) == ("file_too_large", 413)
    assert (await refusal(csv_file(changed(3, name="明" * 2_001)))).code == "cell_too_long"
    assert (await refusal(csv_file(changed(3, name="明" * 200_000)))).code == "cell_too_long"
    assert (await refusal(xlsx_file(changed(3, name="明" * 2_001)))).code == "cell_too_long"
    assert (await refusal(csv_file(headings=[*HEADINGS, *"x" * 300]))).code == "too_many_columns"


async def test_further_sheets_are_not_read_and_said_so() -> None:
    table = await read(xlsx_file())
    assert (table.other_sheets, len(table.rows)) == (0, 7)


def work_done() -> float:
    """Seconds of processor time spent so far."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as container:
        for name, content in files.items():
            container.writestr(name, content)
    return out.getvalue()


def _with(workbook: bytes, files: dict[str, bytes]) -> bytes:
    """The workbook with some of its parts replaced."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as container:
        return _zip({name: container.read(name) for name in container.namelist()} | files)


def _lying_zip(workbook: bytes, data: bytes) -> bytes:
    """A container whose sheet says it is 100 bytes and unpacks into 200 MiB."""
    out = io.BytesIO(_with(workbook, {"xl/worksheets/sheet1.xml": b"A" * 100}))
    raw = bytearray(out.getvalue())
    with zipfile.ZipFile(io.BytesIO(bytes(raw))) as container:
        entry = container.getinfo("xl/worksheets/sheet1.xml")
    start = entry.header_offset + 30 + len(entry.filename.encode())
    raw[start : start + entry.compress_size] = data[: entry.compress_size]
    raw[entry.header_offset + 18 : entry.header_offset + 22] = struct.pack("<I", entry.compress_size)
    return bytes(raw)
