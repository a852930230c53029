"""Has a file's text read by a child process, once, whoever holds it: so it is found by what it says."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import structlog

from dianmai.core.jobs import Job
from dianmai.core.transactions import Transaction
from dianmai.search import store
from dianmai.search.folding import fold
from dianmai.search.words import words
from dianmai.wire.files import FileRef

log = structlog.get_logger()

READ: Final = "search.read_file"
PATIENCE_S: Final = 20.0
LARGEST: Final = 50 * 1024 * 1024
LONGEST_TEXT: Final = 100_000
READABLE: Final = frozenset(("pdf", "docx", "xlsx", "xlsm", "xls", "ods", "pptx", "txt", "csv", "md"))
REF: Final = msgspec.json.Decoder(FileRef)

Fetch = Callable[[str], Awaitable[bytes]]
_CHILD: Final = Path(__file__).with_name("text_child.py")


def can_be_read(file: FileRef) -> bool:
    """Whether a file may have text that we can read, by its name, and is not too large to be held in memory."""
    return file.size <= LARGEST and file.name.rpartition(".")[2].lower() in READABLE


def jobs(fetch: Fetch) -> list[Job]:
    """The timer that reads files; `fetch` has their bytes."""
    return [Job(READ, _let_be_found, prepare=partial(_read, fetch))]


class _Read(msgspec.Struct, frozen=True):
    """What a file says, how it is compared, and its words."""

    text: str = ""
    compared: str = ""
    words: Sequence[str] = ()


async def _read(fetch: Fetch, file: str, name: bytes) -> bytes:
    """Reads a file. That one cannot be read is an answer too: it is not tried again."""
    try:
        content = await fetch(file)
    except FileNotFoundError:
        content = b""
    text = await text_of(content, name.decode().rpartition(".")[2].lower())
    return await asyncio.to_thread(_prepared, text)


def _prepared(text: str) -> bytes:
    compared = fold(text)
    return msgspec.json.encode(_Read(text, compared, sorted(words(compared))) if text else _Read())


async def _let_be_found(tx: Transaction, file: str, _due: datetime, read: bytes) -> None:
    """Lets a file be found by its text wherever it is held."""
    text, compared, found_by = msgspec.structs.astuple(_READ.decode(read))
    await store.keep_file_text(tx.db, file, text)
    if not text:
        return
    places: dict[tuple[str, int], tuple[str, str]] = {}
    for row in await store.file_rows(tx.db, file):
        title = fold(row.title)
        here = row.stream if row.stream.startswith("chat:") else "notice:"
        places[row.stream, row.seq] = f"{title}\n{compared}", "\n".join((here, *({*found_by, *words(title)})))
    await store.set_file_text(tx.db, file, text, places)


_READ: Final = msgspec.json.Decoder(_Read)


async def text_of(content: bytes, extension: str) -> str:
    """The text of a document, at most 100,000 characters; empty when there is none or it cannot be read."""
    if not content or len(content) > LARGEST:
        return ""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_CHILD),
        extension,
        str(LONGEST_TEXT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await asyncio.wait_for(child.communicate(content), PATIENCE_S)
    except TimeoutError:
        return ""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        log.info("file not readable", extension=extension, status=child.returncode)
    return said.decode("utf-8", "replace")[:LONGEST_TEXT]
