"""What may go out to thousands of people: documents and pictures, nothing that runs when somebody opens it."""

from collections.abc import Sequence

from dianmai.core.errors import Invalid
from dianmai.files import words as words
from dianmai.files.naming import extension
from dianmai.wire.files import FileRef

PROGRAMS = "application/x-executable"
PAGES = "text/html"
DRAWINGS = "image/svg+xml"

_RUN = frozenset((
    "exe", "com", "scr", "pif", "msi", "msp", "dll", "cpl", "bat", "cmd", "ps1", "psm1", "vbs", "vbe", "js", "jse",
    "mjs", "wsf", "wsh", "hta", "jar", "apk", "ipa", "app", "dmg", "pkg", "deb", "rpm", "appimage", "run", "sh",
    "bash", "command", "py", "pl", "rb", "php", "reg", "inf", "lnk", "url", "scf", "chm", "gadget", "iso", "img",
    "vhd", "vhdx", "msc", "msix", "msixbundle", "appx", "appxbundle", "application", "diagcab", "jnlp", "ws", "wsc",
    "sct", "ps1xml", "psd1", "zsh", "csh", "ksh", "xll", "iqy", "slk",
))  # fmt: skip
_PAGES = frozenset((
    "html", "htm", "xhtml", "xht", "shtml", "mht", "mhtml", "svg", "svgz", "swf", "xsl", "xslt",
))  # fmt: skip
_HAVE_MACROS = frozenset((
    "docm", "dotm", "xlsm", "xltm", "xlam", "xla", "pptm", "potm", "ppam", "ppsm", "sldm",
))  # fmt: skip
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!")
_PAGE_MARKS = (b"<!doctype html", b"<html", b"<script", b"<body", b"<iframe")


def active_type(head: bytes) -> str | None:
    """The media type of a program or page, by its first bytes, whatever its name says; None for everything else."""
    if head.startswith(_PROGRAM_STARTS):
        return PROGRAMS
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1024].lower()
    if start.startswith(b"<"):
        if b"<svg" in start:
            return DRAWINGS
        if any(mark in start for mark in _PAGE_MARKS):
            return PAGES
    return None


def require_inert(files: Sequence[FileRef], *, field: str) -> None:
    """Refuses programs, scripts, web pages and documents with macros (`unsafe_attachment`, with the file's name)."""
    for file in files:
        if extension(file.name) in _RUN | _PAGES | _HAVE_MACROS or file.media_type in (PROGRAMS, PAGES, DRAWINGS):
            raise Invalid("unsafe_attachment", field=field, name=file.name)
