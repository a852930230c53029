"""Keeps what can be found true: follows what the features registered. At most a second behind, never in the way."""

import asyncio
from collections.abc import Sequence
from functools import partial

from msgspec.json import encode

from dianmai.core.followers import Followed, Follower
from dianmai.core.jobs import schedule
from dianmai.core.transactions import Transaction
from dianmai.search import reading_files, store, words
from dianmai.search.findable import Findable, Said
from dianmai.search.folding import fold
from dianmai.search.store import NewRow
from dianmai.wire.files import FileRef

BREATH = 20
"""After so many entries everybody else in this process has a turn."""

Place = tuple[str, int, str]


def follower(findables: Sequence[Findable]) -> Follower:
    """Follows everything that says something. It begins with the first entry there is, in small steps."""
    kinds = frozenset[str]().union(*(one.kinds for one in findables))
    return Follower("search", kinds, partial(_follow, findables), patient=True)


async def _follow(findables: Sequence[Findable], tx: Transaction, followed: Sequence[Followed]) -> None:
    await store.wait_for_no_disk(tx.db)
    by_kind = {kind: one for one in findables for kind in one.kinds}
    rows: dict[Place, NewRow] = {}
    again: set[tuple[str, int]] = set()
    for number, entry in enumerate(followed):
        if number % BREATH == BREATH - 1:
            await asyncio.sleep(0)
        if entry.kind in by_kind[entry.kind].changes:
            again.add((entry.stream, entry.target or entry.seq))
        else:
            rows |= _rows(by_kind[entry.kind], entry.stream, entry.seq, entry.kind, entry.body)
    await store.drop(tx.db, sorted(again))
    for now in await store.bodies(tx.db, sorted(again)):
        rows = {at: row for at, row in rows.items() if at[:2] != (now.stream, now.seq)}
        if now.kind in by_kind:
            rows |= _rows(by_kind[now.kind], *now)
    await store.put(tx.db, list((await _with_texts(tx, rows)).values()))


def _rows(findable: Findable, stream: str, seq: int, kind: str, body: bytes) -> dict[Place, NewRow]:
    """What can be found of one entry, files as yet without their text."""
    said = findable.says[kind](body)
    if said is None:
        return {}
    found = {(stream, seq, file.id): file_row(stream, seq, file, "") for file in said.files}
    text = text_row(findable, stream, seq, said)
    return found if text is None else {**found, (stream, seq, ""): text}


async def _with_texts(tx: Transaction, rows: dict[Place, NewRow]) -> dict[Place, NewRow]:
    """The rows, those of files that have been read with their text; others are to be read."""
    files = {at[2] for at in rows if at[2]}
    if not files:
        return rows
    texts = await store.file_texts(tx.db, sorted(files))
    for at, row in rows.items():
        if row.about is None:
            continue
        ref = reading_files.REF.decode(row.about)
        if texts.get(row.file):
            rows[at] = file_row(row.stream, row.seq, ref, texts[row.file])
        elif row.file not in texts and reading_files.can_be_read(ref):
            await schedule(tx, reading_files.READ, row.file, tx.now, row.title.encode())
    return rows


def text_row(findable: Findable, stream: str, seq: int, said: Said) -> NewRow | None:
    """An entry as it is found by its text; None where there is nothing to find it by."""
    if not (said.text or said.title):
        return None
    plain = compared(said.title, said.text)
    found_by = words.words(plain)
    if not found_by:
        return None
    kept = None if plain == said.text else plain
    return NewRow(stream, seq, "", findable.kind, said.title, said.text, kept, None, _lines(stream, found_by))


def file_row(stream: str, seq: int, file: FileRef, text: str) -> NewRow:
    """A file as it is found in one conversation."""
    plain = compared(file.name, text)
    found_by = _lines(stream, words.words(plain))
    return NewRow(stream, seq, file.id, "file", file.name, text, plain, encode(file), found_by)


def compared(title: str, text: str) -> str:
    """What search compares with: no word of a title goes on in the text."""
    return fold(f"{title}\n{text}" if title else text)


def file_words(stream: str, plain: str) -> str:
    return _lines(stream, words.words(plain))


def _lines(stream: str, found_by: set[str]) -> str:
    return "\n".join((stream if stream.startswith("chat:") else "notice:", *found_by))
