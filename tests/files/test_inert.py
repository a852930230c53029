"""What may be attached to a notice: nothing that runs when it is opened, by name or by content."""

import pytest

from dianmai.core.errors import Invalid
from dianmai.files import require_inert
from dianmai.files.naming import cleaned
from dianmai.files.sniffing import media_type
from dianmai.wire.files import FileRef

PLAIN = b"just words"


def stored(name: str, head: bytes) -> FileRef:
    """A file as the upload leaves it."""
    name = cleaned(name)
    return FileRef(id="f", name=name, kind="file", media_type=media_type(head, name, "")[0], size=len(head))


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("setup.exe", b"MZ\x90\x00"),
        ("setup.EXE", PLAIN),
        ("setup.exe. ", PLAIN),
        ("价目表.pdf.exe", PLAIN),
        ("photo\u202efdp.exe", PLAIN),
        ("价目表.pdf", b"MZ\x90\x00" + b"\0" * 60),
        ("价目表", b"\x7fELF\x02\x01"),
        ("run.txt", b"#!/bin/sh\nrm -rf /"),
        ("x.html", PLAIN),
        ("x.pdf", b"\xef\xbb\xbf\n <!DOCTYPE html><script>alert(1)</script>"),
        ("x.txt", b"<html><body>"),
        ("x.svg", PLAIN),
        ("x.xml", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("x.docm", PLAIN),
        ("x.lnk", PLAIN),
        ("x.ps1", PLAIN),
        ("x.msc", b'<?xml version="1.0"?><MMC_ConsoleFile/>'),
        ("x.jnlp", PLAIN),
        ("报表.slk", b"ID;P"),
    ],
)
def test_what_runs_is_refused(name: str, head: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        require_inert([stored("价目表.pdf", b"%PDF-1.7"), stored(name, head)], field="files")
    assert (refused.value.code, refused.value.field, refused.value.status) == ("unsafe_attachment", "files", 422)
    assert cleaned(name) in refused.value.body("zh-CN", "r").message


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("价目表.pdf", b"%PDF-1.7"),
        ("价目表.xlsx", b"PK\x03\x04"),
        ("说明.docx", b"PK\x03\x04"),
        ("旧表.xls", b"\xd0\xcf\x11\xe0"),
        ("发票.xml", b'<?xml version="1.0"?><invoice/>'),
        ("表.csv", "工号,姓名".encode()),
        ("说明.txt", "a < b, 见 <附件>".encode()),
        ("没有后缀", PLAIN),
        ("陈列.zip", b"PK\x03\x04"),
    ],
)
def test_documents_are_welcome(name: str, head: bytes) -> None:
    require_inert([stored(name, head)], field="files")
