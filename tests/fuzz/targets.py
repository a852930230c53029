"""What is fed with bytes from outside, one function each: it takes any bytes, and nothing comes out but a refusal.

An input may cost at most 50 ms and 64 MiB. What is right or refused passes quietly; whatever else is raised is a bug of
the product.
"""

import io
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Final

import msgspec

from dianmai.app import assemble
from dianmai.chat.previews import page_child, said_of_pages
from dianmai.core import decoding, syncing
from dianmai.core.db import Database
from dianmai.core.errors import Refusal
from dianmai.core.operations import Operation
from dianmai.edge import reading
from dianmai.egress import Blocked, no_exception, place_of
from dianmai.egress.addresses import is_outside
from dianmai.notices import rich_text
from dianmai.org.hr_sync import csv_table, xlsx_child
from dianmai.org.hr_sync import reading as hr_reading
from dianmai.settings import Settings
from dianmai.wire.sync import CatchUp, StreamState

MOST_S: Final = 0.05
MOST_BYTES: Final = 64 * 2**20
WORKBOOK_S: Final = 1.0  # workbooks and pages have a process of their own, with limits of its own


def frame(data: bytes) -> None:
    """A text frame's payload. Text that is no UTF-8 closes the socket, by an exception of its own."""
    try:
        with suppress(Refusal):
            reading.frame_in(data)
    except UnicodeDecodeError:
        return
    ref = reading.ref_in(data)
    assert ref is None or 0 <= ref < 2**53
    assert 1000 <= reading.answer_to_goodbye(data) < 5000


def body(data: bytes) -> None:
    """A request's body, for the operation that the first byte chooses."""
    operation = _OPERATIONS[data[0] % len(_OPERATIONS)] if data else _OPERATIONS[0]
    with suppress(Refusal):
        decoding.decode(operation.decoder, data[1:])


def cursors(data: bytes) -> None:
    """A device's cursors, and what it lacks by them: never more than there is, never a hole in silence."""
    try:
        known = decoding.decode(_CURSORS, data).known
    except Refusal:
        return
    heard = [StreamState(stream="chat:1", head=40, head_no=40, read_no=0, first=3), *_streams(known)]
    for wanted in syncing.plan(known, heard):
        state = next(one for one in heard if one.stream == wanted.stream)
        assert 0 <= wanted.after <= state.head
        assert wanted.start_over or wanted.after == known[wanted.stream]


def _streams(known: Mapping[str, int]) -> list[StreamState]:
    return [StreamState(stream=name, head=at // 2 + 1, head_no=0, read_no=0) for name, at in known.items()]


def roster_csv(data: bytes) -> None:
    """A personnel file as CSV."""
    with suppress(Refusal):
        csv_table.read_csv(data)


def roster_xlsx(data: bytes) -> None:
    """A personnel file as a workbook: what the reader's process says of it, and what is made of that.

    Whatever a workbook provokes in that process is one answer, `unsafe_file`; so only what it has said matters here.
    """
    with redirect_stdout(io.StringIO()) as said:
        try:
            xlsx_child._write(data)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            return
    with suppress(Refusal):
        hr_reading._table(said.getvalue().encode().splitlines())


def rich(data: bytes) -> None:
    """A notice's text, as it is shown and as it is listed."""
    text = data.decode("utf-8", "replace")[:10_000]
    shown = rich_text.rendered.__wrapped__(text)
    assert "<script" not in shown.lower() and "<img" not in shown.lower()
    assert len(rich_text.preview(text)) <= rich_text.PREVIEW_LENGTH


def page(data: bytes) -> None:
    """A page behind a link: what the reader's process says of it, which may also be nothing, and what is shown."""
    try:
        said = page_child.read(data, "", "https://shop.example/a")
    except Exception:
        return
    found = said_of_pages.preview_of("https://shop.example/a", "shop.example", said_of_pages.Said(**said))
    if found is not None:
        assert len(found.title) <= said_of_pages.LONGEST_TITLE and "\n" not in found.title
        assert found.site.endswith("shop.example")
        msgspec.json.encode(found)


def url(data: bytes) -> None:
    """An address to be asked outside: refused, or outside indeed."""
    try:
        place = place_of(data.decode("utf-8", "replace"), no_exception)
    except Blocked:
        return
    assert place.url.isascii() and place.port in no_exception.ports
    assert place.address is None or is_outside(place.address)


def _operations() -> list[Operation]:
    app = assemble(Settings(data_dir=Path("/nonexistent")), Database(""))
    return [operation for _, operation in sorted(app.engine.operations.all().items())]


_OPERATIONS: Final = _operations()
_CURSORS: Final = msgspec.json.Decoder(CatchUp)

TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "frame": frame,
    "body": body,
    "cursors": cursors,
    "roster_csv": roster_csv,
    "roster_xlsx": roster_xlsx,
    "rich": rich,
    "page": page,
    "url": url,
}


class TooSlowError(Exception):
    """An input costs more time than any may."""


def feed(name: str, data: bytes, *, patience: float = 1.0) -> None:
    """One input for one target. `patience`: how much slower the code is than usual, being watched."""
    most = patience * (WORKBOOK_S if name in ("roster_xlsx", "page") else MOST_S)
    # A busy machine slows anything down once; what is slow is slow each time.
    for _ in range(3):
        started = time.thread_time()
        TARGETS[name](data)
        if time.thread_time() - started <= most:
            return
    raise TooSlowError(f"{name} takes more than {most} s for {data[:200]!r}")
